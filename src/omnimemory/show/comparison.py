"""A comparison: how much of each kind came, changed and went, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from omnimemory.reads.compare import Change, Comparison, What
from omnimemory.show import svg
from omnimemory.show.sheets import (
    Bar,
    Cell,
    Facts,
    Figure,
    Fold,
    Mark,
    Note,
    Part,
    Sheet,
    Table,
    Tone,
)
from omnimemory.show.words import NOTHING, clip, count, day, left_out, minute, spaced, value

_MOST_ROWS: Final = 40
_WIDTH: Final = 960
_LEFT: Final = 150
_ROW: Final = 26
_COLOURS: Final[dict[What, str]] = {"new": "done", "changed": "wait", "ended": "rest"}
_TONES: Final[dict[What, Tone]] = {"new": "good", "changed": "warn", "ended": "quiet"}
_FEW: Final = 2


def sheet(found: Comparison) -> Sheet:
    """Return the picture of a comparison."""
    span = f"{day(found.before)} to {day(found.after)}"
    name = clip(found.name, 100)
    if not found.changes and not found.usage:
        return Sheet("What changed", name, span, (Note("Nothing changed.", "plain"),))
    counts = found.counts()
    told = [one for one in found.changes if one.kind != "Interaction"]
    parts: list[Part] = [Figure(_draw(counts, name, span), _lines(counts), is_wide=True)]
    parts += [_table(told)] if told else []
    parts += [_usage(found.usage)] if found.usage else []
    parts += [_contacts(found)] if len(told) < len(found.changes) else []
    if found.is_cut:
        parts.append(
            Note("Only the newest thousand of each were looked at; there may be more.", "warn")
        )
    return Sheet("What changed", name, f"{span}, {count(len(found.changes), 'change')}", parts)


def _draw(counts: Mapping[str, Mapping[What, int]], name: str, span: str) -> str:
    """Return a bar for each kind: what came, what changed, what went."""
    most = max((sum(found.values()) for found in counts.values()), default=1)
    unit = (_WIDTH - _LEFT - 60) / most
    shapes: list[str] = []
    for row, (kind, found) in enumerate(counts.items()):
        y = row * _ROW + 4
        shapes.append(svg.label(0, y + 14, clip(kind, 24)))
        x = float(_LEFT)
        for what, colour in _COLOURS.items():
            if number := found.get(what):
                words = f"{count(number, clip(kind, 40), clip(kind, 40))} {what}"
                shapes.append(
                    svg.rect(x, y, max(3.0, number * unit), 18, colour=colour, words=words)
                )
                x += max(3.0, number * unit) + 1
        shapes.append(svg.label(x + 6, y + 14, _said(found), style="soft"))
    words = "; ".join(f"{clip(kind, 40)}: {_said(found)}" for kind, found in counts.items())
    high = len(counts) * _ROW + 8
    return svg.drawing(_WIDTH, high, shapes, title=f"What changed for {name}, {span}", words=words)


def _said(found: Mapping[What, int]) -> str:
    return ", ".join(f"{found[what]:,} {what}" for what in _COLOURS if found.get(what))


def _lines(counts: Mapping[str, Mapping[What, int]]) -> str:
    return "\n".join(f"{clip(kind, 24):14}  {_said(found)}" for kind, found in counts.items())


def _table(told: list[Change]) -> Table:
    shown = told[:_MOST_ROWS]
    beyond = left_out(len(told), len(shown), "change", how="comparison.changes has them all")
    if any(one.fields for one in shown):
        rows = [(*_row(one), _fields(one)) for one in shown]
        return Table("Newest first", (*_COLUMNS, "before and after"), rows, beyond)
    return Table("Newest first", _COLUMNS, [_row(one) for one in shown], beyond)


_COLUMNS: Final = ("title", "kind", "what", "since")


def _row(one: Change) -> tuple[Cell, ...]:
    mark = Mark(one.what, _TONES[one.what])
    return clip(one.title, 90), clip(one.kind, 30), mark, minute(one.at)


def _fields(one: Change) -> Cell:
    said = [
        (spaced(name), f"{_value(old)} → {_value(new)}") for name, (old, new) in one.fields.items()
    ]
    if not said:
        return NOTHING
    short = "; ".join(f"{name}: {told}" for name, told in said[:_FEW])
    if len(said) <= _FEW and len(short) < 120:  # noqa: PLR2004
        return short
    return Fold(clip(", ".join(name for name, _ in said), 44), (Facts(said),))


def _value(given: Any) -> str:
    return NOTHING if given in (None, "", []) else value(given, 120)


def _usage(usage: Mapping[str, tuple[int, int]]) -> Table:
    most = max(1, *(number for number, _ in usage.values()))
    ranked = sorted(usage.items(), key=lambda one: (-one[1][1], -one[1][0]))[:_MOST_ROWS]
    rows = [
        (
            clip(name, 60),
            Bar(number, most, f"{number:,}"),
            Mark(f"{bad:,} failed", "bad") if bad else NOTHING,
        )
        for name, (number, bad) in ranked
    ]
    return Table("Product usage between", ("event", "times", "failed"), rows)


def _contacts(found: Comparison) -> Fold:
    said = [one for one in found.changes if one.kind == "Interaction"]
    rows = [(minute(one.at), clip(one.title, 110), clip(one.id, 60)) for one in said[:_MOST_ROWS]]
    beyond = left_out(len(said), len(rows), "interaction")
    table = Table("Newest first", ("when (UTC)", "title", "id"), rows, beyond)
    return Fold(f"{count(len(said), 'interaction')} between", (table,))
