"""Strips: lanes for a terminal, a row of blocks each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from omnimemory.show.lanes import BarLane, DotLane, Lane, Lanes, SparkLane
from omnimemory.show.scale import Scale
from omnimemory.show.words import clip, day

_COLUMNS: Final = 60
_LABEL: Final = 26
_HEIGHTS: Final = " ▁▂▃▄▅▆▇█"
_STATES: Final = {"new": "n", "in": "=", "wait": "c", "eng": "e", "done": "√", "rest": "·"}


def strip(lanes: Lanes) -> str:
    """Return the lanes as lines of blocks, oldest on the left."""
    rows = list(_rows(lanes))
    first, last = day(lanes.scale.first), day(lanes.scale.last)
    axis = " " * (_LABEL + 2) + first + last.rjust(_COLUMNS - len(first))
    used = {state for _, row in rows for state in row if state in _WORDS}
    key = ", ".join(f"{state} {_WORDS[state]}" for state in _WORDS if state in used)
    lines = [axis, *(f"{clip(label, _LABEL):{_LABEL}}  {row}".rstrip() for label, row in rows)]
    return "\n".join([*lines, f"({key})"] if key else lines)


_WORDS: Final = {
    "n": "new",
    "=": "in progress",
    "c": "waits for customer",
    "e": "waits for engineering",
    "√": "resolved",
    "·": "closed",
    "◆": "handoff",
    "!": "failed",
}


def _rows(lanes: Lanes) -> Iterator[tuple[str, str]]:
    for group in lanes.groups:
        for lane in group.lanes:
            yield lane.label, _row(lane, lanes.scale)
    if lanes.handoffs:
        cells = {_column(one.at, lanes.scale) for one in lanes.handoffs}
        yield "handoffs", "".join("◆" if place in cells else " " for place in range(_COLUMNS))


def _row(lane: Lane, scale: Scale) -> str:
    match lane:
        case DotLane():
            return _heights([(dot.at, 1) for dot in lane.dots], scale)
        case SparkLane():
            failed = {_column(at, scale) for at, _, errors in lane.days if errors}
            row = _heights([(at, number) for at, number, _ in lane.days], scale)
            return "".join("!" if place in failed else one for place, one in enumerate(row))
        case BarLane():
            return _bar(lane, scale)


def _heights(found: Sequence[tuple[int, int]], scale: Scale) -> str:
    sums = [0] * _COLUMNS
    for at, number in found:
        sums[_column(at, scale)] += number
    most = max(sums) or 1
    return "".join(_HEIGHTS[-(-8 * number // most)] for number in sums)


def _bar(lane: BarLane, scale: Scale) -> str:
    cells = [" "] * _COLUMNS
    for first, last, colour, _ in lane.parts:
        for place in range(_column(first, scale), _column(last, scale) + 1):
            cells[place] = _STATES.get(colour, "=")
    return "".join(cells)


def _column(at: int, scale: Scale) -> int:
    inside = min(max(at, scale.first), scale.last) - scale.first
    return min(_COLUMNS - 1, _COLUMNS * inside // max(1, scale.last - scale.first))
