"""The Bot API as data: which methods there are, and of which types their parameters and objects are.

The whole published API is used where the file of it lies beside the project (``shared/telegram-bot-api/api.min.json`` in a folder
above it), otherwise the extract in ``tests/data/telegram``. To make the extract anew: ``python -m tests.fakes.telegram_schema``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
EXTRACT = PROJECT / "tests" / "data" / "telegram" / "bot_api.json"
#: Names of the methods whose parameters the extract holds (of the others it holds the names), and of the types that the server gives
#: out; their parts that are neither here nor needed for a parameter are taken as they come.
EXTRACTED = EXTRACT.with_name("extracted.txt")

Check = Callable[[Any, str], None]


class WrongType(ValueError):
    """A value is not of its type; the message names the place in it."""


def published_api() -> Path | None:
    """The file of the whole API, where it is there."""
    candidates = (folder / "shared" / "telegram-bot-api" / "api.min.json" for folder in PROJECT.parents)
    return next(filter(Path.is_file, candidates), None)


def condense(full: dict[str, Any]) -> dict[str, Any]:
    """Names, types and what is required, without the prose. A field that must hold one word has it after its type: ``String=article``."""
    methods = {
        name: {"returns": " or ".join(method["returns"]), "fields": _fields(method.get("fields", []))}
        for name, method in full["methods"].items()
    }
    types = {
        name: {"any_of": found["subtypes"]} if found.get("subtypes") else {"fields": _fields(found.get("fields", []))}
        for name, found in full["types"].items()
    }
    return {"version": full["version"], "methods": methods, "types": types}


def _fields(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """``{"chat_id": "Integer or String", "text": "String?"}``: the types, with a question mark where it may be left out."""
    fields = {}
    for row in rows:
        constant = re.search(r"\bmust be ([a-z_]+)$", row["description"]) if row["types"] == ["String"] else None
        fields[row["name"]] = " or ".join(row["types"]) + (f"={constant[1]}" if constant else "") + "?" * (not row["required"])
    return fields


def make_extract(full: dict[str, Any]) -> dict[str, Any]:
    """The part of the whole API that is kept with the tests."""
    every = condense(full)
    names = EXTRACTED.read_text("utf-8").split()
    wanted = {name for name in names if name in every["types"]}
    fields = [kind for name in names if name in every["methods"] for kind in every["methods"][name]["fields"].values()]
    while fields:
        for name in re.findall(r"\w+", fields.pop()):
            if name in every["types"] and name not in wanted:
                wanted.add(name)
                found = every["types"][name]
                fields += [*found.get("any_of", []), *found.get("fields", {}).values()]
    return {
        "source": "Telegram Bot API as data, github.com/PaulSonOfLars/telegram-bot-api-spec; an extract without the descriptions",
        "license": "MIT",
        "version": every["version"],
        "methods": {name: method if name in names else {} for name, method in sorted(every["methods"].items())},
        "types": {name: every["types"][name] for name in sorted(wanted)},
    }


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter: its types as the API words them, whether it must be given, and its check."""

    types: str
    required: bool
    check: Check


