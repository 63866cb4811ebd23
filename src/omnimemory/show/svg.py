"""SVG: the few shapes that drawings are made of, each with its words for the pointer."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from unicodedata import east_asian_width

from omnimemory.context.safe import visible
from omnimemory.show.words import clip


def drawing(width: float, height: float, shapes: Iterable[str], *, title: str, words: str) -> str:
    """Return a whole ``<svg>`` that a screen reader reads as one picture.

    Args:
        width: Of the drawing's own coordinates.
        height: The same.
        shapes: What is drawn, the lowest first.
        title: What it is.
        words: What it shows.
    """
    label = attribute(f"{title}. {words}")
    return (
        f'<svg class="om-svg" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'viewBox="0 0 {number(width)} {number(height)}">'
        f"<title>{content(title)}</title><desc>{content(words)}</desc>{''.join(shapes)}</svg>"
    )


def number(given: float) -> str:
    """Return a coordinate, to a tenth."""
    return f"{given:.1f}".removesuffix(".0")


def attribute(given: str) -> str:
    """Return a text as the value of an attribute."""
    return escape(visible(given), quote=True)


def content(given: str) -> str:
    """Return a text as what stands between tags."""
    return escape(visible(given), quote=False)


def label(x: float, y: float, words: str, *, style: str = "", end: bool = False) -> str:
    """Return a line of text that begins, or ends, at a point."""
    anchor = ' text-anchor="end"' if end else ""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{number(x)}" y="{number(y)}"{anchor}{kind}>{content(words)}</text>'


def fitted(words: str, width: float, size: float) -> str:
    """Return a text cut to a width, by how wide its characters are in the widest usual font.

    Args:
        words: The text.
        width: In the drawing's units.
        size: Of the font, in the same.
    """
    text = clip(words, max(2, int(width)))
    used = 0.0
    for place, character in enumerate(text):
        used += _wide(character) * size
        if used > width:
            return f"{text[: max(1, place - 1)].rstrip()}…"
    return text


def width_of(words: str, size: float) -> float:
    """Return about how wide a text is at a font's size, in the widest usual font."""
    return sum(map(_wide, words)) * size


def _wide(character: str) -> float:
    """Return about how wide a character is, in parts of the font's size: DejaVu Sans."""
    if character in "ijl.,:;|'!ftrI()[]/ -":
        return 0.4
    if character in "mMW@%…" or east_asian_width(character) in "WF":
        return 1.0
    if character in "w<>=+#&~^×":
        return 0.84
    return 0.76 if character.isupper() else 0.63


def line(
    x: float, y: float, x2: float, y2: float, *, colour: str = "line", dashed: bool = False
) -> str:
    """Return a hairline."""
    dash = ' stroke-dasharray="2 3"' if dashed else ""
    return (
        f'<line x1="{number(x)}" y1="{number(y)}" x2="{number(x2)}" y2="{number(y2)}" '
        f'stroke="var(--om-{colour})"{dash}/>'
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    colour: str,
    words: str = "",
    round: float = 0,
) -> str:
    """Return a filled rectangle."""
    corners = f' rx="{number(round)}"' if round else ""
    return shape(
        f'rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.5))}" '
        f'height="{number(height)}"{corners} fill="var(--om-{colour})"',
        words,
    )


def circle(
    x: float, y: float, radius: float, *, colour: str, words: str, hollow: bool = False
) -> str:
    """Return a dot, or a ring."""
    paint = (
        f'fill="var(--om-page)" stroke="var(--om-{colour})" stroke-width="1.6"'
        if hollow
        else f'fill="var(--om-{colour})"'
    )
    return shape(f'circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {paint}', words)


def diamond(x: float, y: float, radius: float, *, colour: str, words: str) -> str:
    """Return a square that stands on its corner."""
    points = " ".join(
        f"{number(x + dx)},{number(y + dy)}"
        for dx, dy in ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
    )
    return shape(f'polygon points="{points}" fill="var(--om-{colour})"', words)


def curve(d: str, *, colour: str, words: str = "", width: float = 1.4) -> str:
    """Return a line along a path."""
    return shape(
        f'path d="{d}" fill="none" stroke="var(--om-{colour})" stroke-width="{number(width)}"',
        words,
    )


def shape(opening: str, words: str) -> str:
    """Return a shape from what stands inside its tag, with its words for the pointer."""
    if not words:
        return f"<{opening}/>"
    tag = opening.partition(" ")[0]
    return f"<{opening}><title>{content(clip(words, 200))}</title></{tag}>"
