"""The chat page in a real browser: asking, reading on in the report, failures, and what every visitor needs.

The tests look only at what a visitor meets, so ``page_url`` may lead to canned replies or to the real service. Replies
that only some reports give are put in place with ``page.route``. ``wait_for_function`` is not used: the page's policy
forbids it, as it forbids any text made into script.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import SECTIONS, make_citation, make_reply, serve_page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed")

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
QUESTION = "2019年办理了多少件行政复议案件?"
MIN_TOUCH_PX = 48
MIN_TEXT_PX = 18

#: Every visible text with its colour, the ground it stands on and its size; colours as [r, g, b].
READ_TEXTS = """() => {
  const rgb = (css) => css.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const color = rgb(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest(".visually-hidden, noscript")) continue;
    const style = getComputedStyle(parent);
    texts.push({text: node.data.trim(), color: rgb(style.color).slice(0, 3), ground: ground(parent), size: parseFloat(style.fontSize)});
  }
  return texts;
}"""


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    with serve_page() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A visitor on a phone with nothing remembered."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about: console errors, policy violations, uncaught exceptions."""
    return []


@pytest.fixture
def page(context: Any, page_url: str, complaints: list[str]) -> Any:
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_url)
    expect(page.locator("#starters button")).to_have_count(4)
    return page


def ask(page: Any, question: str) -> Any:
    """Type *question*, send it, and give the card of its reply."""
    answered = page.locator(".reply").count()
    page.get_by_label("您的问题").fill(question)
    page.get_by_role("button", name="发送").click()
    card = page.locator(".reply").nth(answered)
    expect(card).to_be_visible()
    return card


def answer_with(page: Any, reply: dict[str, Any]) -> None:
    page.route("**/api/ask", lambda route: route.fulfill(json=reply))


def fold(text: str) -> str:
    return "".join(text.split())


def contrast(color: list[float], ground: list[float]) -> float:
    """Contrast ratio, 1 to 21. Source: WCAG 2.2, definitions of contrast ratio and relative luminance."""

    def luminance(rgb: list[float]) -> float:
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(color), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_an_answer_shows_the_quote_and_where_it_stands(page: Any) -> None:
    card = ask(page, QUESTION)
    expect(card.locator(".badge")).to_have_text("报告原文")
    expect(card.locator("blockquote").first).to_contain_text("行政复议案件22件")
    citation = card.locator(".citation").first
    expect(citation).to_contain_text("《永安市人民政府关于2019年法治政府建设工作报告》")
    expect(citation).to_contain_text("一、(四)1 加强行政复议工作")
    expect(page.get_by_label("您的问题")).to_have_value("")


def test_everything_works_with_the_keyboard_alone(page: Any) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到提问框")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("您的问题")).to_be_focused()
    page.keyboard.type("2019年办理了多少件")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("行政复议案件?")
    expect(page.get_by_label("您的问题")).to_have_value("2019年办理了多少件\n行政复议案件?")
    page.keyboard.press("Enter")
    expect(page.locator(".reply")).to_be_visible()
    for _ in range(20):  # backwards from the question box to the citation
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('citation')"):
            break
    expect(page.locator(".citation").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel mark").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".citation").first).to_be_focused()


def test_the_enter_that_ends_a_composition_does_not_send(page: Any) -> None:
    box = page.get_by_label("您的问题")
    box.fill("fuyi")
    for fields in ({"isComposing": True}, {"keyCode": 229}):
        box.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **fields})
    expect(box).to_have_value("fuyi")
    expect(page.locator(".turn")).to_have_count(0)


def test_a_suggested_question_is_asked_when_pressed(page: Any) -> None:
    page.get_by_role("button", name=QUESTION).click()
    expect(page.locator(".asked")).to_have_text(f"您问:{QUESTION}")
    expect(page.locator(".reply")).to_have_count(1)


def test_a_suggestion_below_a_reply_is_asked_when_pressed(page: Any) -> None:
    suggestion = {"question": "存在哪些问题?", "section": "2"}
    answer_with(page, make_reply("clarify", "报告有几处说到:", suggestions=[suggestion]))
    card = ask(page, "问题")
    expect(card.locator(".badge")).to_have_text("您想问哪一个")
    page.unroute("**/api/ask")
    with page.expect_request("**/api/ask") as request:
        card.get_by_role("button", name=suggestion["question"]).click()
    assert request.value.post_data_json["question"] == suggestion["question"]
    expect(page.locator(".reply")).to_have_count(2)


