"""Rich: a sheet as what the library rich prints; it is there if it asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, assert_never

from rich.console import Group
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from omnimemory.context.safe import visible
from omnimemory.show.as_text import flat
from omnimemory.show.sheets import (
    Bar,
    Cell,
    Exact,
    Facts,
    Figure,
    Fold,
    Mark,
    Note,
    Part,
    Sheet,
    Table,
)
from omnimemory.show.words import clip

_STYLES: Final = {"plain": "", "good": "green", "warn": "yellow", "bad": "red", "quiet": "dim"}


def rich(sheet: Sheet) -> Any:
    """Return a sheet as a panel."""
    parts = [one for part in sheet.parts for one in _part(part)]
    title = Text.assemble((f"{sheet.kind} ", "dim"), (clip(sheet.title, 80), "bold"))
    head = [Text(visible(sheet.subtitle), style="dim")] if sheet.subtitle else []
    return Panel(Group(*head, *parts), title=title, title_align="left")


def _part(part: Part) -> Iterator[Any]:
    match part:
        case Facts():
            yield _grid(part)
        case Table():
            yield from _table(part)
        case Figure():
            yield Text(part.text)
        case Note():
            yield Text(visible(part.text), style=_STYLES[part.tone])
        case Exact():
            yield Text(visible("".join(line.text for line in part.lines)))
        case Fold() if part.is_open:
            yield from (one for inner in part.parts for one in _part(inner))
        case Fold():
            yield Text(f"({clip(part.summary, 80)})", style="dim")
        case _:
            assert_never(part)


def _grid(facts: Facts) -> RichTable:
    grid = RichTable.grid(padding=(0, 2))
    for name, cell in facts.rows:
        grid.add_row(Text(visible(name), style="dim"), _cell(cell))
    return grid


def _table(table: Table) -> Iterator[Any]:
    out = RichTable(title=Text(visible(table.caption), style="dim"), title_justify="left", box=None)
    for place, name in enumerate(table.columns):
        out.add_column(name, justify="right" if place in table.numbers else "left")
    for row in table.rows:
        out.add_row(*(_cell(cell) for cell in row))
    yield out
    if table.left_out:
        yield Text(table.left_out, style="dim")


def _cell(cell: Cell) -> Text:
    tone = cell.tone if isinstance(cell, Mark | Bar) else "plain"
    return Text(flat(cell), style=_STYLES[tone])
