"""Why a reply was given, in words: what ``Assistant.explain`` gives, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import texts

_VERDICTS = {"supported": texts.PART_SUPPORTED, "refuted": texts.PART_REFUTED, "not_enough_info": texts.PART_UNKNOWN}
_MOST = 12


def explain_in_words(explanation: Mapping[str, Any], *, label_of: Mapping[str, str]) -> list[str]:
    """A line for each thing that mattered.

    Args:
        explanation: As kept with the reply; any of its fields may be missing.
        label_of: Section id to what the section is called.
    """
    found: dict[str, Any] = {name: value for name, value in explanation.items() if value not in (None, "", [], {})}
    lines = []
    if query := found.get("query"):
        lines.append(texts.WHY_QUESTION.format(query=query))
    if words := found.get("words"):
        lines.append(texts.WHY_WORDS.format(words="、".join(words[:_MOST])))
    if matched := found.get("matched_question"):
        lines.append(texts.WHY_MATCHED.format(question=matched))
    if section := found.get("section"):
        lines.append(texts.WHY_SECTION.format(place=label_of.get(section, section)))
    for part in found.get("parts", [])[:_MOST]:
        lines.append(texts.WHY_PART.format(words=part["words"], verdict=_VERDICTS.get(part["verdict"], part["verdict"])))
    if "confidence" in found and "threshold" in found:
        lines.append(texts.WHY_CONFIDENCE.format(confidence=_share(found["confidence"]), threshold=_share(found["threshold"])))
    if "margin_to_next" in found:
        lines.append(texts.WHY_MARGIN.format(margin=_share(found["margin_to_next"])))
    others = [label_of.get(name, name) for name in found.get("signals", {}) if name != found.get("section")]
    if others:
        lines.append(texts.WHY_OTHERS.format(places="；".join(others)))
    return lines or [texts.WHY_NONE]


def _share(value: float) -> str:
    return f"{value:.0%}"