class Schema:
    """Checks of parameters and objects.

    Attributes:
        version: Of the API.
        methods: Parameters by method; None where only the name is known.
    """

    def __init__(self, condensed: dict[str, Any]) -> None:
        self.version: str = condensed["version"]
        self._types: dict[str, dict[str, Any]] = condensed["types"]
        self._checks: dict[str, Check] = {}
        self.methods: dict[str, dict[str, Field] | None] = {
            name: {key: self._field(words) for key, words in method["fields"].items()} if method else None
            for name, method in condensed["methods"].items()
        }

    @classmethod
    def load(cls) -> Schema:
        """From the whole API where that is there, otherwise from the extract."""
        path = published_api()
        return cls(condense(json.loads(path.read_text("utf-8"))) if path else json.loads(EXTRACT.read_text("utf-8")))

    def check(self, kind: str, value: Any, path: str = "") -> None:
        """Check *value* against a type such as ``Update`` or ``Array of BotCommand``.

        Raises:
            WrongType: Where it does not fit.
        """
        self.checker(kind)(value, path or kind)

    def checker(self, kind: str) -> Check:
        """The check of a type, made on its first use."""
        if kind not in self._checks:
            self._checks[kind] = self._make(kind)
        return self._checks[kind]

    def _field(self, words: str) -> Field:
        kind = words.removesuffix("?")
        return Field(kind, kind == words, lambda value, path: self.checker(kind)(value, path))

    def _make(self, kind: str) -> Check:
        if " or " in kind:
            return self._any_of(kind, kind.split(" or "))
        if kind.startswith("Array of "):
            return self._array(self._later(kind.removeprefix("Array of ")))
        if "=" in kind:
            return _constant(kind.partition("=")[2])
        if kind in _PLAIN:
            return _PLAIN[kind]
        found = self._types.get(kind)
        if found is None or kind == "InputFile":
            return _anything
        return self._any_of(kind, found["any_of"]) if "any_of" in found else self._object(kind, found["fields"])

    def _later(self, kind: str) -> Check:
        """Types hold each other; what is inside is looked up when it is needed."""
        return lambda value, path: self.checker(kind)(value, path)

    def _array(self, check: Check) -> Check:
        def check_array(value: Any, path: str) -> None:
            if not isinstance(value, list):
                raise WrongType(f"{path} must be an array")
            for number, item in enumerate(value):
                check(item, f"{path}[{number}]")

        return check_array

    def _any_of(self, kind: str, kinds: list[str]) -> Check:
        def check_any(value: Any, path: str) -> None:
            problems = []
            for one in kinds:
                try:
                    return self.checker(one)(value, path)
                except WrongType as exc:
                    problems.append(str(exc))
            raise WrongType(f"{path} is no {kind}: {max(problems, key=_depth)}")

        return check_any

    def _object(self, kind: str, fields: dict[str, str]) -> Check:
        checks = {name: self._later(words.removesuffix("?")) for name, words in fields.items()}
        required = [name for name, words in fields.items() if not words.endswith("?")]

        def check_object(value: Any, path: str) -> None:
            if not isinstance(value, dict):
                raise WrongType(f"{path} must be an object ({kind})")
            for name in required:
                if name not in value:
                    raise WrongType(f'{path}: field "{name}" of {kind} is missing')
            for name, item in value.items():
                if name not in checks:
                    raise WrongType(f'{path}: {kind} has no field "{name}"')
                checks[name](item, f"{path}.{name}")

        return check_object


def _depth(problem: str) -> tuple[int, bool]:
    """The deepest problem is that of the kind which was meant, a wrong constant one of a kind which was not."""
    return problem.count(".") + problem.count("["), "must be " not in problem


def _anything(value: Any, path: str) -> None:
    """What is not known is taken as it comes."""


def _constant(word: str) -> Check:
    def check(value: Any, path: str) -> None:
        if value != word:
            raise WrongType(f'{path} must be "{word}"')

    return check


def _plain(name: str, kinds: type | tuple[type, ...]) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise WrongType(f"{path} must be of type {name}")

    return check


_PLAIN = {
    "Integer": _plain("Integer", int),
    "Float": _plain("Float", (int, float)),
    "String": _plain("String", str),
    "Boolean": _plain("Boolean", bool),
}
_PLAIN["True"] = _PLAIN["Boolean"]


if __name__ == "__main__":
    whole = published_api()
    if whole is None:
        raise SystemExit("needs shared/telegram-bot-api/api.min.json in a folder above the project")
    extract = make_extract(json.loads(whole.read_text("utf-8")))
    parts = ["{"]
    for key in ("source", "license", "version"):
        parts.append(f"{json.dumps(key)}: {json.dumps(extract[key])},")
    for key in ("methods", "types"):
        rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in extract[key].items()]
        parts.append(f'"{key}": {{\n' + ",\n".join(rows) + ("\n}," if key == "methods" else "\n}}"))
    EXTRACT.write_text("\n".join(parts) + "\n", "utf-8")
