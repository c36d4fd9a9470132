"""Saved web pages: the article's paragraphs, with the particulars and the title the page prints around it.

Nothing is run and nothing fetched. Every walk keeps its own stack, however deep the page is nested.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.document_text import decode
from knowledge.errors import InvalidSource
from knowledge.html_blocks import BLOCKS, Block, is_link, read_blocks
from knowledge.html_hidden import hidden_by_style
from knowledge.page_parts import DATE_LINE, PAGE_FOOT
from knowledge.paragraph import Paragraph, fold_space, tidy
from knowledge.particulars import is_particular
from knowledge.wrapped_lines import join_wrapped_paragraphs

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,20})""", re.I)
#: A page of a hundred levels is unusual.
MAX_DEPTH = 5_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?![^<>]*/>)")
_NEVER_NESTED_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p li td th tr dt dd option tbody thead tfoot html body"
)
_NEVER_NESTED = frozenset(_NEVER_NESTED_NAMES.split())
#: Tags that never hold the report.
_NOT_READ_NAMES = "del script style noscript template nav footer aside button select textarea iframe svg object audio video dialog"
_NOT_READ = tuple(_NOT_READ_NAMES.split())
#: Names of what stands around an article, as whole words of a class or id.
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|breadcrumbs?|crumbs?|bread|position|location|dqwz|share|bdshare\w*|bshare|jiathis\w*|social|"
    r"related|relate|xgwz|xgyd|xglj|xgxx|recommend|sidebar|side|menu|footer|foot|bottom|toolbar|print|dayin|qrcode|ewm|pager?|pagination|"
    r"prev|next|copyright|comments?|search|login|top-?bar|banner|logo|ad|ads|fontsize|zoom-?tool|hidden|hide|sr-only|visually-hidden)(?:$|[\s_-])",
    re.I,
)
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
#: What holds nearly all of the page's sentences and is not visible yet is shown by a script, as WeChat's pages are.
_SHOWN_LATER = 0.8
#: Notes below the text, as Word and wikis save them.
_NOTES = re.compile(r"(?:^|\s)(?:Mso(?:Foot|End)noteText|footnotes?|endnotes?|references)(?:$|\s)", re.I)
_NOTES_STYLE = re.compile(r"mso-element\s*:\s*(?:foot|end)note", re.I)
#: Where content management systems put an article's text, surest first.
_CONTAINERS = (
    ".TRS_Editor, .trs_editor_view, .TRS_UEDITOR, .TRS_PreAppend",
    "#UCAP-CONTENT, ucapcontent, UCAPCONTENT, .pages_content",
    "#zoom, #Zoom, .zoom, #zoomcon, #fontzoom, .bt_content",
    ".article-content, .article_content, .articleContent, .article-con, .news_content, .news-content, .xxgk-content, .wzcon, #js_content",
    "[itemprop=articleBody], #article, #articleContent, .article, article",
    "#content, .content, #con_con, .main-content, #mainText, main, [role=main]",
)
#: A container is taken for the article when it holds this share of the page's sentences.
_CONTAINER_SHARE = 0.6
#: Walking down to the article goes on while one child holds this share of them.
_WALK_SHARE = 0.9
#: What holds more of the page's sentences than this is the article or around it.
_MOST = 0.4
_META_TAGS = {
    "articletitle": "标题",
    "pubdate": "发布时间",
    "publishdate": "发布时间",
    "contentsource": "来源",
}
#: Texts shorter than this are labels and headings.
_LONG_TEXT = 12
_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]{1,3}[)）]")
_SENTENCE = re.compile(r"[。；;!！?？]")
_TITLE_WORD = re.compile(r"报告|情况|总结|公报|公告|年报")


