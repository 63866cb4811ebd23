"""Sheets: what a picture says, in parts, whatever it is written on.

A picture of a value is one sheet. `as_html`, `as_text` and `as_rich` write the same
sheet for a browser, a terminal and a log, so none of them can leave out what another shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

Tone: TypeAlias = Literal["plain", "good", "warn", "bad", "quiet"]
"""What a mark means, beside its words: colour never stands alone."""


class Mark(msgspec.Struct, frozen=True):
    """A short word that stands out."""

    text: str
    tone: Tone = "plain"


class Bar(msgspec.Struct, frozen=True):
    """A number as a bar: its part of ``most``, with its text beside it."""

    value: float
    most: float
    text: str
    tone: Tone = "plain"


class Fold(msgspec.Struct, frozen=True):
    """What unfolds: a line that is always there, and the parts below it."""

    summary: str
    parts: Sequence[Part]
    is_open: bool = False


Cell: TypeAlias = str | Mark | Bar | Fold


class Facts(msgspec.Struct, frozen=True):
    """Names and values, a line each."""

    rows: Sequence[tuple[str, Cell]]


class Table(msgspec.Struct, frozen=True):
    """Rows under headers.

    Attributes:
        caption: What the rows are.
        columns: The headers.
        rows: The cells, as many a row as there are columns.
        left_out: What is not among the rows, in words; empty where nothing is.
        numbers: Positions of columns that hold numbers.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    left_out: str = ""
    numbers: frozenset[int] = frozenset()


class Figure(msgspec.Struct, frozen=True):
    """A drawing, with what it shows in words.

    Attributes:
        svg: The whole ``<svg>`` element.
        text: The same for a terminal, lines of it.
        is_wide: Whether it is to scroll rather than shrink on a narrow page.
    """

    svg: str
    text: str = ""
    is_wide: bool = False


class Note(msgspec.Struct, frozen=True):
    """A sentence, or a few."""

    text: str
    tone: Tone = "quiet"


class Line(msgspec.Struct, frozen=True):
    """A piece of an exact text; with parts, it unfolds to them."""

    text: str
    parts: Sequence[Part] = ()


class Exact(msgspec.Struct, frozen=True):
    """A text to the letter; its pieces follow one another with nothing between."""

    label: str
    lines: Sequence[Line]


Part: TypeAlias = Facts | Table | Figure | Note | Fold | Exact


class Sheet(msgspec.Struct, frozen=True):
    """A picture.

    Attributes:
        kind: What the value is, in a word or two.
        title: What it is called.
        subtitle: One line below.
        parts: The rest, in order.
    """

    kind: str
    title: str
    subtitle: str = ""
    parts: Sequence[Part] = ()
