"""What an admin can do with a question that did not go well: store it under a section, note it as a gap, or dismiss it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.errors import BotError
from bot.review import Group, has_placeholder, review_groups
from bot.state.base import Reason, StateStore
from knowledge.documents import Source
from knowledge.errors import InvalidSource
from knowledge.library import Library
from knowledge.pairs_file import NewQuestion, add_question
from knowledge.records import PairKind


class ReviewDesk:
    """Kept questions on one side, the sources' ``pairs.yaml`` on the other. Not async: an admin waits for one thing at a time.

    Args:
        state: Where the questions are kept.
        library: The live release, which proposes sections.
        folders: Source folder of each report by its id.
    """

    def __init__(self, state: StateStore, library: Library, folders: Mapping[str, Path]) -> None:
        self.library = library
        self._state = state
        self._folders = folders
        self._loop = asyncio.Runner()

    def groups(self, reasons: Iterable[Reason] = tuple(Reason)) -> list[Group]:
        """Groups on which nothing has been decided, larger ones first."""
        return review_groups(self._loop.run(self._state.questions_for_review()), self.library, reasons=reasons)

    def add(
        self,
        report: str,
        questions: Sequence[str],
        section: str,
        *,
        spans: tuple[str, ...] = (),
        gap: bool = False,
        missing: str = "",
        decides: Sequence[str] = (),
    ) -> list[str]:
        """Store *questions* under *section* of the report's ``pairs.yaml``, for the next reload.

        The file is written first and the decision kept after: a kill in between brings the question back, and adding it again
        changes nothing.

        Args:
            report: Report id.
            questions: Questions to store; those in which something is masked are left out.
            section: Section id.
            spans: Verbatim pieces of the section that hold the answer.
            gap: The report leaves it open.
            missing: With *gap*: what the report leaves out, in a word.
            decides: Kept questions that this decides on; *questions* for none.

        Returns:
            The questions that were not there before.

        Raises:
            InvalidSource: If the section or a span is not the report's, or the file cannot take the question.
            BotError: If the report has no source folder here, or every question needs rewording.
        """
        known, folder = self.library.report(report), self._folders.get(report)
        if known is None or folder is None:
            there = ", ".join(sorted(self._folders)) or "none"
            raise BotError(f"no source of {report!r}; there is {there}: name its folder")
        fit = [question for question in questions if not has_placeholder(question)]
        if not fit:
            raise BotError("something personal was masked in it; reword it first")
        kind = PairKind.GAP if gap else PairKind.ANSWER
        path = folder / "pairs.yaml"
        new = [NewQuestion(question, section, kind, () if gap else spans, missing) for question in fit]
        added = [one.question for one in new if add_question(path, known.report, one)]
        for question in decides or questions:
            self._loop.run(self._state.save_decision(report, question, "gap" if gap else f"added to {section}"))
        return added

    def dismiss(self, group: Group) -> None:
        """Put *group* aside for good."""
        for question in group.questions:
            self._loop.run(self._state.save_decision(group.report, question, "dismissed"))

    def close(self) -> None:
        """Release the state store."""
        self._loop.run(self._state.close())
        self._loop.close()


def folders_by_report(sources: Sequence[Source]) -> dict[str, Path]:
    """Source folders by report id.

    Raises:
        InvalidSource: If a source is a single file, beside which no questions can be kept.
    """
    for source in sources:
        if source.folder is None:
            raise InvalidSource(
                source.document, "", f"is a single file; put it into a folder {source.id}/, where pairs.yaml can stand beside it"
            )
    return {source.id: source.folder for source in sources if source.folder}
