"""A chat as a page that looks like a chat client, and as a picture: for the documents."""

from __future__ import annotations

import html
import io
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]

TITLE = "问报"
#: Of the results of an inline query, so many are in view.
PANEL_ROWS = 4
#: In a picture.
COLOURS = 48
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
.message { max-width: 90%; width: fit-content; margin-top: 8px }
.mine { margin-left: auto }
.bubble { background: #fff; --quote: #f2f7f0; border-radius: 12px; padding: 6px 10px; box-shadow: 0 1px 1px #0002; overflow-wrap: anywhere }
.text { white-space: pre-wrap; display: flow-root }
.mine .bubble { background: #effdde; --quote: #e2f2d0 }
.quoted { border-left: 3px solid #517da2; background: #517da214; border-radius: 4px; padding: 2px 8px; margin-bottom: 4px; font-size: 13px }
.quoted b { color: #517da2; display: block }
.quoted span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
blockquote { border-left: 3px solid #5d9b4c; background: var(--quote); border-radius: 4px; padding: 2px 8px; margin: 3px 0 }
blockquote.expandable { max-height: 4.6em; overflow: hidden; position: relative }
blockquote.expandable::after { content: "⌄"; position: absolute; right: 2px; bottom: -2px;
  padding: 0 4px 0 26px; color: #5d9b4c; background: linear-gradient(90deg, transparent, var(--quote) 70%) }
time { float: right; font-size: 11px; color: #7d8790; margin: 5px 0 0 10px }
a { color: #2678b6; text-decoration: none }
.row { display: flex; gap: 4px; margin-top: 4px }
.row span { flex: 1; text-align: center; background: #6b8a5acc; color: #fff; border-radius: 8px; padding: 5px 2px; font-size: 13px;
  overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.note { width: fit-content; max-width: 90%; margin: 10px auto 2px; background: #6b8a5acc; color: #fff; border-radius: 12px;
  padding: 2px 12px; font-size: 13px; text-align: center }
.name { color: #517da2; font-weight: 600; font-size: 13px }
.via { color: #7d8790; font-weight: 400 }
.panel { background: #fff; border-radius: 10px; margin-top: 12px; overflow: hidden; box-shadow: 0 1px 2px #0003 }
.panel div { padding: 6px 12px; border-bottom: 1px solid #e4e8eb; font-size: 13px }
.panel b, .panel span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.panel span { color: #7d8790 }
.panel div:last-child { border: 0; background: #f4f6f8; font-size: 15px }
svg { width: 15px; height: 15px; fill: currentColor; vertical-align: -2px }
"""
#: Other clients, by what is different.
LOOKS = {
    "bot": """
body { background: #eef0f3 } header { background: #fff; color: #111 } .mine .bubble { background: #cfe5ff }
.row span { background: #fff; color: #2b6cb0; border: 1px solid #d5dbe3 } .note { background: #9aa4b1 }
.message:has(.row) { min-width: 64% }
""",
    "customer": """
body { background: #ededed } header { background: #ededed; color: #111; border-bottom: 1px solid #d9d9d9 }
.mine .bubble { background: #95ec69 } a { color: #576b95 }
""",
}


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


def render_page(
    items: Iterable[JsonObject], *, title: str = TITLE, subtitle: str = "机器人", me: str = "", width: int = 480, look: str = ""
) -> str:
    """A page of what is shown of a chat, oldest first.

    Args:
        items: Messages, as the Bot API gives them; ``{"note": words}`` for a word in between, ``{"query": words, "results": [...]}``
            for an inline query while it is typed.
        title: Who or what the chat is with.
        subtitle: What stands below.
        me: First name of the person whose screen it is; empty for everybody but the bot.
        width: In pixels.
        look: A key of ``LOOKS``; empty for Telegram's.
    """
    shown = []
    at = FIRST_MESSAGE_AT
    for item in items:
        if "note" in item:
            shown.append(f'<div class="note">{html.escape(item["note"])}</div>')
        elif "results" in item:
            shown.append(_render_panel(item["query"], item["results"]))
        else:
            shown.append(_render_message(item, me, at))
            at += timedelta(seconds=20)
    style = _STYLE.replace("WIDTH", str(width)) + LOOKS.get(look, "")
    head = f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{html.escape(title)}</title><style>{style}</style>'
    return f"{head}<header>{html.escape(title)}<small>{html.escape(subtitle)}</small></header><main>{''.join(shown)}</main></html>"


def _render_message(message: JsonObject, me: str, at: datetime) -> str:
    author, via = message["from"], message.get("via_bot")
    mine = not author["is_bot"] and me in {"", author["first_name"]}
    quoted = message.get("reply_to_message")
    name = html.escape(author["first_name"]) if message["chat"]["type"] != "private" and not mine else ""
    if via:
        name += f'<span class="via"> 来自 @{html.escape(via["username"])}</span>'
    top = f'<div class="name">{name.strip()}</div>' if name else ""
    if quoted:
        author_quoted = html.escape(quoted["from"]["first_name"])
        top += f'<div class="quoted"><b>{author_quoted}</b><span>{html.escape(quoted.get("text", "…"))}</span></div>'
    text = _draw(render_text(message.get("text", "📎"), message.get("entities", [])))
    keyboard = "".join(map(_render_row, message.get("reply_markup", {}).get("inline_keyboard", [])))
    bubble = f'<div class="bubble">{top}<div class="text">{text}<time>{at:%H:%M}</time></div></div>'
    return f'<div class="message{" mine" if mine else ""}">{bubble}{keyboard}</div>'


def _render_panel(query: str, results: Sequence[JsonObject]) -> str:
    rows = [
        f"<div><b>{html.escape(r['title'])}</b><span>{html.escape(r.get('description', ''))}</span></div>" for r in results[:PANEL_ROWS]
    ]
    return f'<div class="panel">{"".join(rows)}<div>{html.escape(query)}</div></div>'


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
        ImportError: Without playwright or pillow.
    """
    if path.suffix == ".html":
        path.write_text(page, encoding="utf-8")
        return
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        tab = browser.new_page(viewport={"width": width, "height": 200}, device_scale_factor=2)
        tab.set_content(page)
        taken = Image.open(io.BytesIO(tab.screenshot(full_page=True)))
        browser.close()
    # A quarter of the size, and nothing that an eye would miss.
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
