"""Which paragraphs of a document begin with a section's number, as far as the paragraphs around them tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from knowledge.numbering import Heading, NumberForm, parse_bare_number, parse_decimal, parse_heading, parse_spaced_numeral
from knowledge.paragraph import Paragraph

#: A heading whose number has no mark stands alone and is short.
_MAX_BARE_CHARS = 40
#: A heading broken over two lines has at most so many characters.
_MAX_BROKEN_CHARS = 60


def find_headings(paragraphs: Sequence[Paragraph]) -> list[Heading | None]:
    """The number each of *paragraphs* begins with, None where it has none; ``outline.py`` says whether it fits its place.

    Decimals are read too, and numbers without a mark: ``1 总则`` in a document that counts on in decimals below them, ``一　总则`` in
    one whose parts have no other number.
    """
    found = [None if p.is_row else parse_heading(p.text) or parse_decimal(p.text) for p in paragraphs]
    decimals = [(i, heading) for i, heading in enumerate(found) if heading and heading.form is NumberForm.DECIMAL]
    bare = _short(paragraphs, found, parse_bare_number) if decimals else []
    spaced = [] if any(h and h.form <= NumberForm.PART for h in found) else _short(paragraphs, found, parse_spaced_numeral)
    for i, heading in (*_that_count_on(bare, decimals), *_in_a_row(spaced)):
        found[i] = heading
    return found


def _short(
    paragraphs: Sequence[Paragraph], found: Sequence[Heading | None], parse: Callable[[str], Heading | None]
) -> list[tuple[int, Heading]]:
    """Short paragraphs without a number so far, and the one that *parse* finds."""
    rest = [(i, p.text) for i, p in enumerate(paragraphs) if not p.is_row and not found[i] and len(p.text) <= _MAX_BARE_CHARS]
    return [(i, heading) for i, text in rest if (heading := parse(text))]


def _in_a_row(spaced: Sequence[tuple[int, Heading]]) -> Sequence[tuple[int, Heading]]:
    """*spaced*, if these are at least two and count 一, 二, 三 without a gap, maybe more than once."""
    last = 0
    for _, heading in spaced:
        if heading.number not in {1, last + 1}:
            return []
        last = heading.number
    return spaced if last > 1 else []


def _that_count_on(bare: Sequence[tuple[int, Heading]], decimals: Sequence[tuple[int, Heading]]) -> list[tuple[int, Heading]]:
    """Those of the *bare* numbers that count from 1, the first with decimals of its own right below it."""
    run: list[tuple[int, Heading]] = []
    last = 0
    for i, heading in bare:
        below = next((d for at, d in decimals if at > i), None)
        holds = below is not None and below.above == (heading.number,) and below.number == 1
        if (heading.number == 1 and holds) or (last and heading.number == last + 1):
            run.append((i, heading))
            last = heading.number
    return run


def join_heading(above: Paragraph, below: Paragraph) -> Paragraph | None:
    """The heading that a forced line break parts into *above* and *below*, both of which stand out whole; None when they are no heading."""
    whole = all(p.emphasis >= len(p.text) and not p.is_row for p in (above, below))
    heading = parse_heading(above.text) if whole else None
    if heading is None or not heading.rest or above.text[-1] in "。；;：:！!" or parse_heading(below.text):
        return None
    if "。" in below.text[:-1] or len(above.text) + len(below.text) > _MAX_BROKEN_CHARS:
        return None
    return Paragraph(above.text + below.text, len(above.text) + len(below.text))


def join_bare_numbers(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """A number that stands alone, such as 第一部分, with its title on the next line."""
    joined: list[Paragraph] = []
    for paragraph in paragraphs:
        above = parse_heading(joined[-1].text) if joined and not joined[-1].is_row else None
        titles = above and not above.rest and not paragraph.is_row and len(paragraph.text) <= _MAX_BROKEN_CHARS // 2
        if titles and not parse_heading(paragraph.text) and paragraph.text[-1] not in "。;；:：":
            text = f"{joined[-1].text} {paragraph.text}"
            joined[-1] = Paragraph(text, len(text))
        else:
            joined.append(paragraph)
    return joined
