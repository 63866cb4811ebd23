"""How much of each kind hangs on a customer, shown or not, by the store's own counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from omnimemory.model.facts import Edge, Node, Tally
from omnimemory.model.ids import prefix
from omnimemory.store.base import GraphView

CONTACT: Final = ("FROM", "TO", "CC")

_ANCHORS: Final[dict[str, tuple[str, ...]]] = {
    "Interaction": CONTACT,
    "Ticket": ("REQUESTED_BY",),
    "Issue": ("REQUESTED_BY",),
    "Statement": ("OF",),
    "Action": ("OF",),
    "Feedback": ("OF",),
    "Handoff": ("OF",),
    "Usage": ("USED_BY",),
}


class Total(msgspec.Struct, frozen=True):
    """How many there are, and when the oldest and the newest began."""

    count: int
    first: int
    last: int


def anchor_kinds(custom: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the edge kinds by which each node kind hangs on an identity."""
    return _ANCHORS | {kind: (edge,) for kind, edge in custom.items()}


def anchor_edges(anchors: Mapping[str, str]) -> list[str]:
    """Return the edge kinds by which anything hangs on an identity."""
    return sorted({edge for edges in anchor_kinds(anchors).values() for edge in edges})


def totals(
    view: GraphView,
    identities: Collection[str],
    tallies: Iterable[Tally],
    anchored: Iterable[Edge],
    *,
    read: Mapping[str, Node],
    custom: Mapping[str, str],
) -> dict[str, Total]:
    """Return how many records of each kind hang on the identities.

    An interaction hangs on one of them by FROM or TO; where they are in copy only, by CC.

    Args:
        view: Where to count.
        identities: The identities.
        tallies: What the store counts at them, of the kinds that `anchor_edges` gives.
        anchored: The edges that were read at them.
        read: The nodes that were read, seen by the audience or not.
        custom: For each custom node kind, the edge kind by which it hangs on an identity.
    """
    by_kind = anchor_kinds(custom)
    by_node: dict[str, list[Tally]] = {}
    for tally in tallies:
        if tally.edge_kind in by_kind.get(tally.node_kind, ()):
            by_node.setdefault(tally.node_kind, []).append(tally)
    sources: dict[tuple[str, str], list[str]] = {}
    for edge in anchored:
        sources.setdefault((edge.kind, edge.source.partition(":")[0]), []).append(edge.source)
    out: dict[str, Total] = {}
    for kind, some in by_node.items():
        known = {one.edge_kind: sources.get((one.edge_kind, prefix(kind)), []) for one in some}
        if all(len(known[one.edge_kind]) == one.count for one in some):
            count = len({id for ids in known.values() for id in ids if id in read})
        else:
            count = _estimate(view, identities, some, known, read)
        if count:
            first, last = min(one.first for one in some), max(one.last for one in some)
            out[kind] = Total(count, first, last)
    return out


def _estimate(
    view: GraphView,
    identities: Collection[str],
    tallies: Iterable[Tally],
    known: Mapping[str, Collection[str]],
    read: Mapping[str, Node],
) -> int:
    """Return the count of a kind of which only the newest were read, without those now gone."""
    count = 0
    for tally in tallies:
        if tally.edge_kind == "CC":
            count += _only_in_copy(view, identities)
        else:
            count += tally.count - sum(id not in read for id in known[tally.edge_kind])
    return count


def _only_in_copy(view: GraphView, identities: Collection[str]) -> int:
    """Return how many interactions hang on the identities by CC alone."""
    copied = {edge.source for edge in view.edges(identities, kinds=["CC"])}
    filed = view.edges(copied, kinds=["FROM", "TO"]) if copied else []
    return len(copied - {edge.source for edge in filed if edge.target in identities})
