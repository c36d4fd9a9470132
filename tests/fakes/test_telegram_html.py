"""Telegram's HTML as the tests' server reads it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.telegram_html import BadHtml, parse_html


def entities(source: str) -> list[tuple[Any, ...]]:
    return [(e["type"], e["offset"], e["length"]) for e in parse_html(source).entities]


def test_tags_become_entities_and_references_characters() -> None:
    parsed = parse_html('<b>复议</b> &lt;22&gt; &amp; &#20214; <a href="https://x.cn/?a=1&amp;b=2">原文</a>')
    assert parsed.text == "复议 <22> & 件 原文"
    assert parsed.entities == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 12, "length": 2, "url": "https://x.cn/?a=1&b=2"},
    ]
    assert parsed.slips == []


def test_offsets_count_utf16_units() -> None:
    assert entities("😀<i>𠮷野</i>") == [("italic", 2, 3)]


def test_outer_entities_come_first() -> None:
    assert entities("<blockquote expandable><b>一</b>二<tg-spoiler>三</tg-spoiler></blockquote>") == [
        ("expandable_blockquote", 0, 3),
        ("bold", 0, 1),
        ("spoiler", 2, 1),
    ]


def test_code_in_pre_names_its_language() -> None:
    parsed = parse_html('<pre><code class="language-python">x</code></pre>')
    assert parsed.entities == [{"type": "pre", "offset": 0, "length": 1, "language": "python"}]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("<b>一", 'Can\'t find end tag corresponding to start tag "b"'),
        ("一</b>", "Unexpected end tag at byte offset 3"),
        ("<b>一</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<b><i>一</b></i>", 'Unmatched end tag at byte offset 9, expected "</i>", found "</b>"'),
        ("复<p>一</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("一 < 二", 'Unsupported start tag "" at byte offset 4'),
        ("<br/>", 'Unsupported start tag "br" at byte offset 0'),
        ("2<", "Unclosed start tag at byte offset 1"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x"', 'Unclosed start tag "a" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b>一</b", "Unclosed end tag at byte offset 6"),
    ],
    ids=lambda text: text[:20],
)
def test_bad_html_is_turned_down_in_the_platforms_words(source: str, error: str) -> None:
    with pytest.raises(BadHtml) as caught:
        parse_html(source)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    "source",
    ["A & B", "A &nbsp; B", "1 > 0", "<blockquote>a<blockquote>b</blockquote></blockquote>", "<code>a<b>b</b></code>", '<a href="x">y</a>'],
)
def test_what_the_platform_lets_pass_against_its_rules_is_noticed(source: str) -> None:
    assert parse_html(source).slips