def read_html(path: Path, raw: bytes) -> list[Paragraph]:
    """Paragraphs of a saved web page: particulars, title, article.

    Raises:
        InvalidSource: If it is no text or holds none.
    """
    declared = _CHARSET.search(raw[:4096])
    charset = declared[1].decode("ascii").lower() if declared else ""
    text = decode(path, raw, declared="gb18030" if charset in {"gb2312", "gbk"} else charset)
    if _depth(text) > MAX_DEPTH:
        raise InvalidSource(path, "", f"its tags are nested more than {MAX_DEPTH:,} deep; open the page in a browser and save it again")
    tree = LexborHTMLParser(text)
    if tree.body is None:
        raise InvalidSource(path, "", "holds no text")
    stated = _stated(tree)
    _prune(tree.body, hidden_by_style(tree))
    article = _article(tree.body)
    inside = read_blocks(article)
    before = [block for block in _before(tree.body, article) if not block.is_link]
    titled = max((i for i, b in enumerate(before) if b.is_title or _is_title(b)), default=len(before))
    head = [b.paragraph for i, b in enumerate(before) if _is_head(b) or i > titled]
    printed = {fold_space(p.text) for p in (*head, *(b.paragraph for b in inside))}
    titles = _unprinted_title(_titles(tree, stated), printed)
    body = join_wrapped_paragraphs([b.paragraph for b in inside if not b.is_link])
    has_date = any(is_particular(p.text) and re.search(r"日期|时间", p.text) for p in (*head, *body[:10]))
    dates = [Paragraph(f"发布时间:{stated['发布时间']}")] if "发布时间" in stated and not has_date else []
    return [*head, *titles, *dates, *body]


def _depth(text: str) -> int:
    """How deep the tags of *text* are nested at most, roughly; parsing takes time with its square."""
    depth = deepest = 0
    for match in _TAG.finditer(text):
        if match[2].lower() not in _NEVER_NESTED:
            depth = max(0, depth + (-1 if match[1] else 1))
            deepest = max(deepest, depth)
    return deepest


def _stated(tree: LexborHTMLParser) -> dict[str, str]:
    """Particulars of the page's meta tags."""
    found: dict[str, str] = {}
    for tag in tree.css("meta[name]"):
        key = _META_TAGS.get((tag.attributes.get("name") or "").lower())
        value = tidy(tag.attributes.get("content") or "")
        if key and value:
            found.setdefault(key, value)
    return found


def _unprinted_title(titles: Iterator[str], printed: set[str]) -> list[Paragraph]:
    """The surest of *titles*, if the page prints none of them on a line of its own."""
    folded = {fold_space(title): title for title in titles}
    lines = {line for line in printed if len(line) > _LONG_TEXT and _TITLE_WORD.search(line)}
    if not folded or any(title in printed or any(line in title for line in lines) for title in folded):
        return []
    return [Paragraph(next(iter(folded.values())))]


def _titles(tree: LexborHTMLParser, stated: dict[str, str]) -> Iterator[str]:
    """What may be the article's title, surest first; the window's title may end in the site's name."""
    if "标题" in stated:
        yield stated["标题"]
    for tag in tree.css("title"):
        yield from (part for part in re.split(r"\s*[-_|–—]+\s*", tidy(" ".join(tag.text().split()))) if _TITLE_WORD.search(part))


def _prune(body: LexborNode, hidden: set[int]) -> None:
    """Take out what is not shown, *hidden* by a style sheet or by itself, and what stands around an article.

    A name such as ``print`` alone does not condemn what holds the page's title or the better part of its sentences.
    """
    contents = _contents(body)
    trusted = _names_of_the_text(body, contents)
    condemned: list[LexborNode] = []  # taken out at the end, whole: a node below one taken out must not be touched again
    stack = list(body.iter())
    while stack:
        node = stack.pop()
        content = contents.get(node.mem_id, _Content())
        is_most = content.sentences > 3 and content.sentences > _MOST * contents[body.mem_id].sentences
        around = node.tag in {"form", "header"} or (_is_around(node) and node.attributes.get("class") not in trusted)
        is_all = content.sentences > 3 and content.sentences > _SHOWN_LATER * contents[body.mem_id].sentences
        unseen = node.mem_id in hidden or _is_never_read(node)
        if (unseen and not (is_all and node.tag not in _NOT_READ)) or (around and not is_most and not content.titles):
            condemned.append(node)
        else:
            stack.extend(node.iter())
    for node in condemned:
        node.decompose()


def _names_of_the_text(body: LexborNode, contents: dict[int, _Content]) -> set[str]:
    """Classes named like what stands around an article whose elements hold the better part of the page's sentences between them."""
    sentences: Counter[str] = Counter()
    for node in body.css("[class]"):
        name = node.attributes.get("class") or ""
        if _AROUND.search(name):
            sentences[name] += contents.get(node.mem_id, _Content()).sentences
    return {name for name, count in sentences.items() if count > 3 and count > _MOST * contents[body.mem_id].sentences}


