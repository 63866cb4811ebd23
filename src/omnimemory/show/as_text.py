"""Text: a sheet for terminals and logs, in lines of at most a hundred columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final, assert_never
from unicodedata import combining, east_asian_width

from omnimemory.context.safe import visible
from omnimemory.show.sheets import Bar, Cell, Exact, Facts, Figure, Fold, Mark, Note, Part, Sheet
from omnimemory.show.sheets import Table as Rows
from omnimemory.show.words import clip

COLUMNS: Final = 100
_CELL: Final = 48
_BLOCKS: Final = 12


def text(sheet: Sheet) -> str:
    """Return a sheet as lines."""
    return "\n".join(_lines(sheet))


def _lines(sheet: Sheet) -> Iterator[str]:
    yield f"{sheet.kind}: {clip(sheet.title, COLUMNS)}"
    if sheet.subtitle:
        yield from wrap(visible(sheet.subtitle), COLUMNS)
    for part in sheet.parts:
        found = list(lines_of(part))
        if found:
            yield ""
            yield from found


def lines_of(part: Part) -> Iterator[str]:
    """Yield the lines of a part; a fold is closed, but for one that opens by itself."""
    match part:
        case Facts():
            yield from _columns([(name, flat(cell)) for name, cell in part.rows])
        case Rows():
            yield from _table(part)
        case Figure():
            yield from part.text.splitlines()
        case Note():
            yield from wrap(visible(part.text), COLUMNS)
        case Fold():
            if part.is_open:
                yield from (line for inner in part.parts for line in lines_of(inner))
            else:
                yield f"({clip(part.summary, COLUMNS)})"
        case Exact():
            yield from visible("".join(line.text for line in part.lines)).split("\n")
        case _:
            assert_never(part)


def _table(table: Rows) -> Iterator[str]:
    yield f"{table.caption}:" if table.caption else ""
    if table.rows:
        rows = [tuple(flat(cell) for cell in row) for row in table.rows]
        yield from _columns([tuple(table.columns), *rows], table.numbers)
    if table.left_out:
        yield f"({table.left_out})"


def flat(cell: Cell) -> str:
    """Return a cell as one short text."""
    match cell:
        case str():
            return clip(cell, _CELL)
        case Mark():
            return clip(cell.text, _CELL)
        case Bar():
            full = round(_BLOCKS * max(0.0, min(1.0, cell.value / cell.most))) if cell.most else 0
            return f"{'█' * full}{'░' * (_BLOCKS - full)} {clip(cell.text, _CELL)}"
        case Fold():
            return clip(cell.summary, _CELL)
        case _:
            assert_never(cell)


def _columns(rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> Iterator[str]:
    if not rows:
        return
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            _pad(cell, widths[place], to_right=place in numbers) for place, cell in enumerate(row)
        ]
        yield "  ".join(cells).rstrip()


def _pad(cell: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if to_right else cell + space


def _width(given: str) -> int:
    """Return how many columns a terminal gives to a text."""
    if given.isascii():
        return len(given)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in given)
