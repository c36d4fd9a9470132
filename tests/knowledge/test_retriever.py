import pytest

from knowledge.library import ReportKnowledge
from knowledge.records import SIGNAL_NAMES, PairKind, Query
from knowledge.retriever import NEIGHBOURS, SearchResult, match_features, topic_features

QUERIES = [
    "2019年办理了多少件行政复议案件",
    "行政争议调解中心成功调解了几起",
    "普法经费的标准",
    "xingzhengfuyi",
    "今天天气怎么样",
    "a",
    "局",
    "行政" * 200,
]


def search(known: ReportKnowledge, text: str) -> SearchResult:
    return known.search(known.read(text))


@pytest.mark.parametrize("text", QUERIES)
def test_candidates_are_ranked_by_a_score_between_0_and_1(known: ReportKnowledge, text: str) -> None:
    candidates = search(known, text).candidates
    scores = [candidate.score for candidate in candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert sum(scores) <= 1 + 1e-9
    assert [candidate.rank for candidate in candidates] == list(range(1, len(candidates) + 1))
    assert len({candidate.section for candidate in candidates}) == len(candidates)


@pytest.mark.parametrize("text", QUERIES)
def test_neighbours_are_at_most_forty_best_first_in_shares_of_the_best(known: ReportKnowledge, text: str) -> None:
    neighbours = search(known, text).neighbours
    scores = [neighbour.score for neighbour in neighbours]
    assert len(neighbours) <= NEIGHBOURS == 40
    assert scores == sorted(scores, reverse=True)
    assert scores[:1] in ([], [1.0])
    assert all(0 <= neighbour.similarity <= 1 for neighbour in neighbours)


@pytest.mark.parametrize("text", QUERIES)
def test_the_same_query_twice_gives_the_same_result(known: ReportKnowledge, text: str) -> None:
    assert search(known, text) == search(known, text)


@pytest.mark.parametrize("text", ["", "   ", "。。。", "😀"], ids=["empty", "spaces", "stops", "picture"])
def test_a_query_without_words_finds_nothing(known: ReportKnowledge, text: str) -> None:
    result = search(known, text)
    assert (result.candidates, result.neighbours) == ((), ())
    assert result.unknown["grams"] == result.unknown["section"] == 1.0


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("2019年办理了多少件行政复议案件", "1.4.1"),
        ("行政争议调解中心成功调解了几起", "1.4.2"),
        ("民事纠纷调解成功率", "1.4.3"),
        ("普法经费人均多少", "1.6.4"),
        ("清理后废止了多少规范性文件", "1.1.3"),
        ("文号是什么", "meta"),
        ("xingzhengfuyi banle duoshao jian", "1.4.1"),
    ],
)
def test_plain_questions_find_their_section_first(known: ReportKnowledge, text: str, section: str) -> None:
    best = search(known, text).candidates[0]
    assert best.section == section
    assert best.rank == 1
    assert set(best.signals) == set(SIGNAL_NAMES)


def test_a_stored_question_is_its_own_nearest_neighbour(known: ReportKnowledge) -> None:
    question = known.questions("1.4.1")[0]
    nearest = search(known, question).neighbours[0]
    assert (nearest.pair.question, nearest.similarity) == (question, 1.0)


def test_every_candidate_is_a_section(known: ReportKnowledge) -> None:
    for text in QUERIES:
        assert all(known.section(candidate.section) for candidate in search(known, text).candidates)


def test_gaps_and_off_topic_questions_are_neighbours_but_never_candidates(known: ReportKnowledge) -> None:
    result = search(known, "今天天气怎么样")
    assert PairKind.OFF_TOPIC in {neighbour.pair.kind for neighbour in result.neighbours}
    assert all(candidate.section for candidate in result.candidates)
    assert all(candidate.pair is None or candidate.pair.kind is PairKind.ANSWER for candidate in result.candidates)


def test_a_favoured_section_gains_belief(known: ReportKnowledge) -> None:
    query = known.read("有多少件")
    plain, favoured = known.search(query), known.search(query, favored={"1.4.3": 3.0})

    def belief(result: SearchResult) -> float:
        return next((candidate.score for candidate in result.candidates if candidate.section == "1.4.3"), 0.0)

    assert belief(favoured) > belief(plain)


def test_favouring_a_section_that_does_not_exist_changes_nothing(known: ReportKnowledge) -> None:
    query = known.read("行政复议")
    assert known.search(query, favored={"9.9": 5.0}) == known.search(query)


def test_features_are_marked_by_kind() -> None:
    query = Query("复议", "复议", ("复议",), ("fu", "yi"))
    assert match_features(query) == ["c复议", "w复议", "pfu yi"]
    assert topic_features(query) == ["c复议", "w复议", "pfu yi", "c复", "c议"]


def test_a_follow_up_is_found_only_in_a_conversation_about_its_section(known: ReportKnowledge) -> None:
    query = known.read("案子结果咋样")
    alone = {n.pair.question for n in known.search(query).neighbours if n.pair.section == "1.3.4"}
    about = {n.pair.question for n in known.search(query, favored={"1.3.4": 4.0}).neighbours if n.pair.section == "1.3.4"}
    assert "案子结果咋样" not in alone
    assert "案子结果咋样" in about


def test_a_stored_question_asked_word_for_word_leads_to_its_section(known: ReportKnowledge) -> None:
    stored = [pair for pair in known.retriever.pairs if pair.origin == "curated" and pair.kind is PairKind.ANSWER][::23]
    assert len(stored) > 400
    for pair in stored:
        result = known.search(known.read(pair.question))
        first = result.candidates[0]
        same = known.tokenizer.query(pair.question).text == result.query.text  # else it was taken for a typing error
        assert first.section == pair.section or not same, pair.question
