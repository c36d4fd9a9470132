"""What a message means in its conversation, by dialogues through the real library."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot import texts
from bot.conversation import MAX_TOPICS, Context, Step, Topic, resolve
from bot.messages import Answer, Outcome
from bot.pipeline import answer_message
from knowledge.library import Library

Talk = Callable[..., list[Answer]]
REVIEW = "行政复议维持了几件?"
CONTEXT = Context((Topic("yongan-2019", "1.6.4", "普法经费人均多少"), Topic("yongan-2019", "1.4.1", REVIEW)))


def section_of(answer: Answer) -> str:
    return answer.citations[0].section if answer.citations else ""


def test_a_conversation_keeps_its_latest_topics() -> None:
    context = Context()
    for number in range(MAX_TOPICS + 3):
        context = context.with_topic(Topic("r", str(number), "q"))
    assert [topic.section for topic in context.topics] == [str(n) for n in range(3, MAX_TOPICS + 3)]
    assert context.topic == Topic("r", str(MAX_TOPICS + 2), "q")


def test_a_new_conversation_has_no_topic() -> None:
    assert Context().topic is None


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("原文", Step.TEXT),
        ("把原文发我看看", Step.TEXT),
        ("全文", Step.TEXT),
        ("那一段全文", Step.TEXT),
        ("出处", Step.SOURCE),
        ("出处在哪里?", Step.SOURCE),
        ("下一条", Step.NEXT),
        ("再下一条", Step.NEXT),
        ("后面一节", Step.NEXT),
        ("接着往下一条", Step.NEXT),
        ("再往下", Step.NEXT),
        ("往前一条", Step.PREVIOUS),
        ("前面那条讲啥", Step.PREVIOUS),
        ("算了,那一段全文发我看看", Step.TEXT),
        ("继续", Step.CONTINUE),
        ("接着念", Step.CONTINUE),
        ("上一条", Step.PREVIOUS),
        ("紧跟着的一条", Step.NEXT),
        ("它后头那条讲什么", Step.NEXT),
        ("挨着它下面的", Step.NEXT),
        ("后面接的是哪条", Step.NEXT),
        ("还想看前面那条", Step.PREVIOUS),
        ("还有吗", Step.MORE),
        ("说详细一点", Step.MORE),
    ],
)
def test_a_step_is_told_from_a_question(text: str, step: Step) -> None:
    resolved = resolve(text, CONTEXT)
    assert (resolved.step, resolved.topic) == (step, CONTEXT.topic)


@pytest.mark.parametrize(
    "text",
    [
        *("复议案件的来源有哪些", "下一步打算是什么", "行政复议终止了几件", "完整的权力清单公开了吗"),
        *("上面说的是谁", "后来怎么样了", "下面的单位有哪些", "前面那个人手问题"),
    ],
)
def test_a_question_is_no_step(text: str) -> None:
    assert resolve(text, CONTEXT).step is None


def test_without_a_past_nothing_is_favored() -> None:
    resolved = resolve("那撤销的呢", Context())
    assert (resolved.favored, resolved.topic) == ((), None)


def test_a_follow_up_favors_the_last_topic_most() -> None:
    favored = dict(resolve("那撤销的呢", CONTEXT).favored)
    assert favored["1.4.1"] > favored["1.6.4"] > 0


def test_a_correction_asks_only_what_was_meant() -> None:
    assert resolve("我问的不是复议,是调解", CONTEXT).text == "调解"


def test_a_correction_may_be_explained_first() -> None:
    assert resolve("不是调解,我打错了,是复议", CONTEXT).text == "复议"


@pytest.mark.parametrize("lead", ["跟这个无关,", "换个问题,", "问个别的,"])
def test_another_topic_that_is_announced_leans_on_nothing(lead: str) -> None:
    resolved = resolve(f"{lead}普法费多少一人", CONTEXT)
    assert (resolved.text, resolved.favored, resolved.wider) == ("普法费多少一人", (), "")


def test_a_follow_up_keeps_the_topic(talk: Talk) -> None:
    *_, answer = talk(REVIEW, "那撤销的呢")
    assert (answer.outcome, section_of(answer)) == (Outcome.ANSWER, "1.4.1")
    assert "撤销2件" in answer.citations[0].quote


def test_the_text_and_the_source_of_what_was_shown(talk: Talk, library: Library) -> None:
    _, text, source = talk(REVIEW, "原文", "出处")
    section = library.default.section("1.4.1")
    assert section is not None
    assert text.outcome is Outcome.SECTION
    assert section.text in text.text
    assert section_of(source) == "1.4.1"
    assert source.text.startswith(f"——《{library.default.report.title}》")
    assert source.text.endswith("一、(四)1 加强行政复议工作")


def test_stepping_forth_and_back_follows_the_printed_order(talk: Talk) -> None:
    answers = talk("一、(四)1", "下一条", "下一条", "上一条")
    assert [section_of(answer) for answer in answers] == ["1.4.1", "1.4.2", "1.4.3", "1.4.2"]


def test_every_section_with_text_is_reached_by_stepping(talk: Talk, library: Library) -> None:
    sections = [s.id for s in library.default.report.sections if s.text]
    first = library.default.section(sections[1])  # the preamble: what stands before has no number to ask for
    assert first is not None
    answers = talk("导语", *["下一条"] * (len(sections) - 1))
    assert [section_of(answer) for answer in answers[:-1]] == sections[1:]
    assert answers[-1].text == texts.NO_NEIGHBOUR.format(direction=texts.NEXT)


@pytest.mark.parametrize("text", ["原文", "出处", "下一条", "上一条", "还有吗"])
def test_a_step_without_a_past_asks_for_a_question_first(talk: Talk, text: str) -> None:
    (answer,) = talk(text)
    assert (answer.outcome, answer.text) == (Outcome.CLARIFY, texts.NO_CONTEXT)


def test_a_correction_changes_the_topic(talk: Talk) -> None:
    _, corrected, follow_up = talk(REVIEW, "我问的不是复议,是调解", "成功率呢")
    assert section_of(corrected) == "1.4.3"
    assert section_of(follow_up) == "1.4.3"
    assert "98.7%" in follow_up.citations[0].quote


def test_one_can_come_back_to_an_earlier_topic(talk: Talk) -> None:
    answers = talk(REVIEW, "普法经费人均多少", "回到刚才的复议,终止了几件")
    assert [section_of(answer) for answer in answers] == ["1.4.1", "1.6.4", "1.4.1"]


def test_a_sum_leans_on_the_two_questions_before_it(talk: Talk) -> None:
    *_, answer = talk("维持了几件", "那撤销的呢", "加一块多少")
    assert "9件 + 2件 = 11件" in answer.text


def test_a_fresh_question_is_not_dragged_back(talk: Talk) -> None:
    *_, answer = talk(REVIEW, "市城市管理局是做什么的?")
    assert section_of(answer) == "1.3.1"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("花公家钱有没有人查账", True),
        ("行政执法有什么新的进展呢", True),
        ("调解委员会和调解员一共有多少", True),
        ("行政复议一共有多少件", False),
        ("那行政执法有什么进展", False),
        ("它后来一共办成了多少件", False),
        ("行政复议里头撤销的呢", False),
        ("是哪几个单位,能点名吗", False),
        ("这段在报告第几部分里头", False),
        ("撤销了几件", False),
    ],
)
def test_a_message_is_whole_that_is_long_and_leans_on_nothing(text: str, whole: bool) -> None:
    assert resolve(text, CONTEXT).whole is whole


def test_a_whole_question_is_answered_once_for_all_conversations(talk: Talk) -> None:
    (first,) = talk("花公家钱有没有人查账")
    *_, again = talk("法治没搞好第一个找谁负责", "花公家钱有没有人查账")
    assert again is first


def test_what_leans_on_a_conversation_is_answered_for_it_alone(talk: Talk) -> None:
    *_, reviewed = talk(REVIEW, "那终止的呢")
    *_, mediated = talk("人民调解的成功率是多少", "那终止的呢")
    assert reviewed is not mediated


def test_a_whole_question_is_searched_for_without_the_one_before_it(talk: Talk) -> None:
    *_, answer = talk("法治没搞好第一个找谁负责", "花公家钱有没有人查账")
    assert section_of(answer) == "1.5.2"


@pytest.mark.parametrize("aside", ["谢谢", "你是谁", "今天天气怎么样", "???"])
def test_an_aside_does_not_end_the_topic(talk: Talk, aside: str) -> None:
    *_, answer = talk(REVIEW, aside, "原文")
    assert (answer.outcome, section_of(answer)) == (Outcome.SECTION, "1.4.1")


def test_a_topic_of_a_report_that_is_no_longer_served_is_forgotten(library: Library) -> None:
    from bot.pipeline import answer_message

    gone = Context((Topic("gone-2001", "1.1", "旧报告的问题"),))
    answer, _ = answer_message("原文", library, gone)
    assert (answer.outcome, answer.text) == (Outcome.CLARIFY, texts.NO_CONTEXT)
    answer, _ = answer_message("那行政复议维持了几件呢", library, gone)
    assert section_of(answer) == "1.4.1"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("刚才那个人均标准的出处在哪", (Step.SOURCE, "人均标准")),
        ("市场监管局那句原话怎么写的", (Step.TEXT, "市场监管局")),
        ("印发要点这条,它的下一条是什么", (Step.NEXT, "印发要点")),
        ("信访前面那条", (Step.PREVIOUS, "信访")),
        ("双随机抽查的全文在网上公开了吗", None),
        ("原文", None),
    ],
)
def test_a_step_may_be_wanted_of_a_section_that_is_described(text: str, about: tuple[Step, str] | None) -> None:
    assert resolve(text, CONTEXT).about == about


def test_a_described_section_is_shown_whole_with_the_words_meant(talk: Talk, library: Library) -> None:
    shown = talk("市场监管局有没有把案子交给公安", "市场监管局那句原话怎么写的")[-1]
    section = library.default.section("1.3.3")
    assert section is not None
    assert (shown.outcome, section_of(shown)) == (Outcome.SECTION, "1.3.3")
    assert section.text in shown.text
    assert "移送公安机关" in shown.citations[0].quote


def test_going_on_after_a_whole_section_leads_to_the_next(talk: Talk) -> None:
    answers = talk("2.1", "继续", "接着念", "再往下")
    assert [section_of(answer) for answer in answers] == ["2.1", "2.2", "2.3", "2.4"]


def test_a_correction_of_the_year_alone_asks_the_question_again(talk: Talk) -> None:
    first, corrected = talk("2018年市场监管局移送公安多少案子", "不对,我说的是2019年")
    assert (first.outcome, corrected.outcome, section_of(corrected)) == (Outcome.RELATED, Outcome.ANSWER, "1.3.3")


def test_two_figures_asked_for_before_can_be_compared(talk: Talk) -> None:
    assert "100% − 98.7% = 1.3个百分点" in talk("民事纠纷调解成功率多少", "调解率呢", "这两个差几个点")[-1].text
    assert "9件 − 7件 = 2件" in talk("复议维持了几件", "终止的呢", "这俩差多少")[-1].text


def test_another_place_that_is_not_named_is_no_place_of_the_report(talk: Talk) -> None:
    assert talk("省里的执法资格考试我们市报了多少人", "别的市呢")[-1].outcome is Outcome.RELATED


@pytest.mark.parametrize(
    ("before", "follow_up", "section"),
    [
        ("乡镇执法人手够不够", "那接下来打算怎么补", "3.3"),
        ("权力清单都写些什么内容", "这方面还有什么没做好的地方吗", "2.2"),
        ("执法人员要参加哪些培训", "2020年总的打算是什么", "3"),
    ],
)
def test_what_is_lacking_or_planned_is_that_of_the_topic_unless_all_is_asked_for(
    talk: Talk, before: str, follow_up: str, section: str
) -> None:
    answer = talk(before, follow_up)[-1]
    assert (answer.outcome, section_of(answer)) == (Outcome.ANSWER, section)


def test_a_plan_that_the_report_does_not_have_is_not_made_up_from_its_general_words(talk: Talk) -> None:
    assert talk("审计局完善了什么制度", "审计下一步2020年有啥安排")[-1].outcome is Outcome.RELATED


def test_a_follow_up_is_answered_alike_in_conversations_that_are_alike_and_in_no_others(library: Library) -> None:
    def then(question: str) -> Answer:
        _, context = answer_message(question, library, Context())
        return answer_message("那撤销的呢", library, context)[0]

    first = then(REVIEW)
    held = len(library.default.continued)
    assert then(REVIEW) == first
    assert len(library.default.continued) == held
    assert then("执法记录仪配给了谁") != first
