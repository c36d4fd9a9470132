"""``pairs.yaml`` as a file that people edit: where each question stands in it, and a question more without touching the rest.

A question is put in as one line, or as a few words inside a line, at the place that the parser's own marks name; every other byte
stays. Before anything is written, the new text is read again and must say just what the old one said, and the question.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import InvalidSource
from knowledge.records import PairKind, Report
from knowledge.span import locate

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = {PairKind.ANSWER: "sections", PairKind.GAP: "gaps"}
_LISTS = {"questions": (PairKind.ANSWER, PairKind.GAP), "follow_ups": (PairKind.FOLLOW_UP, PairKind.OPEN_FOLLOW_UP)}


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to put in.

    Attributes:
        question: As people ask it, on one line.
        section: Section id.
        kind: ``ANSWER``, or ``GAP`` for what the report leaves open.
        spans: For an answer: verbatim pieces of the section's text that hold it; empty for the section as a whole.
        missing: For a gap: a short name of what the report leaves out; may be empty.
    """

    question: str
    section: str
    kind: PairKind = PairKind.ANSWER
    spans: tuple[str, ...] = ()
    missing: str = ""


def question_lines(path: Path) -> dict[tuple[str, str, PairKind], int]:
    """Line, from 1, of each question of *path* by (question, section, kind); the first one where it stands twice.

    Raises:
        InvalidSource: If the file cannot be read as YAML.
    """
    lines: dict[tuple[str, str, PairKind], int] = {}
    root = _compose(path, _read(path)[1])
    for key, top in _items(root):
        for section, entries in _items(top):
            for entry in _sequence(entries):
                for name, texts in _items(entry):
                    for text in _sequence(texts) if name.value in _LISTS else ():
                        kind = _LISTS[name.value][key.value == "gaps"]
                        lines.setdefault((text.value, section.value, kind), text.start_mark.line + 1)
    return lines


def section_lines(path: Path) -> dict[str, int]:
    """Line, from 1, on which each section of *path* begins, under "sections" or, where it is not there, "gaps"."""
    lines: dict[str, int] = {}
    for key, top in _items(_compose(path, _read(path)[1])):
        for section, _ in _items(top) if key.value in {"sections", "gaps"} else ():
            lines.setdefault(section.value, section.start_mark.line + 1)
    return lines


def add_question(path: Path, report: Report, new: NewQuestion) -> bool:
    """Put *new* into *path*, made when missing: with those of the same spans or the same gap, where there are any.

    Returns:
        False when that very question stands there already, and nothing was changed.

    Raises:
        InvalidSource: If the section or a span is not the report's, or the file is in a form that a question cannot be put into.
    """
    _check(path, report, new)
    mark, old = _read(path)
    root = _compose(path, old)
    key = _KEYS[new.kind]
    if any(_is_same(e, new) and new.question in _texts(e) for e in _sequence(_at(_at(root, key), new.section))):
        return False
    text = _inserted(path, old, root, report, new)
    _check_result(path, old, text, new)
    _write(path, mark + text)
    return True


def _check(path: Path, report: Report, new: NewQuestion) -> None:
    section = report.section(new.section)
    if section is None:
        raise InvalidSource(path, new.section, f"no such section in {report.id}; see `wenbao sections`")
    if not new.question.strip() or not new.question.isprintable():
        raise InvalidSource(path, new.section, "a question is one line of text")
    if new.spans and locate(section.text, new.spans) is None:
        raise InvalidSource(path, new.section, f"{' / '.join(new.spans)!r} does not stand in the section word for word")


def _inserted(path: Path, old: str, root: yaml.Node | None, report: Report, new: NewQuestion) -> str:
    """The text with *new* in it, at the narrowest place that is there."""
    end = "\r\n" if "\r\n" in old else "\n"
    key = _KEYS[new.kind]
    top = _at(root, key)
    entries = _at(top, new.section)
    entry = next((e for e in _sequence(entries) if _is_same(e, new)), None)
    questions = _at(entry, "questions") if entry is not None else None
    if isinstance(questions, yaml.SequenceNode) and questions.value:
        return _after_last(old, questions, [_quoted(new.question)], end)
    if isinstance(entries, yaml.SequenceNode) and entries.value:
        return _after_last(old, entries, _entry_lines(new), end)
    section_text = [f"  {_quoted(new.section)}:", *(f"    {line}" for line in _listed(_entry_lines(new)))]
    if entries is not None:  # it would be there twice
        raise InvalidSource(path, new.section, "is empty; delete it, or write an entry by hand")
    if isinstance(top, yaml.MappingNode) and top.value and not top.flow_style:
        indent = " " * top.value[0][0].start_mark.column
        return _at_line(old, _place_of_section(top, report, new.section), [indent + line[2:] for line in section_text], end)
    if top is not None:
        raise InvalidSource(path, key, "is empty or on one line; write a line for each section")
    return _at_line(old, len(_lines(old)), [*([""] if old.strip() else []), f"{key}:", *section_text], end)


