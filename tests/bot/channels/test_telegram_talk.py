"""What people meet in Telegram, between the strict server of the tests and a real release: questions, buttons, edits, groups."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import texts
from bot.conversation import Context
from bot.messages import Outcome
from bot.pipeline import answer_message
from bot.verify_code import find_clause, parse_code
from knowledge.library import Library
from tests.bot.channels.telegram_service import Service, build_release, serving
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Message

QUESTION = "复议撤销了几件"
CLAUSE = "2019年,市政府共办理行政复议案件22件,已办结20件,其中维持9件、撤销2件、终止7件、调解1件、不予受理1件"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    """Every test ends with a look at whether a rule of the platform was broken."""
    async with TelegramServer() as server:
        yield server
        server.check()


@pytest.fixture
async def service(telegram: TelegramServer, library: Library, tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(telegram, tmp_path, library) as service:
        yield service


def styled(message: Message, kind: str) -> list[str]:
    """The pieces of a message in one style."""
    coded = message.text.encode("utf-16-le")
    return [coded[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in message.entities if e["type"] == kind]


def labels(message: Message) -> list[str]:
    """What stands on the buttons of a message."""
    return [button["text"] for button in message.buttons]


# ---- private chats


async def test_the_answer_comes_clause_first_then_the_section_to_unfold_then_the_citation(
    telegram: TelegramServer, service: Service, library: Library
) -> None:
    question = telegram.send_text(telegram.private_chat(), QUESTION)
    reply = await telegram.reply_to(question)
    section = library.default.report.section("1.4.1")
    assert section is not None
    assert reply.text.startswith(CLAUSE)
    assert styled(reply, "bold")[0].startswith(CLAUSE)
    assert styled(reply, "expandable_blockquote") == [section.text]
    after = reply.text[reply.text.index(section.text) + len(section.text) :].strip().split("\n")
    assert after[0].startswith("——《永安市人民政府关于2019年法治政府建设工作报告》(永政文〔2020〕4号) 一、(四)1")
    assert reply.reply_to == question.id
    (call,) = telegram.calls_of("sendMessage")
    assert call.parameters["link_preview_options"] == {"is_disabled": True}


async def test_markup_in_a_question_or_a_claim_stays_text(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    reply = await telegram.ask(chat, "/check 复议<b>23</b>件 & <a href='x'>&lt;")
    assert "<b>23</b>" in reply.text
    assert "核对结果" in styled(reply, "bold")[0]


async def test_the_citation_can_be_copied_and_holds_the_clause_and_its_place(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    copied = reply.button(texts.BUTTON_COPY)["copy_text"]["text"]
    assert CLAUSE in copied
    assert "一、(四)1" in copied
    assert len(copied) <= 256


async def test_next_and_previous_leaf_through_the_report_in_one_message(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    press = telegram.press(reply, texts.BUTTON_NEXT)
    await telegram.answered(press)
    section = (await telegram.replies(reply.chat, 2))[1]
    assert section.text.startswith("一、(四)2 成立行政争议调解中心")
    assert reply.text.startswith(CLAUSE)  # the answer stays
    for button, heading in ((texts.BUTTON_PREVIOUS, "一、(四)1"), (texts.BUTTON_NEXT, "一、(四)2"), (texts.BUTTON_NEXT, "一、(四)3")):
        press = telegram.press(section, button)
        await telegram.edited(section)
        await telegram.answered(press)
        assert section.text.startswith(heading)
    assert len(reply.chat.bot_messages) == 2


async def test_what_was_leafed_to_is_what_a_follow_up_means(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    reply = await telegram.ask(chat, QUESTION)
    telegram.press(reply, texts.BUTTON_NEXT)
    await telegram.replies(chat, 2)
    assert (await telegram.ask(chat, "下一条")).text.startswith("一、(四)3")


async def test_the_whole_section_has_the_way_to_the_contents(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    telegram.press(reply, texts.BUTTON_TEXT)
    section = (await telegram.replies(reply.chat, 2))[1]
    assert section.text.startswith("一、(四)1 加强行政复议工作")
    telegram.press(section, texts.BUTTON_CONTENTS)
    await telegram.edited(section)
    assert section.button("一、(四)2")


async def test_a_suggested_question_is_asked_by_its_button(telegram: TelegramServer, service: Service) -> None:
    help_ = await telegram.ask(telegram.private_chat(), "/help")
    await telegram.answered(telegram.press(help_, "2019年办理了多少件行政复议案件"))
    reply = (await telegram.replies(help_.chat, 2))[1]
    assert reply.text.startswith("▸ 2019年办理了多少件行政复议案件")
    assert CLAUSE in reply.text
    assert reply.reply_to == help_.id


async def test_a_clarifying_question_gives_each_reading_a_button(telegram: TelegramServer, service: Service, library: Library) -> None:
    asked = "情况怎么样"
    answer, _ = answer_message(asked, library, Context())
    assert answer.outcome is Outcome.CLARIFY
    reply = await telegram.ask(telegram.private_chat(), asked)
    readings = [reading.question for reading in answer.suggestions]
    assert labels(reply)[: len(readings)] == readings
    telegram.press(reply, readings[1])
    chosen = (await telegram.replies(reply.chat, 2))[1]
    assert chosen.text.startswith(f"▸ {readings[1]}\n{readings[1]}")


async def test_feedback_is_kept_with_the_reason_chosen(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    answered = await telegram.answered(telegram.press(reply, texts.BUTTON_UNHELPFUL))
    assert answered["text"] == texts.FEEDBACK_WHY
    await telegram.wait_for(lambda: texts.FEEDBACK_REASONS["offtopic"] in [b["text"] for b in reply.buttons])
    press = telegram.press(reply, texts.FEEDBACK_REASONS["offtopic"])
    assert (await telegram.answered(press))["text"] == texts.FEEDBACK_THANKS
    await telegram.wait_for(lambda: texts.FEEDBACK_REASONS["offtopic"] not in [b["text"] for b in reply.buttons])
    assert reply.button(texts.BUTTON_UNHELPFUL_GIVEN)
    assert reply.button(texts.BUTTON_COPY)  # the other buttons stay
    (kept,) = await service.state.questions_for_review()
    assert (kept.question, kept.comment) == (QUESTION, "答非所问")


async def test_the_other_thumb_takes_the_first_back(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    telegram.press(reply, texts.BUTTON_UNHELPFUL)
    await telegram.wait_for(lambda: len(labels(reply)) > 10)
    await telegram.answered(telegram.press(reply, texts.BUTTON_HELPFUL))
    await telegram.wait_for(lambda: texts.BUTTON_HELPFUL_GIVEN in labels(reply))
    assert texts.BUTTON_UNHELPFUL_GIVEN not in labels(reply)
    assert await service.state.questions_for_review() == []


async def test_why_names_the_question_that_matched_and_the_section(telegram: TelegramServer, service: Service) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    await telegram.answered(telegram.press(reply, texts.BUTTON_WHY))
    why = (await telegram.replies(reply.chat, 2))[1]
    assert why.text.startswith(texts.WHY_HEAD)
    assert "一、(四)1 加强行政复议工作" in why.text
    assert "对上的问题：" in why.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("s:zzzzzz:1.4.1", texts.PRESS_OLD_REPORT),
        ("w:{key}:9.9.9", texts.PRESS_OLD_SECTION),
        ("c:{key}:9.9.9", texts.PRESS_OLD_SECTION),
        ("?:", texts.PRESS_UNKNOWN),
        ("q:7", texts.PRESS_UNKNOWN),
        ("y:01JZZZZZZZZZZZZZZZZZZZZZZZ", texts.NO_SUCH_REPLY),
        ("+:01JZZZZZZZZZZZZZZZZZZZZZZZ", texts.NO_SUCH_REPLY),
    ],
)
async def test_a_button_that_leads_nowhere_says_why(telegram: TelegramServer, service: Service, data: str, said: str) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    key = reply.button(texts.BUTTON_TEXT)["callback_data"].split(":")[1]
    # The platform sends back what stands on the button.
    pressed = {"text": "?", "callback_data": data.format(key=key)}
    assert (await telegram.answered(telegram.press(reply, pressed)))["text"] == said
    assert len(reply.chat.bot_messages) == 1


async def test_a_long_section_is_cut_at_sentence_ends_into_messages_that_fit(telegram: TelegramServer, tmp_path: Path) -> None:
    sentences = [f"第{number}项工作按照法治政府建设的要求全部落实到位,群众满意度达到{number}%。" for number in range(1, 400)]
    releases = build_release(
        tmp_path, "\n".join(["一、工作情况", "(一)总体情况", "1.综合。" + "".join(sentences), "2.其他。办理行政复议案件35件。"])
    )
    async with serving(telegram, tmp_path / "data", releases.open_live()):
        chat = telegram.private_chat()
        question = telegram.send_text(chat, "一(一)1")
        await telegram.wait_for(lambda: any(m.buttons for m in chat.bot_messages))
        parts = chat.bot_messages
        assert len(parts) >= 3
        assert all(len(part.text) <= 4096 for part in parts)
        assert all(part.text.endswith("。") for part in parts[:-1])
        assert all(any(e["type"] == "expandable_blockquote" for e in part.entities) for part in parts[:-1])
        whole = "".join(part.text for part in parts)
        assert "".join(sentences) in whole
        assert parts[0].reply_to == question.id
        assert [bool(part.buttons) for part in parts] == [*[False] * (len(parts) - 1), True]


# ---- commands


async def test_start_says_how_it_works_and_gives_examples_to_press(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    telegram.start(chat)
    (reply,) = await telegram.replies(chat)
    assert reply.text.startswith("怎么用")
    assert "2019年办理了多少件行政复议案件?" in labels(reply)


async def test_a_deep_link_leads_to_a_section_an_answer_or_a_clause(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    answer = await telegram.ask(chat, QUESTION)
    key = answer.button(texts.BUTTON_TEXT)["callback_data"].split(":")[1]
    reply_id = answer.button(texts.BUTTON_HELPFUL)["callback_data"].split(":")[1]
    code = styled(answer, "code")[0]
    for payload, beginning in (
        (f"s-{key}-1_4_2", "一、(四)2"),
        (f"a-{reply_id}", "一、(四)1"),
        (f"v-{code}", texts.VERIFY_FOUND),
        (f"s-{key}-9_9", texts.LINK_UNKNOWN),
        ("a-01JZZZ", texts.LINK_UNKNOWN),
        ("anything", "怎么用"),
    ):
        reply = await telegram.reply_to(telegram.start(chat, payload))
        assert reply.text.startswith(beginning), payload


async def test_the_contents_are_leafed_through_in_one_message(telegram: TelegramServer, service: Service) -> None:
    contents = await telegram.ask(telegram.private_chat(), "/toc")
    for button, there in (
        ("一、 2019年法治政府建设工作开展情况", "一、(四) 依法有效化解社会矛盾纠纷"),
        ("一、(四)", "一、(四)1 加强行政复议工作"),
    ):
        press = telegram.press(contents, button)
        await telegram.edited(contents)
        await telegram.answered(press)
        assert there in labels(contents)
    telegram.press(contents, "一、(四)1")
    await telegram.edited(contents)
    assert contents.text.startswith("一、(四)1 加强行政复议工作")
    telegram.press(contents, texts.BUTTON_CONTENTS)
    await telegram.edited(contents)
    telegram.press(contents, texts.BUTTON_UP)
    await telegram.edited(contents)
    assert "一、(一) 推进行政决策科学化、民主化、法治化" in labels(contents)
    assert len(contents.chat.bot_messages) == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/section 一(四)1", "一、(四)1 加强行政复议工作"),
        ("/figures 复议", "已办结20件"),
        ("/check 复议办结了20件", "属实"),
        ("/help", "怎么用"),
        ("帮助", "怎么用"),
        ("/verify", "核验码"),
    ],
)
async def test_every_command_of_the_table_is_answered(telegram: TelegramServer, service: Service, command: str, said: str) -> None:
    assert said in (await telegram.ask(telegram.private_chat(), command)).text


async def test_the_code_under_an_answer_gives_back_section_clause_edition_and_document(
    telegram: TelegramServer, service: Service, library: Library
) -> None:
    chat = telegram.private_chat()
    code = styled(await telegram.ask(chat, QUESTION), "code")[0]
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    for typed in (f"/verify {code}", f"/verify {code.lower().replace('-', ' ')}", code):
        found = await telegram.ask(chat, typed)
        assert CLAUSE in found.text
        assert "一、(四)1 加强行政复议工作" in found.text
        assert "《永安市人民政府关于2019年法治政府建设工作报告》(永政文〔2020〕4号) 2019年" in found.text
        assert library.default.report.source_sha256 in found.text
    wrong = await telegram.ask(chat, f"/verify {code[:-1]}{'2' if code[-1] != '2' else '3'}")
    assert wrong.text == texts.VERIFY_UNKNOWN


async def test_feedback_in_words_goes_to_the_last_answer(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    assert (await telegram.ask(chat, "/feedback 不对")).text == texts.FEEDBACK_NO_REPLY
    await telegram.ask(chat, QUESTION)
    thumbs = await telegram.ask(chat, "/feedback")
    assert labels(thumbs) == [texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL]
    assert (await telegram.ask(chat, "/feedback 应该说撤销率,我的电话13800138000")).text == texts.FEEDBACK_THANKS
    (kept,) = await service.state.questions_for_review()
    assert kept.comment == "应该说撤销率,我的电话[电话]"


# ---- inline mode


async def test_inline_mode_gives_clauses_with_their_citation_the_same_for_all(telegram: TelegramServer, service: Service) -> None:
    answered = await telegram.answered(telegram.inline("复议撤销"))
    results = answered["results"]
    assert 2 <= len(results) <= 10
    assert results[0]["title"] == "一、(四)1 加强行政复议工作"
    assert CLAUSE[:20] in results[0]["description"]
    assert all("——《永安市人民政府" in result["input_message_content"]["message_text"] for result in results)
    assert all("核验码" in result["input_message_content"]["message_text"] for result in results)
    assert answered["cache_time"] >= 60
    assert not answered.get("is_personal")
    assert results[0]["reply_markup"]["inline_keyboard"][0][0]["url"].startswith("https://t.me/wenbao_test_bot?start=s-")
    assert await service.state.recent_questions(10) == []  # nothing of it is kept


async def test_an_empty_inline_query_gives_what_people_ask_most(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    for _ in range(2):
        await telegram.ask(chat, "双随机一公开监管")
    results = (await telegram.answered(telegram.inline("")))["results"]
    assert results[0]["title"].startswith("一、(五)3")
    assert len(results) == 10
    assert len({result["title"] for result in results}) == 10


async def test_an_inline_query_on_something_else_gives_nothing(telegram: TelegramServer, service: Service) -> None:
    assert (await telegram.answered(telegram.inline("红烧肉怎么做")))["results"] == []


async def test_what_somebody_sent_by_inline_mode_is_not_answered(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    sent = telegram.choose(chat, await telegram.answered(telegram.inline("复议撤销")))
    assert CLAUSE[:20] in sent.text
    marker = telegram.send_text(chat, "谢谢")
    await telegram.reply_to(marker)
    assert len(chat.bot_messages) == 1


# ---- groups


async def test_in_a_group_only_commands_mentions_and_replies_are_answered(telegram: TelegramServer, service: Service) -> None:
    group, someone = telegram.group(), telegram.add_user("小王")
    for text in ("复议撤销了几件?", "/toc@another_bot", "@another_bot 复议撤销了几件", "你好"):
        telegram.send_text(group, text, sender=someone)
    telegram.send_photo(group, sender=someone)
    mentioned = telegram.mention(group, QUESTION, sender=someone)
    reply = await telegram.reply_to(mentioned)
    assert CLAUSE in reply.text
    assert reply.reply_to == mentioned.id
    assert "维持" in (await telegram.reply_to(telegram.send_text(group, "维持了几件", sender=someone, reply_to=reply))).text
    assert (await telegram.ask(group, "/help@wenbao_test_bot", sender=someone)).text.startswith("怎么用")
    assert (await telegram.ask(group, "/section 一(四)2", sender=someone)).text.startswith("一、(四)2")
    assert len(group.bot_messages) == 4


@pytest.mark.parametrize("words", ["@wenbao_test_bot 对吗", "@wenbao_test_bot 核对一下", "/check", "/check@wenbao_test_bot"])
async def test_what_somebody_said_is_checked_by_a_reply_to_it(telegram: TelegramServer, service: Service, words: str) -> None:
    group = telegram.group()
    claim = telegram.send_text(group, "2019年复议撤销了3件")
    reply = await telegram.reply_to(telegram.send_text(group, words, reply_to=claim))
    assert reply.text.startswith(texts.CHECK_REFUTED)
    assert "您的说法：2019年复议撤销了3件" in reply.text


async def test_the_bots_name_alone_under_a_question_asks_it(telegram: TelegramServer, service: Service) -> None:
    group = telegram.group()
    question = telegram.send_text(group, QUESTION)
    assert CLAUSE in (await telegram.reply_to(telegram.mention(group, "", reply_to=question))).text
    answer = group.bot_messages[-1]
    again = telegram.send_text(group, "那维持的呢", reply_to=answer)  # the bot's own words are never what is asked
    assert CLAUSE in (await telegram.reply_to(again)).text


async def test_each_in_a_group_has_a_conversation_of_their_own(telegram: TelegramServer, service: Service) -> None:
    group, first, second = telegram.group(), telegram.add_user("甲"), telegram.add_user("乙")
    await telegram.reply_to(telegram.mention(group, QUESTION, sender=first))
    await telegram.reply_to(telegram.mention(group, "存在哪些问题", sender=second))
    reply = await telegram.reply_to(telegram.mention(group, "下一条", sender=first))
    assert reply.text.startswith("一、(四)2")


async def test_a_topic_of_a_forum_is_answered_in_that_topic(telegram: TelegramServer, service: Service) -> None:
    forum = telegram.supergroup(topics=("复议", "执法"))
    topic, other = forum.topics
    reply = await telegram.reply_to(telegram.mention(forum, QUESTION, topic=topic))
    assert reply.json["message_thread_id"] == topic
    elsewhere = await telegram.reply_to(telegram.mention(forum, "下一条", topic=other))
    assert elsewhere.text == texts.NO_CONTEXT
    press = telegram.press(reply, texts.BUTTON_NEXT)
    await telegram.answered(press)
    await telegram.wait_for(lambda: len([m for m in forum.bot_messages if m.json.get("message_thread_id") == topic]) == 2)


async def test_a_group_that_becomes_a_supergroup_keeps_its_conversations(telegram: TelegramServer, service: Service) -> None:
    group, someone = telegram.group(), telegram.add_user("小王")
    await telegram.reply_to(telegram.mention(group, QUESTION, sender=someone))
    moved = telegram.migrate(group)
    reply = await telegram.reply_to(telegram.mention(moved, "下一条", sender=someone))
    assert reply.text.startswith("一、(四)2")


async def test_message_ids_that_begin_anew_after_a_move_are_not_taken_for_answered(telegram: TelegramServer, service: Service) -> None:
    group, someone = telegram.group(), telegram.add_user("小王")
    before = telegram.mention(group, QUESTION, sender=someone)
    await telegram.reply_to(before)
    moved = telegram.migrate(group)
    telegram.world._last_message_id = before.id - 1
    after = telegram.mention(moved, "存在哪些问题", sender=someone)
    assert after.id == before.id
    assert "仍然存在以下问题" in (await telegram.reply_to(after)).text


# ---- edits and other kinds of message


async def test_an_edited_question_edits_its_answer(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    question = telegram.send_text(chat, QUESTION)
    reply = await telegram.reply_to(question)
    telegram.edit(question, "存在哪些问题")
    await telegram.edited(reply)
    assert "仍然存在以下问题" in reply.text
    assert len(chat.bot_messages) == 1


async def test_an_edit_that_needs_more_or_fewer_messages_gets_them(telegram: TelegramServer, tmp_path: Path) -> None:
    long = "".join(f"第{number}项工作按照要求全部落实到位,成效达到{number}%。" for number in range(1, 300))
    releases = build_release(tmp_path, "\n".join(["一、工作情况", "(一)总体情况", f"1.综合。{long}", "2.其他。办理行政复议案件35件。"]))
    async with serving(telegram, tmp_path / "data", releases.open_live()):
        chat = telegram.private_chat()
        question = telegram.send_text(chat, "一(一)2")
        reply = await telegram.reply_to(question)
        telegram.edit(question, "一(一)1")
        await telegram.replies(chat, 2)
        await telegram.wait_for(lambda: "第1项工作" in reply.text and any(m.buttons for m in chat.bot_messages))
        telegram.edit(question, "一(一)2")
        await telegram.wait_for(lambda: len(chat.bot_messages) == 1 and "35件" in reply.text)


async def test_an_edit_of_what_was_never_answered_is_let_be(telegram: TelegramServer, service: Service) -> None:
    group, someone = telegram.group(), telegram.add_user("小王")
    ignored = telegram.send_text(group, "大家好", sender=someone)
    telegram.edit(ignored, "大家早上好")
    await telegram.reply_to(telegram.mention(group, QUESTION, sender=someone))
    assert len(group.bot_messages) == 1


@pytest.mark.parametrize("kind", ["voice", "photo", "document", "sticker", "location"])
async def test_what_is_no_text_gets_a_friendly_word_once(telegram: TelegramServer, service: Service, kind: str) -> None:
    chat = telegram.private_chat()
    send = getattr(telegram, f"send_{kind}")
    (first,) = await telegram.replies(chat, after=send(chat))
    assert first.text == texts.ONLY_TEXT_OF.format(kind=texts.ONLY_TEXT_KINDS[kind])
    send(chat)
    await telegram.ask(chat, "谢谢")
    assert len(chat.bot_messages) == 2


# ---- limits


async def test_who_asks_too_fast_is_told_so_once(telegram: TelegramServer, library: Library, tmp_path: Path) -> None:
    async with serving(telegram, tmp_path, library, rate_limit=2):
        chat = telegram.private_chat()
        for _ in range(6):
            telegram.send_text(chat, QUESTION)
        await telegram.replies(chat, 3)
        await telegram.ask(telegram.private_chat(), "谢谢")  # the others are answered
        assert [m.text for m in chat.bot_messages].count(texts.RATE_LIMITED) == 1
        assert len(chat.bot_messages) == 3
        press = telegram.press(chat.bot_messages[0], texts.BUTTON_NEXT)
        assert (await telegram.answered(press))["text"] == texts.RATE_LIMITED


async def test_who_asks_too_fast_inline_gets_an_empty_list_that_is_nobody_elses(
    telegram: TelegramServer, library: Library, tmp_path: Path
) -> None:
    async with serving(telegram, tmp_path, library, rate_limit=2) as service:
        hasty, other = telegram.add_user(), telegram.add_user()
        answers = [await telegram.answered(telegram.inline(f"复议撤销{'了' * number}", sender=hasty)) for number in range(8)]
        assert [bool(answer["results"]) for answer in answers] == [True] * 6 + [False] * 2
        assert all(answer["is_personal"] and answer["cache_time"] == 0 for answer in answers[6:])
        assert not any(answer.get("is_personal") for answer in answers[:6])
        assert (await telegram.answered(telegram.inline("复议撤销", sender=other)))["results"]
        chat = telegram.private_chat(hasty)
        assert CLAUSE in (await telegram.ask(chat, QUESTION)).text  # messages are counted by themselves
        assert len(chat.bot_messages) == 1
        assert service.assistant.metrics.limited.labels("telegram")._value.get() == 2


async def test_an_update_that_comes_again_is_not_answered_again(telegram: TelegramServer, service: Service) -> None:
    chat = telegram.private_chat()
    question = telegram.send_text(chat, QUESTION)
    await telegram.reply_to(question)
    telegram.updates.add("message", question.json, chat.id, question)  # as after a crash between the answer and the note of it
    await telegram.ask(chat, "谢谢")
    assert len(chat.bot_messages) == 2


async def test_codes_under_answers_are_those_of_the_clause_shown(telegram: TelegramServer, service: Service, library: Library) -> None:
    reply = await telegram.ask(telegram.private_chat(), QUESTION)
    code = parse_code(styled(reply, "code")[0])
    assert code is not None
    clause = find_clause(code, library)
    assert clause is not None
    assert reply.text.startswith(clause.quote)
