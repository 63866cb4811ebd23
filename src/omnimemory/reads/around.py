"""Around a timeline: how its tickets and their issues went, and how much there is beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import msgspec

from omnimemory.model.audience import Audience, visible
from omnimemory.model.facts import Node
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphView

MOST_WORK = 40
"""How many tickets, and how many issues, are followed through their versions."""

_COUNTED = ("FROM", "TO", "REQUESTED_BY", "USED_BY", "OF")


class Around(msgspec.Struct, frozen=True):
    """What a timeline's picture shows beside its entries.

    Attributes:
        work: Versions of tickets and issues by id, in the order they held.
        issues: Ids of the issues that the tickets wait for.
        totals: How much hangs on the customer by node kind; empty where the audience may not
            see all of it.
    """

    work: Mapping[str, tuple[Node, ...]]
    issues: tuple[str, ...]
    totals: Mapping[str, int]


def around(
    view: GraphView, customer: Customer, tickets: Collection[str], *, audience: Audience
) -> Around:
    """Return what stands around a timeline, in four reads whatever its length.

    Args:
        view: Where to look.
        customer: Whose timeline it is.
        tickets: The tickets on it.
        audience: Who looks.
    """
    followed = list(tickets)[:MOST_WORK]
    waits = view.edges(followed, kinds=["DEPENDS_ON"], at="source")
    wanted = list(dict.fromkeys(edge.target for edge in waits))[:MOST_WORK]
    issues = tuple(node.id for node in visible(audience, view.nodes(wanted)))
    totals: Counter[str] = Counter()
    if audience == "internal":
        for tally in view.tally(customer.identities, kinds=_COUNTED):
            totals[tally.node_kind] += tally.count
    return Around(_versions(view, [*followed, *issues]), issues, totals)


def _versions(view: GraphView, ids: Collection[str]) -> dict[str, tuple[Node, ...]]:
    """Return the versions that this view holds to be true, up to its time."""
    found: dict[str, list[Node]] = {}
    for fact in view.versions(ids):
        span = fact.span
        known = span.recorded_from <= view.as_of.recorded < span.recorded_to
        if isinstance(fact, Node) and known and span.valid_from <= view.as_of.valid:
            found.setdefault(fact.id, []).append(fact)
    return {
        id: tuple(sorted(nodes, key=lambda node: node.span.valid_from))
        for id, nodes in found.items()
    }
