"""The Bot API as data: the extract is of the published whole, and wrong values are seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.telegram_schema import EXTRACT, Schema, WrongType, make_extract, published_api

KEPT = json.loads(EXTRACT.read_text("utf-8"))


def test_the_extract_is_what_the_published_api_says() -> None:
    path = published_api()
    if path is None:
        pytest.skip("the published API is not beside the project")
    assert make_extract(json.loads(path.read_text("utf-8"))) == KEPT


@pytest.fixture(params=["extract", "published"])
def schema(request: pytest.FixtureRequest) -> Schema:
    if request.param == "published" and published_api() is None:
        pytest.skip("the published API is not beside the project")
    return Schema(KEPT) if request.param == "extract" else Schema.load()


def make_result(**changes: Any) -> dict[str, Any]:
    return {"type": "article", "id": "1", "title": "一", "input_message_content": {"message_text": "二"}} | changes


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Integer or String", "@channel"),
        ("Array of BotCommand", []),
        ("BotCommandScope", {"type": "chat", "chat_id": 5}),
        ("InlineKeyboardMarkup or ForceReply", {"inline_keyboard": [[{"text": "一", "copy_text": {"text": "二"}}]]}),
        ("Array of InlineQueryResult", [make_result()]),
    ],
    ids=str,
)
def test_right_values_pass(schema: Schema, kind: str, value: Any) -> None:
    schema.check(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("Integer", "5", "must be of type Integer"),
        ("Integer", True, "must be of type Integer"),
        ("Boolean", 1, "must be of type Boolean"),
        ("Array of BotCommand", {}, "must be an array"),
        ("Array of BotCommand", [{"command": "help"}], 'field "description" of BotCommand is missing'),
        ("BotCommandScope", {"type": "nowhere"}, "is no BotCommandScope"),
        ("LinkPreviewOptions", {"is_disable": True}, 'LinkPreviewOptions has no field "is_disable"'),
        (
            "InlineKeyboardMarkup or ForceReply",
            {"inline_keyboard": [[{"text": "一", "callback": "x"}]]},
            'InlineKeyboardButton has no field "callback"',
        ),
        ("Array of InlineQueryResult", [make_result(input_message_content={"text": "二"})], "InputMessageContent"),
        ("Array of InlineQueryResult", [make_result(type="articles")], "is no InlineQueryResult"),
    ],
    ids=str,
)
def test_wrong_values_are_named(schema: Schema, kind: str, value: Any, problem: str) -> None:
    with pytest.raises(WrongType) as caught:
        schema.check(kind, value)
    assert problem in str(caught.value)
