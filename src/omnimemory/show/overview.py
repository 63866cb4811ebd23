"""An overview: what is in a memory, by kind and by channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from omnimemory.reads.overview import Overview
from omnimemory.show.sheets import Bar, Cell, Note, Part, Sheet, Table
from omnimemory.show.words import clip, count, left_out, listed, minute, period

_MOST_ROWS: Final = 40
_INNER: Final = frozenset({"Blocks", "Tenant", "Tombstone", "passage"})


def sheet(given: Any) -> Sheet:
    """Return the picture of an overview, or of the memory that gives one."""
    found: Overview = given if isinstance(given, Overview) else given.overview()
    things = {kind: number for kind, number in found.counts.items() if kind not in _INNER}
    kept = f"in {clip(found.store, 80)}"
    if not things:
        note = Note("Nothing is in it yet: memory.ingest(…) takes records in.", "plain")
        return Sheet("Memory", found.tenant, kept, (note,))
    span = f"interactions {period(found.first, found.last)}, " if found.first else ""
    customers = count(things.get("Customer", 0), "customer")
    parts: list[Part] = [
        _table("What there is", "kind", things),
        _table("Interactions by channel", "channel", found.channels, _looked(found)),
        Note(f"Written last {minute(found.revision)} UTC. Sources: {listed(found.sources, 12)}."),
    ]
    return Sheet("Memory", found.tenant, f"{customers}, {span}{kept}", parts)


def _looked(found: Overview) -> str:
    total = found.counts.get("Interaction", 0)
    if found.looked_at >= total:
        return ""
    return (
        f"Of {found.looked_at:,} looked at, the first of each source; in all there are {total:,}."
    )


def _table(caption: str, what: str, counts: Mapping[str, int], note: str = "") -> Table:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_ROWS]
    most = max(counts.values(), default=1)
    rows: list[tuple[Cell, ...]] = [
        (clip(name, 60), Bar(number, most, f"{number:,}")) for name, number in ranked
    ]
    more = note or left_out(len(counts), len(rows), what)
    return Table(caption, (what, "how many"), rows, more)