def test_the_questions_of_one_tab_share_a_conversation(page: Any) -> None:
    conversations = []
    page.on("request", lambda request: conversations.append(request.post_data_json["conversation"]) if request.post_data else None)
    ask(page, QUESTION)
    page.reload()
    expect(page.locator(".reply")).to_have_count(1)  # and what was asked is still there
    ask(page, "存在哪些问题?")
    assert len(conversations) == 2
    assert conversations[0] == conversations[1] != ""


@pytest.mark.parametrize("close", ["Escape", "button", "back"])
def test_a_citation_opens_the_report_at_the_marked_quote(page: Any, close: str) -> None:
    card = ask(page, QUESTION)
    quote = card.locator("blockquote").first.inner_text()
    card.locator(".citation").first.click()
    mark = page.locator("#panel mark").first
    expect(mark).to_be_in_viewport()
    assert fold("".join(page.locator("#panel mark").all_inner_texts())) == fold(quote.replace("……", ""))
    expect(page.locator(".is-cited")).to_contain_text("1.加强行政复议工作")
    if close == "Escape":
        page.keyboard.press("Escape")
    elif close == "button":
        page.get_by_role("button", name="关闭").click()
    else:
        page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    expect(card.locator(".citation").first).to_be_focused()


@pytest.mark.parametrize(
    ("section", "quote", "marked"),
    [
        ("1.2.2", "全面推行一个窗口办理……透明办理、网上办理。", ["全面推行一个窗口办理", "透明办理、网上办理。"]),
        ("1.2.2", "全面推行 一个窗口办理、\n并联办理", ["全面推行一个窗口办理、并联办理"]),
        ("2", "存在问题", ["存在问题"]),
    ],
    ids=["two pieces", "other white space", "a heading"],
)
def test_every_piece_of_a_quote_is_marked(page: Any, section: str, quote: str, marked: list[str]) -> None:
    answer_with(page, make_reply("answer", quote, make_citation(section, quote)))
    ask(page, "窗口").locator(".citation").click()
    expect(page.locator("#panel mark")).to_have_text(marked)


def test_a_quote_over_two_paragraphs_is_marked_in_both(page: Any) -> None:
    page.route("**/api/sections*", lambda route: route.fulfill(json=SECTIONS))
    quote = "行政调解制度。2019年,全市各调解组织共调解民事纠纷1048件"
    answer_with(page, make_reply("answer", quote, make_citation("1.4.3", quote)))
    ask(page, "调解").locator(".citation").click()
    expect(page.locator("#panel mark")).to_have_text(["行政调解制度。", "2019年,全市各调解组织共调解民事纠纷1048件"])


def test_the_header_opens_the_contents_of_the_whole_report(page: Any) -> None:
    opener = page.locator("#contents")
    opener.click()
    contents = page.get_by_role("navigation", name="目录")
    expect(contents.get_by_role("button").first).to_have_text("一、2019年法治政府建设工作开展情况")
    contents.get_by_role("button", name="二、存在问题").click()
    expect(page.locator("#panel").get_by_role("heading", name="二、存在问题")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (503, {"detail": "正在换用新的报告,请稍候。"}, "正在换用新的报告,请稍候。"),
        (429, {}, "问得太快了"),
        (422, {"detail": [{"msg": "String should have at most 500 characters"}]}, "服务暂时出了问题(422)"),
    ],
    ids=["server error", "too many", "detail not for people"],
)
def test_a_failure_offers_a_retry_and_keeps_the_question(page: Any, status: int, body: Any, shown: str) -> None:
    page.route("**/api/ask", lambda route: route.fulfill(status=status, json=body))
    page.get_by_label("您的问题").fill(QUESTION)
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".failure")).to_contain_text(shown)
    expect(page.get_by_label("您的问题")).to_have_value(QUESTION)
    page.unroute("**/api/ask")
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".reply")).to_have_count(1)
    expect(page.locator(".asked")).to_have_count(1)
    expect(page.get_by_label("您的问题")).to_have_value("")


