"""What the HTTP API takes and gives, as its schema shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: What is longer is no question; the same limit as in every channel.
MAX_QUESTION_CHARS = 500


class AskRequest(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]
    conversation: Annotated[str, Field(max_length=128)] | None = None


class CitationModel(BaseModel):
    """Words of the report and their place."""

    report: str
    section: str
    label: str
    title: str
    quote: Annotated[str, Field(max_length=160)]


class SuggestionModel(BaseModel):
    """A question to ask next."""

    question: str
    section: str


class ReplyModel(BaseModel):
    """A reply."""

    reply_id: str
    outcome: Literal["answer", "related", "clarify", "section", "contents", "check", "refuse", "smalltalk", "help"]
    text: str
    citations: list[CitationModel]
    suggestions: list[SuggestionModel]
    verdict: Literal["supported", "refuted", "not_enough_info"] | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    release: str
    elapsed_ms: float


class SectionModel(BaseModel):
    """A section as printed."""

    report: str
    id: str
    label: str
    title: str
    text: str
    parent: str | None
    kind: str


class FigureModel(BaseModel):
    """A figure a report states; where several are served, with the report and its year and place."""

    section: str
    label: str
    value: str
    unit: str
    subject: str
    quote: str
    report: str | None = None
    year: int | None = None
    place: str | None = None


class ReportModel(BaseModel):
    """A report of the live release."""

    id: str
    title: str
    document_number: str
    publisher: str
    year: int | None
    place: str
    kind: str
    newer: str | None
    sections: int


class FeedbackRequest(BaseModel):
    """Feedback on a reply; a later one replaces an earlier one."""

    model_config = ConfigDict(extra="forbid")
    reply_id: Annotated[str, Field(min_length=1, max_length=64)]
    helpful: bool
    comment: Annotated[str, Field(max_length=1000)] | None = None


class Problem(BaseModel):
    """What was wrong, in words for a person."""

    detail: str
