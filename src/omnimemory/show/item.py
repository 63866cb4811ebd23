"""One thing: its properties, and how a record looks when a citation unfolds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from omnimemory.context.safe import visible
from omnimemory.model.audience import Audience
from omnimemory.reads.items import Item, public
from omnimemory.reads.results import Result
from omnimemory.reads.timeline import Entry
from omnimemory.show.sheets import Cell, Facts, Note, Part, Sheet
from omnimemory.show.words import clip, minute, spaced, value

_MOST_PROPERTIES: Final = 40
_MOST_TEXT: Final = 2_000
_LONG: Final = ("text", "description", "resolution", "body")
_QUIET: Final = frozenset({"extra", "sequence"})
_OURS: Final = frozenset({"clocks", "custom", "priority", "priority_scheme", "severity", "tags"})
"""What of a ticket is for the tenant's own eyes, as in a pack."""


def sheet(one: Item | Entry | Result) -> Sheet:
    """Return the picture of a node, a line of a timeline or a search result."""
    match one:
        case Item():
            at = one.since
            parts = record(one.id, one.props)
        case Entry():
            at = one.at
            parts = record(one.id, one.props)
        case Result():
            at = one.at
            parts = (Facts([("id", one.id), ("found by", one.explain())]), Note(one.text, "plain"))
    return Sheet(one.kind, clip(one.title, 120), f"since {minute(at)} UTC, {one.citation}", parts)


def record(
    id: str, props: Mapping[str, Any], *, audience: Audience = "internal"
) -> tuple[Part, ...]:
    """Return what a record says: short properties as facts, its texts below."""
    rows: list[tuple[str, Cell]] = [("id", clip(id))]
    hidden = _QUIET if audience == "internal" else _QUIET | _OURS
    known = {name: told for name, told in public(props).items() if name not in hidden}
    short = [name for name in known if name not in _LONG]
    rows += [(spaced(name), value(known[name], 400)) for name in short[:_MOST_PROPERTIES]]
    texts = [Note(_cut(str(known[name])), "plain") for name in _LONG if known.get(name)]
    return (Facts(rows), *texts)


def _cut(given: str) -> str:
    text = visible(given[: _MOST_TEXT + 1])
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
