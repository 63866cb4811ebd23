"""What a pack is made of: a customer's newest records of each kind and what they lead to.

That is two walks over the graph, whatever there is, and none is longer than a horizon; what
lies beyond it is counted by the store's tallies. Tickets reach further back, since open ones
are wanted at any age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from omnimemory.context.totals import CONTACT, Total, anchor_edges, anchor_kinds, totals
from omnimemory.context.walks import ASKED, MOST_SAID, NOTHING, Beside, Reader
from omnimemory.model.audience import Audience
from omnimemory.model.facts import Edge, Node
from omnimemory.store.base import GraphView
from omnimemory.store.walk import Walked

_TICKETS: Final = 60
_USAGE: Final = 60
_CUSTOM: Final = 60
_SHARED: Final = frozenset({"Account", "Article", "Conversation", "Issue"})
"""Kinds of what a customer's records lead to that may concern others and still be shown them."""


class Gathered(msgspec.Struct, frozen=True):
    """Everything that a pack may show, and how much more there is.

    Attributes:
        customer: The customer's node.
        identities: Ids of the identities that are the customer.
        nodes: Every node that was read and that the audience may see, by id.
        own: When what hangs on the identities happened, by id.
        linked: The same of what that leads to.
        out: Targets of edges, by source and edge kind.
        totals: How much hangs on the identities, by node kind; empty for a customer, since
            the store's counts do not tell what they may see.
        cut: Edge kinds of which there may be older ones than were read.
        perhaps: Customers that may be the same person, which nobody has decided yet; theirs is
            not among the nodes.
        beside: What was read with the rest for another purpose; none of it is among the nodes.
    """

    customer: Node
    identities: frozenset[str]
    nodes: Mapping[str, Node]
    own: Mapping[str, int]
    linked: Mapping[str, int]
    out: Mapping[tuple[str, str], Sequence[str]]
    totals: Mapping[str, Total]
    cut: frozenset[str]
    perhaps: Sequence[str] = ()
    beside: Walked = Walked([], [], [])

    def targets(self, id: str, kind: str) -> list[Node]:
        """Return the visible nodes that a node points at by one kind of edge."""
        nodes = self.nodes
        return [nodes[target] for target in self.out.get((id, kind), ()) if target in nodes]


def gather(
    view: GraphView,
    customer: str,
    *,
    audience: Audience,
    anchors: Mapping[str, str],
    horizon: int,
    beside: Beside = NOTHING,
) -> Gathered:
    """Return a customer's newest records of each kind and what they lead to.

    Args:
        view: Where to read.
        customer: The customer's id.
        audience: Who will read the pack; nothing else is gathered.
        anchors: For each custom node kind, the edge kind by which it hangs on an identity.
        horizon: How many interactions to read.
        beside: What to read with the rest for another purpose.

    Raises:
        NotFoundError: There is no such customer.
    """
    reader = Reader(view, customer, audience)
    pages = (
        (CONTACT, horizon),
        (ASKED, _TICKETS),
        (("OF",), MOST_SAID),
        (("USED_BY",), _USAGE),
        (tuple(sorted(set(anchors.values()))), _CUSTOM),
    )
    anchored = reader.anchored(pages, counted=anchor_edges(anchors))
    around = reader.around(anchored, beside)
    edges = [*reader.links, *anchored, *around]
    nodes = reader.visible(edges)
    by_kind = anchor_kinds(anchors)
    own = {
        edge.source: edge.span.valid_from
        for edge in anchored
        if edge.source in nodes and edge.kind in by_kind.get(nodes[edge.source].kind, ())
    }
    if audience == "customer":
        theirs = own.keys() | reader.identities
        nodes = {id: node for id, node in nodes.items() if id in theirs or node.kind in _SHARED}
    return Gathered(
        customer=reader.nodes[customer],
        identities=reader.identities,
        nodes=nodes,
        own=own,
        linked=_linked(edges, nodes, own),
        out=_out(edges),
        totals=totals(
            view, reader.identities, reader.tallies, anchored, read=reader.nodes, custom=anchors
        ),
        cut=frozenset(reader.cut),
        perhaps=_perhaps(customer, reader.questions) if audience == "internal" else (),
        beside=reader.beside,
    )


def _perhaps(customer: str, edges: Iterable[Edge]) -> list[str]:
    """Return the other ends of open questions, the likeliest first."""
    asked = sorted(
        (edge for edge in edges if edge.kind == "POSSIBLE_SAME_AS"),
        key=lambda edge: (-edge.props.get("posterior", 0), edge.id),
    )
    return [edge.target if edge.source == customer else edge.source for edge in asked]


def _out(edges: Iterable[Edge]) -> dict[tuple[str, str], list[str]]:
    out: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        targets = out.setdefault((edge.source, edge.kind), [])
        if edge.target not in targets:
            targets.append(edge.target)
    return out


_LINKED_KINDS: Final = frozenset({"Issue", "Ticket", "Article", "Statement", "Action", "Feedback"})


def _linked(
    edges: Iterable[Edge], nodes: Mapping[str, Node], own: Mapping[str, int]
) -> dict[str, int]:
    """Return what own records lead to, with its time: issues, tickets, articles, notes."""
    ends = chain.from_iterable((edge.source, edge.target) for edge in edges)
    found = ((id, nodes[id]) for id in dict.fromkeys(ends) if id in nodes and id not in own)
    return {
        id: node.span.valid_from
        for id, node in found
        if node.kind in _LINKED_KINDS or _is_note(node)
    }


def _is_note(node: Node) -> bool:
    return node.kind == "Interaction" and node.props.get("direction") == "internal"