def _is_never_read(node: LexborNode) -> bool:
    attributes = node.attributes
    style = attributes.get("style") or ""
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true" or bool(_INVISIBLE.search(style))
    notes = bool(_NOTES_STYLE.search(style) or _NOTES.search(attributes.get("class") or ""))
    return hidden or notes or node.tag in _NOT_READ


def _is_around(node: LexborNode) -> bool:
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return bool(_AROUND.search(names))


@dataclass(frozen=True, slots=True)
class _Content:
    """How much of the report a node may hold, outside links.

    Attributes:
        chars: Characters of its longer texts.
        headings: Texts that begin with a number.
        sentences: Ends of sentences.
        titles: Elements h1.
    """

    chars: int = 0
    headings: int = 0
    sentences: int = 0
    titles: int = 0


def _article(body: LexborNode) -> LexborNode:
    """The node that holds the article: a known container, or the smallest that holds nearly all sentences and headings."""
    contents = _contents(body)
    whole = contents[body.mem_id]

    def content(node: LexborNode) -> _Content:
        return contents.get(node.mem_id, _Content())

    for selector in _CONTAINERS:
        best = max(body.css(selector), key=lambda node: content(node).chars, default=None)
        if best is not None and content(best).chars >= _CONTAINER_SHARE * whole.chars and content(best).headings >= whole.headings:
            return _with_what_belongs_to_it(best, body)
    node = body
    while True:
        child = next((c for c in node.iter() if content(c).chars >= max(1, _WALK_SHARE * whole.chars)), None)
        if child is None or child.tag not in BLOCKS or child.tag in {"p", "table"} or content(child).headings < whole.headings:
            return _with_what_belongs_to_it(node, body)
        node = child


def _with_what_belongs_to_it(article: LexborNode, body: LexborNode) -> LexborNode:
    """*article*, or what is around it where text goes on or is signed behind it, before the page's foot."""
    while (parent := article.parent) is not None and article.mem_id != body.mem_id and parent.mem_id != body.mem_id:
        behind: list[str] = []
        following = article.next
        while following is not None:
            if following.tag in BLOCKS and not is_link(following):
                behind += [block.paragraph.text for block in read_blocks(following) if not block.is_link]
            following = following.next
        foot = next((i for i, text in enumerate(behind) if PAGE_FOOT.match(text)), len(behind))
        if parent.tag in {"table", "tbody", "tr"} or not any(_belongs(text) for text in behind[:foot]):
            break
        article = parent
    return article


def _belongs(text: str) -> bool:
    return bool(DATE_LINE.match(fold_space(text))) or (text[-1] in "。；" and len(text) > _LONG_TEXT)


def _contents(body: LexborNode) -> dict[int, _Content]:
    """What each node holds, in one walk of the page: a page may be nested very deep."""
    found: dict[int, _Content] = {}
    # Each entry: a node to enter, or one to leave, with the count of what was found before it was entered.
    stack: list[tuple[LexborNode, _Content | None]] = [(body, None)]
    chars = headings = sentences = titles = 0
    while stack:
        node, before = stack.pop()
        if before is not None:
            found[node.mem_id] = _Content(
                chars - before.chars, headings - before.headings, sentences - before.sentences, titles - before.titles
            )
        elif node.tag == "-text":
            text = (node.text_content or "").strip()
            chars += len(text) if len(text) >= _LONG_TEXT else 0
            headings += bool(_HEADING.match(text))
            sentences += len(_SENTENCE.findall(text))
        elif not is_link(node) and node.tag not in {"script", "style"}:
            stack.append((node, _Content(chars, headings, sentences, titles)))
            titles += node.tag == "h1"
            stack.extend((child, None) for child in reversed(list(node.iter(include_text=True))))
    return found


def _before(body: LexborNode, article: LexborNode) -> Sequence[Block]:
    return read_blocks(body, until=article)


def _is_head(block: Block) -> bool:
    """Whether a block in front of the article may be its title or a particular."""
    text = block.paragraph.text
    return block.is_title or block.paragraph.is_row or is_particular(text) or _is_title(block) or len(text) < 40


def _is_title(block: Block) -> bool:
    text = block.paragraph.text
    return len(text) < 80 and text[-1] not in "。：；" and bool(re.search(r"报告|情况|总结|意见|要点|公报|公告", text))
