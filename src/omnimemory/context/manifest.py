"""The manifest: for each kind how many there are, how they are shown, and how to get the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from omnimemory.context import moments
from omnimemory.context.items import SIMILAR, Item, Level
from omnimemory.context.totals import Total, anchor_kinds
from omnimemory.model.time import to_datetime


class Row(msgspec.Struct, frozen=True):
    """What a pack shows of one kind; whole, brief, line and counted add up to total.

    Attributes:
        total: How many there are.
        whole: How many are shown in full.
        brief: How many are shown with a part of their text.
        line: How many are shown in one line.
        counted: How many are no more than counted.
        first: When the oldest began, in microseconds.
        last: When the newest began.
        cursor: Pass it as ``after`` to a timeline of this kind to read what was shortened;
            None where all is whole, and for what a timeline does not list.
        may_be_older: Whether there may be older ones that are not in ``total``.
    """

    total: int
    whole: int
    brief: int
    line: int
    counted: int
    first: int
    last: int
    cursor: str | None = None
    may_be_older: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON, with times in ISO 8601."""
        times = {name: _iso(getattr(self, name)) for name in ("first", "last")}
        return msgspec.structs.asdict(self) | times


Manifest = Mapping[str, Row]


def manifest(
    items: Iterable[Item],
    totals: Mapping[str, Total],
    *,
    cut: frozenset[str] = frozenset(),
    custom: Mapping[str, str],
) -> dict[str, Row]:
    """Return a row for each kind; what only linked or found records are of comes under its own.

    Args:
        items: The items, with their levels.
        totals: How many hang on the customer, by kind, as far as that is known.
        cut: Edge kinds of which there may be older ones than were read.
        custom: For each custom node kind, its anchor.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    anchors = anchor_kinds(custom)
    return {
        group: _row(
            groups.get(group, []),
            totals.get(group),
            is_own=group in anchors,
            is_cut=group not in totals and not cut.isdisjoint(anchors.get(group, ())),
        )
        for group in sorted({*groups, *totals})
    }


def not_shown(rows: Manifest) -> str:
    """Return in words what of the customer's is no more than counted; empty where nothing is."""
    counted = {
        group: row for group, row in rows.items() if row.counted and not group.startswith(SIMILAR)
    }
    said = [", ".join(f"{row.counted} {group}" for group, row in counted.items()) + _since(counted)]
    older = [group for group, row in rows.items() if row.may_be_older]
    if older:
        said.append(f"there may be older: {', '.join(older)}")
    return "; ".join(one for one in said if one)


def _row(items: Sequence[Item], total: Total | None, *, is_own: bool, is_cut: bool) -> Row:
    at = [item.at for item in items]
    if total is not None:
        at += [total.first, total.last]
    shown = [item.level for item in items]
    count = max(len(items), total.count if total else 0)
    beyond = count - len(items)
    return Row(
        total=count,
        whole=shown.count(Level.WHOLE),
        brief=shown.count(Level.BRIEF),
        line=shown.count(Level.LINE),
        counted=shown.count(Level.COUNTED) + beyond,
        first=min(at),
        last=max(at),
        cursor=_cursor(items, newest=max(at), has_more=beyond > 0) if is_own else None,
        may_be_older=is_cut,
    )


def _cursor(items: Sequence[Item], *, newest: int, has_more: bool) -> str | None:
    """Return where a timeline must go on from to meet all that is not shown in full."""
    short = [item.at for item in items if item.level is not Level.WHOLE]
    if has_more and not short:
        short = [min((item.at for item in items), default=newest)]
    return str(max(short)) if short else None


def _since(rows: Manifest) -> str:
    """Return since when there are any; nothing where all are of a day or two."""
    first = min((row.first for row in rows.values() if row.first > 0), default=0)
    last = max((row.last for row in rows.values()), default=0)
    return f", since {moments.day(first)}" if last - first > _A_DAY_OR_TWO else ""


_A_DAY_OR_TWO: Final = 2 * moments.DAY


def _iso(at: int) -> str | None:
    return None if at <= 0 else to_datetime(at).isoformat().replace("+00:00", "Z")