def test_a_lost_connection_and_a_reload_keep_the_question(page: Any) -> None:
    page.route("**/api/ask", lambda route: route.abort("connectionfailed"))
    page.get_by_label("您的问题").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".failure")).to_contain_text("连不上服务")
    page.reload()
    expect(page.get_by_label("您的问题")).to_have_value(QUESTION)


def test_a_silent_server_is_given_up_after_ten_seconds(page: Any) -> None:
    page.clock.install()
    page.route("**/api/ask", lambda route: None)
    page.get_by_label("您的问题").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="查找中")).to_be_visible()
    page.get_by_label("您的问题").fill("还有")
    page.keyboard.press("Enter")  # busy: neither sent nor lost
    page.clock.run_for(10_001)
    expect(page.locator(".failure")).to_contain_text("10 秒")
    expect(page.locator(".asked")).to_have_count(1)
    expect(page.get_by_label("您的问题")).to_have_value("还有")


@pytest.mark.parametrize(("verdict", "words"), [("supported", "属实"), ("refuted", "与报告不符"), ("not_enough_info", "报告未提及")])
def test_a_checked_claim_shows_its_verdict_in_words(page: Any, verdict: str, words: str) -> None:
    citation = make_citation("1.4.1", "2019年,市政府共办理行政复议案件22件")
    answer_with(page, make_reply("check", "报告写的是22件。", citation, verdict=verdict))
    card = ask(page, "行政复议案件是30件,对吗?")
    expect(card.locator(".badge")).to_have_text(f"核对结果:{words}")
    expect(card.locator(".plain")).to_have_text("报告写的是22件。")


def test_markup_in_a_reply_stays_text(page: Any) -> None:
    text = "<img src=x onerror=alert(1)><b>原文</b>"
    answer_with(page, make_reply("refuse", text))
    expect(ask(page, text).locator(".plain")).to_have_text(text)
    expect(page.locator(".log img, .log b")).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("已办结20件", None),
        ("“已办结20件”\n——《永安市人民政府关于2019年法治政府建设工作报告》一、(四)1 加强行政复议工作", None),
        ("已办结20件\n另见“一、(五)1”。", "另见“一、(五)1”。"),
    ],
    ids=["the quote alone", "quote and source", "more"],
)
def test_details_hold_only_what_the_quote_does_not_say(page: Any, text: str, details: str | None) -> None:
    answer_with(page, make_reply("answer", text, make_citation("1.4.1", "已办结20件")))
    card = ask(page, QUESTION)
    expect(card.locator("details")).to_have_count(1 if details else 0)
    if details:
        card.get_by_text("详情").click()
        expect(card.locator("details .plain")).to_have_text(details)


def test_feedback_is_sent_with_a_comment(page: Any) -> None:
    card = ask(page, QUESTION)
    with page.expect_request("**/api/feedback") as vote:
        card.get_by_role("button", name="没用").click()
    assert vote.value.post_data_json.keys() == {"reply_id", "helpful"}
    assert vote.value.post_data_json["helpful"] is False
    expect(card.get_by_role("status")).to_have_text("收到了,谢谢您。")
    card.get_by_label("哪里不对").fill("想问的是2018年")
    with page.expect_request("**/api/feedback") as comment:
        card.get_by_role("button", name="提交意见").click()
    assert comment.value.post_data_json == {**vote.value.post_data_json, "comment": "想问的是2018年"}
    expect(card.get_by_label("哪里不对")).to_have_count(0)
    card.get_by_role("button", name="有用").click()
    expect(card.get_by_role("button", name="有用")).to_have_attribute("aria-pressed", "true")


