"""Pictures of chats say what was said."""

from __future__ import annotations

import re

from tests.fakes.chat_picture import render_page, render_text
from tests.fakes.telegram_html import parse_html
from tests.fakes.telegram_server import TelegramServer


def test_entities_become_tags_again() -> None:
    source = "😀<b>维持<i>9</i>件</b> &lt;见&gt;<blockquote><b>一</b>、二</blockquote>"
    parsed = parse_html(source)
    assert render_text(parsed.text, parsed.entities) == source


async def test_a_page_shows_messages_quotes_and_buttons(telegram: TelegramServer) -> None:
    chat = telegram.private_chat(telegram.add_user("小林"))
    question = telegram.send_text(chat, "<复议>?")
    markup = {"inline_keyboard": [[{"text": "全文", "callback_data": "x"}, {"text": "👍", "callback_data": "y"}]]}
    telegram.world.add_message(chat, telegram.world.bot, 0.0, text="22件", reply_to_message=question.json, reply_markup=markup)
    page = render_page([message.json for message in chat.transcript])
    assert re.sub(r"<svg.*?</svg>", "(svg)", page).partition("<main>")[2] == (
        '<div class="message mine"><div class="bubble"><div class="text">&lt;复议&gt;?<time>09:41</time></div></div></div>'
        '<div class="message"><div class="bubble"><div class="quoted"><b>小林</b><span>&lt;复议&gt;?</span></div>'
        '<div class="text">22件<time>09:41</time></div></div>'
        '<div class="row"><span>全文</span><span>(svg)</span></div></div></main></html>'
    )


def test_in_a_group_others_are_named_and_what_came_by_inline_mode_says_so() -> None:
    chen, lin = ({"id": number, "first_name": name, "is_bot": False} for number, name in enumerate(("老陈", "小林")))
    chat = {"id": -1, "type": "group", "title": "法治办"}
    asked = {"message_id": 1, "from": chen, "chat": chat, "text": "几件?"}
    sent = {"message_id": 2, "from": lin, "chat": chat, "text": "22件", "via_bot": {"username": "wenbao_bot"}}
    typed = {"query": "@wenbao_bot 复议", "results": [{"title": "一、", "description": "<复议>"}]}
    page = render_page([asked, {"note": "点“一”"}, typed, sent], title="法治办", me="小林").partition("<main>")[2]
    assert page == (
        '<div class="message"><div class="bubble"><div class="name">老陈</div><div class="text">几件?<time>09:41</time></div></div></div>'
        '<div class="note">点“一”</div>'
        '<div class="panel"><div><b>一、</b><span>&lt;复议&gt;</span></div><div>@wenbao_bot 复议</div></div>'
        '<div class="message mine"><div class="bubble"><div class="name"><span class="via"> 来自 @wenbao_bot</span></div>'
        '<div class="text">22件<time>09:41</time></div></div></div></main></html>'
    )
