"""The chat page's main paths once more, in a real browser against the real service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import Served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed")]
QUESTION = "行政复议维持了几件?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser has complained about: console errors, policy violations, uncaught exceptions."""
    return []


@pytest.fixture
def page(browser: Any, service: Served, complaints: list[str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(service.url)
    yield page
    context.close()
    assert complaints == []


def ask(page: Any, question: str) -> Any:
    answered = page.locator(".reply").count()
    page.get_by_label("您的问题").fill(question)
    page.get_by_role("button", name="发送").click()
    card = page.locator(".reply").nth(answered)
    expect(card).to_be_visible()
    return card


def squeeze(text: str) -> str:
    return "".join(text.split())


def test_an_answer_shows_its_quote_and_opens_the_report_there(page: Any) -> None:
    card = ask(page, QUESTION)
    quote = card.locator("blockquote").first
    expect(quote).to_contain_text("维持9件")
    expect(card.locator(".citation").first).to_contain_text("一、(四)1 加强行政复议工作")
    card.locator(".citation").first.click()
    expect(page.locator("#panel mark").first).to_be_in_viewport()
    assert squeeze("".join(page.locator("#panel mark").all_inner_texts())) == squeeze(quote.inner_text())
    expect(page.locator(".is-cited")).to_contain_text("1.加强行政复议工作")
    page.keyboard.press("Escape")
    expect(card.locator(".citation").first).to_be_focused()


def test_a_follow_up_goes_on_from_the_answer(page: Any) -> None:
    ask(page, QUESTION)
    expect(ask(page, "原文").locator(".plain")).to_contain_text("提高行政复议工作人员素质")


def test_a_suggestion_can_be_pressed(page: Any) -> None:
    card = ask(page, "目录")
    card.locator(".choice").filter(has_text="存在问题").click()
    expect(page.locator(".reply").nth(1)).to_contain_text("虽然我市法治政府建设工作取得了长足进步")


def test_why_shows_a_table(page: Any) -> None:
    card = ask(page, QUESTION)
    card.get_by_role("button", name="为什么是这条").click()
    expect(card.locator("table.explain")).to_contain_text("1.4.1")


def test_feedback_is_taken(page: Any) -> None:
    card = ask(page, QUESTION)
    with page.expect_response("**/api/feedback") as taken:
        card.get_by_role("button", name="有用").click()
    assert taken.value.status == 204
    expect(card.get_by_role("status")).to_have_text("收到了,谢谢您。")


def test_the_contents_lead_through_the_whole_report(page: Any) -> None:
    page.locator("#contents").click()
    page.get_by_role("navigation", name="目录").get_by_role("button", name="二、存在问题").click()
    expect(page.locator("#panel").get_by_role("heading", name="二、存在问题")).to_be_in_viewport()


def test_the_first_question_that_the_page_offers_is_answered(page: Any) -> None:
    page.locator("#starters button").first.click()
    expect(page.locator(".reply .badge")).to_have_text("报告原文")