def test_copying_takes_the_quote_with_its_source(page: Any, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    card = ask(page, QUESTION)
    card.get_by_role("button", name="复制").click()
    expect(card.get_by_role("status")).to_contain_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert card.locator("blockquote").first.inner_text() in copied
    assert "《永安市人民政府关于2019年法治政府建设工作报告》永政文〔2020〕4号 一、(四)1 加强行政复议工作" in copied


def test_why_shows_the_explanation_as_a_table(page: Any) -> None:
    page.route("**/api/explain*", lambda route: route.fulfill(json={"score": 0.97123, "signals": {"similarity": 1, "other": None}}))
    card = ask(page, QUESTION)
    card.get_by_role("button", name="为什么是这条").click()
    expect(card.locator("tr")).to_have_text(["得分0.971", "依据相似度 1;other 无"])


def test_why_goes_away_where_nothing_explains(page: Any) -> None:
    page.route("**/api/explain*", lambda route: route.fulfill(status=404, json={"detail": "Not Found"}))
    card = ask(page, QUESTION)
    card.get_by_role("button", name="为什么是这条").click()
    expect(card.locator(".why")).to_be_hidden()
    expect(card.get_by_role("button", name="复制")).to_be_focused()
    expect(ask(page, QUESTION).locator(".why")).to_be_hidden()


def fill_the_page(page: Any) -> None:
    """Bring out every kind of control that the conversation has."""
    citation = make_citation("1.4.1", "已办结20件")
    suggestion = {"question": "存在哪些问题?", "section": "2"}
    answer_with(page, make_reply("answer", "已办结20件\n另见目录。", citation, suggestions=[suggestion]))
    page.route("**/api/explain*", lambda route: route.fulfill(json={"score": 0.5}))
    page.route("**/api/feedback", lambda route: route.fulfill(status=204))  # the service does not know these replies
    card = ask(page, "W" * 400)
    card.get_by_text("详情").click()
    card.get_by_role("button", name="没用").click()
    expect(card.get_by_label("哪里不对")).to_be_visible()
    for verdict in ("supported", "refuted", "not_enough_info"):
        answer_with(page, make_reply("check", "报告写的是22件。", citation, verdict=verdict))
        last = ask(page, "是22件")
    last.get_by_role("button", name="为什么是这条").click()
    expect(last.locator("table")).to_be_visible()
    page.route("**/api/ask", lambda route: route.fulfill(status=500, json={"detail": "服务暂时出了问题。"}))
    page.get_by_label("您的问题").fill("还有")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="重试")).to_be_visible()


def small_targets(page: Any, inside: str) -> list[str]:
    controls = page.locator(f"{inside} :is(button, textarea, summary, a)").locator("visible=true")
    boxes = [(control.bounding_box(), control.inner_text()) for control in controls.all()]
    assert boxes
    return [f"{text!r} {box}" for box, text in boxes if box["width"] < MIN_TOUCH_PX or box["height"] < MIN_TOUCH_PX]


def test_touch_targets_are_large_enough_on_a_phone(page: Any) -> None:
    fill_the_page(page)
    assert small_targets(page, "body") == []
    page.locator("#contents").click()
    expect(page.locator(".toc")).to_be_visible()
    assert small_targets(page, "#panel") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_large_and_stands_out(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    fill_the_page(page)
    texts = page.evaluate(READ_TEXTS)
    page.locator(".citation").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    texts += page.locator("#panel").evaluate(READ_TEXTS)
    assert len(texts) > 60
    assert [text for text in texts if contrast(text["color"], text["ground"]) < 4.5] == []  # WCAG 2.2, 1.4.3, level AA
    assert [text for text in texts if text["size"] < MIN_TEXT_PX] == []


def test_nothing_scrolls_sideways_on_the_narrowest_phone(page: Any) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    fill_the_page(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".citation").first.click()
    expect(page.locator("#panel mark")).to_be_visible()
    assert page.locator("#panel-body").evaluate("(body) => body.scrollWidth - body.clientWidth") <= 0


def test_the_browser_has_nothing_to_complain_about(page: Any, page_url: str, complaints: list[str]) -> None:
    policy = page.request.get(page_url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    card = ask(page, QUESTION)
    card.get_by_role("button", name="没用").click()
    expect(card.get_by_label("哪里不对")).to_be_visible()
    card.locator(".citation").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate("document.styleSheets.length") == 1
    assert complaints == []


def test_a_screen_reader_finds_its_way(page: Any) -> None:
    for role in ("banner", "main", "contentinfo", "log"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("问报")
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator("#contents").click()
    expect(page.get_by_role("dialog", name="报告全文")).to_be_visible()