def _place_of_section(top: yaml.MappingNode, report: Report, section: str) -> int:
    """Line before which a section new to the file goes: sections stand in printed order."""
    order = {s.id: i for i, s in enumerate(report.sections)}
    for name, _ in top.value:
        if order.get(name.value, -1) > order[section]:
            return int(name.start_mark.line)
    return _last_line(top) + 1


def _after_last(old: str, node: yaml.CollectionNode, entry: Sequence[str], end: str) -> str:
    """*old* with the item *entry*, its lines without indent, after the last item of a list."""
    last = _sequence(node)[-1]
    if node.flow_style:
        words = ", " + ("{" + ", ".join(_flow(entry)) + "}" if len(entry) > 1 or ": " in entry[0] else entry[0])
        return old[: last.end_mark.index] + words + old[last.end_mark.index :]
    indent = " " * node.start_mark.column
    return _at_line(old, _last_line(last) + 1, [indent + line for line in _listed(entry)], end)


def _entry_lines(new: NewQuestion) -> list[str]:
    """The lines of an entry without its dash, as the shipped files are written."""
    lines = [f"spans: [{', '.join(map(_quoted, new.spans))}]"] if new.spans else []
    lines += [f"missing: {_quoted(new.missing)}"] if new.missing else []
    return [*lines, "questions:", f"  - {_quoted(new.question)}"]


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"{'  ' if i else '- '}{line}" for i, line in enumerate(lines)]


def _flow(lines: Sequence[str]) -> list[str]:
    """*lines* of an entry for a list on one line."""
    *head, _, question = lines
    return [*head, f"questions: [{question.removeprefix('  - ')}]"]


def _quoted(text: str) -> str:
    # A JSON string is a YAML string, and never read as a number, a date or a boolean.
    return json.dumps(text, ensure_ascii=False)


def _is_same(entry: yaml.Node, new: NewQuestion) -> bool:
    """Whether *entry* holds the same fact as *new*: the same spans, or the same name of what is missing."""
    spans = tuple(span.value for span in _sequence(_at(entry, "spans")))
    missing = _at(entry, "missing")
    return spans == new.spans and (missing.value if missing is not None else "") == new.missing


def _texts(entry: yaml.Node) -> list[str]:
    return [text.value for text in _sequence(_at(entry, "questions"))]


def _check_result(path: Path, old: str, text: str, new: NewQuestion) -> None:
    """The new *text* says what *old* said, and the question."""
    try:
        before, after = (yaml.load(t, Loader=_LOADER) or {} for t in (old, text))
        rest = _without(after, new, _KEYS[new.kind])
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError) as exc:
        raise InvalidSource(path, new.section, "is written in a form that a question cannot be put into; add it by hand") from exc
    if rest != before:
        raise InvalidSource(path, new.section, "is written in a form that a question cannot be put into; add it by hand")


def _without(content: dict[str, Any], new: NewQuestion, key: str) -> dict[str, Any]:
    """*content* with *new* taken out again, and whatever is empty then."""
    entries = content[key][new.section]
    held = [e for e in entries if new.question in (e.get("questions") or []) and tuple(e.get("spans") or ()) == new.spans]
    entry = next(e for e in held if str(e.get("missing") or "") == new.missing)
    entry["questions"].pop()
    if not entry["questions"]:
        entries.remove(entry)
    if not entries:
        del content[key][new.section]
    if not content[key]:
        del content[key]
    return content


def _write(path: Path, text: str) -> None:
    """Replace *path* at once; a kill leaves the old file or the new one."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o777)
        partial.replace(path)
    except OSError as exc:
        with suppress(OSError):
            partial.unlink()
        raise InvalidSource(path, "", f"cannot be written ({exc.strerror}); nothing was changed") from exc


def _read(path: Path) -> tuple[str, str]:
    """The byte order mark of *path*, which no place in it counts, and its text; both empty for a missing file."""
    try:
        text = path.read_bytes().decode("utf-8") if path.exists() else ""
        return text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidSource(path, "", f"cannot be read as UTF-8 ({exc})") from exc


def _compose(path: Path, text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as exc:
        raise InvalidSource(path, "", f"cannot be read as YAML: {exc}") from exc


def _items(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _sequence(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _at(node: yaml.Node | None, key: str) -> yaml.Node | None:
    return next((value for name, value in _items(node) if name.value == key), None)


def _lines(text: str) -> list[str]:
    """Lines of *text* with their ends, cut where YAML cuts them."""
    return re.findall(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+", text)


def _last_line(node: yaml.Node) -> int:
    """Line of the last character of *node*, blank lines and comments after it left out."""
    if isinstance(node, (yaml.SequenceNode, yaml.MappingNode)) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line)


def _at_line(text: str, line: int, added: Sequence[str], end: str) -> str:
    """*text* with the lines *added* before *line*, counted from 0."""
    lines = _lines(text)
    if 0 < line <= len(lines) and not lines[line - 1].endswith(("\n", "\r")):
        lines[line - 1] += end
    return "".join([*lines[:line], *(f"{one}{end}" for one in added), *lines[line:]])
