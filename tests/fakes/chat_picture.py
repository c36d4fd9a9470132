"""A chat as a page that looks like a chat client, and as a picture: for the documents."""

from __future__ import annotations

import html
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TITLE = "问报"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
#: Pictures made on different days are alike.
FIRST_MESSAGE_AT = datetime(2026, 1, 5, 9, 41, tzinfo=UTC)

_TAGS = {
    **dict.fromkeys(("text_link", "bot_command", "mention", "url"), "a"),
    **dict.fromkeys(("blockquote", "expandable_blockquote"), "blockquote"),
    **dict(zip(("bold", "italic", "underline", "strikethrough", "code", "pre"), ("b", "i", "u", "s", "code", "pre"), strict=True)),
}
#: Where no font has them.
_THUMB = '<svg viewBox="0 0 24 24"{}><path d="M2 11h4v10H2zM8 21h9q2 0 2.3-1.6l2.5-6.4q.6-3-2.2-3H14l1-5q.2-2.6-2.1-1.6L8 10z"/></svg>'
_DRAWN = {"👍": _THUMB.format(""), "👎": _THUMB.format(' style="transform: rotate(180deg)"')}
_STYLE = """
* { box-sizing: border-box; margin: 0 }
body { width: WIDTHpx; background: #d5e3c9; font: 15px/1.45 "Noto Sans CJK SC", sans-serif; color: #111 }
header { background: #517da2; color: #fff; padding: 10px 16px; font-weight: 600 }
header small { display: block; font-weight: 400; opacity: .8; font-size: 12px }
main { padding: 10px 12px 14px }
.message { max-width: 84%; width: fit-content; margin-top: 8px }
.mine { margin-left: auto }
.bubble { background: #fff; border-radius: 12px; padding: 6px 10px; box-shadow: 0 1px 1px #0002; overflow-wrap: anywhere }
.text { white-space: pre-wrap }
.mine .bubble { background: #effdde }
.quoted { border-left: 3px solid #517da2; background: #517da214; border-radius: 4px; padding: 2px 8px; margin-bottom: 4px; font-size: 13px }
.quoted b { color: #517da2; display: block }
.quoted span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
blockquote { border-left: 3px solid #5d9b4c; background: #5d9b4c14; border-radius: 4px; padding: 2px 8px; margin: 3px 0 }
blockquote.expandable { max-height: 4.6em; overflow: hidden; position: relative }
blockquote.expandable::after { content: "⌄"; position: absolute; right: 6px; bottom: -3px; color: #5d9b4c }
time { float: right; font-size: 11px; color: #7d8790; margin: 5px 0 0 10px }
a { color: #2678b6; text-decoration: none }
.row { display: flex; gap: 4px; margin-top: 4px }
.row span { flex: 1; text-align: center; background: #6b8a5acc; color: #fff; border-radius: 8px; padding: 5px 4px; font-size: 13px;
  overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
svg { width: 15px; height: 15px; fill: currentColor; vertical-align: -2px }
"""


def render_text(text: str, entities: list[dict[str, Any]]) -> str:
    """HTML of a message's text; offsets of *entities* are in UTF-16 code units, outer ones come first."""
    units = text.encode("utf-16-le")
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in entities:
        tag = _TAGS.get(entity["type"], "span")
        expandable = ' class="expandable"' if entity["type"] == "expandable_blockquote" else ""
        opening.setdefault(entity["offset"], []).append(f"<{tag}{expandable}>")
        closing.setdefault(entity["offset"] + entity["length"], []).insert(0, f"</{tag}>")
    cuts = sorted({0, len(units) // 2, *opening, *closing})
    pieces = []
    for position, following in zip(cuts, [*cuts[1:], len(units) // 2], strict=True):
        pieces += [*closing.get(position, []), *opening.get(position, [])]
        pieces.append(html.escape(units[2 * position : 2 * following].decode("utf-16-le")))
    # A quote is a block: the line breaks around it would make empty lines.
    return "".join(pieces).replace("\n<blockquote", "<blockquote").replace("</blockquote>\n", "</blockquote>")


def render_page(messages: list[dict[str, Any]], *, width: int = 480) -> str:
    """A page of a chat's messages, as the Bot API gives them, oldest first."""
    shown = []
    for number, message in enumerate(messages):
        mine = not message["from"]["is_bot"]
        quoted = message.get("reply_to_message")
        author = html.escape(quoted["from"]["first_name"]) if quoted else ""
        reply = f'<div class="quoted"><b>{author}</b><span>{html.escape(quoted.get("text", "…"))}</span></div>' if quoted else ""
        text = render_text(message.get("text", "📎"), message.get("entities", []))
        at = FIRST_MESSAGE_AT + timedelta(seconds=20 * number)
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        keyboard = "".join(map(_render_row, rows))
        bubble = f'<div class="bubble">{reply}<div class="text">{text}<time>{at:%H:%M}</time></div></div>'
        shown.append(f'<div class="message{" mine" if mine else ""}">{bubble}{keyboard}</div>')
    style = _STYLE.replace("WIDTH", str(width))
    head = f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{TITLE}</title><style>{style}</style>'
    return f"{head}<header>{TITLE}<small>机器人</small></header><main>{''.join(shown)}</main></html>"


def _draw(label: str) -> str:
    for sign, drawing in _DRAWN.items():
        label = label.replace(sign, drawing)
    return label


def _render_row(row: list[dict[str, Any]]) -> str:
    labels = [f"<span>{_draw(html.escape(button['text']))}</span>" for button in row]
    return f'<div class="row">{"".join(labels)}</div>'


def save_picture(page: str, path: Path, *, width: int = 480) -> None:
    """Write *page* as a picture by Chromium; a path that ends in ``.html`` gets the page itself.

    Raises:
        ImportError: Without playwright.
    """
    if path.suffix == ".html":
        path.write_text(page, encoding="utf-8")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        tab = browser.new_page(viewport={"width": width, "height": 200}, device_scale_factor=2)
        tab.set_content(page)
        tab.screenshot(path=str(path), full_page=True)
        browser.close()
