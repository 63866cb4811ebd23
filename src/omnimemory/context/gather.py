"""What a pack is made of: a customer's newest records of each kind and what they lead to.

The number of reads does not depend on how much there is, and none is longer than a horizon;
what lies beyond it is counted by the store's tallies. Tickets reach further back, since open
ones are wanted at any age.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from omnimemory.context.totals import CONTACT, Total, anchor_kinds, totals
from omnimemory.errors import NotFoundError
from omnimemory.model.audience import Audience, levels
from omnimemory.model.facts import Edge, Node
from omnimemory.model.records import StatusClass
from omnimemory.store.base import EdgeQuery, GraphView

_OF_RECORDS: Final = ("PART_OF", "ABOUT", "CITES", "STATED_IN", "OF")
_TO_RECORDS: Final = ("ABOUT", "STATED_IN", "OF")
_TO_TICKETS: Final = ("DUPLICATE_OF", "FOLLOW_UP_OF", "MERGED_INTO")
_OF_WORK: Final = (
    "ASSIGNED_TO",
    "DEPENDS_ON",
    "DUPLICATE_OF",
    "FOLLOW_UP_OF",
    "MEMBER_OF",
    "MERGED_INTO",
    "RESOLVED_BY",
)
_NOTES: Final = 20
_LATEST_THREADS: Final = 8
_LATEST_TICKETS: Final = 8
_TICKETS: Final = 60
_OLDER_TICKETS: Final = 440
"""How many tickets beyond the newest are looked through for open ones."""
_SAID: Final = 200
_USAGE: Final = 60
_CUSTOM: Final = 60
_THEIRS: Final = frozenset({"Customer", "Identity"})
"""Kinds that a customer may see of themselves where no level says otherwise."""
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
    """

    customer: Node
    identities: frozenset[str]
    nodes: Mapping[str, Node]
    own: Mapping[str, int]
    linked: Mapping[str, int]
    out: Mapping[tuple[str, str], Sequence[str]]
    totals: Mapping[str, Total]
    cut: frozenset[str]

    def targets(self, id: str, kind: str) -> list[Node]:
        """Return the visible nodes that a node points at by one kind of edge."""
        found = (self.nodes.get(target) for target in self.out.get((id, kind), ()))
        return [node for node in found if node is not None]


def gather(
    view: GraphView,
    customer: str,
    *,
    audience: Audience,
    anchors: Mapping[str, str],
    horizon: int,
) -> Gathered:
    """Return a customer's newest records of each kind and what they lead to.

    Args:
        view: Where to read.
        customer: The customer's id.
        audience: Who will read the pack; nothing else is gathered.
        anchors: For each custom node kind, the edge kind by which it hangs on an identity.
        horizon: How many interactions to read.

    Raises:
        NotFoundError: There is no such customer.
    """
    links = view.edges([customer], kinds=["SAME_AS"], at="target")
    identities = frozenset(edge.source for edge in links)
    reader = _Reader(view, identities, audience)
    anchored = reader.anchored(
        (CONTACT, horizon),
        (_ASKED, _TICKETS),
        (("OF",), _SAID),
        (("USED_BY",), _USAGE),
        (tuple(sorted(set(anchors.values()))), _CUSTOM),
    )
    around = reader.around(anchored)
    edges = [*links, *anchored, *around]
    reader.read({customer, *(end for edge in edges for end in (edge.source, edge.target))})
    if customer not in reader.nodes:
        raise NotFoundError("customer", customer)
    nodes = reader.visible(edges)
    by_kind = anchor_kinds(anchors)
    own = {
        edge.source: edge.span.valid_from
        for edge in anchored
        if edge.source in nodes and edge.kind in by_kind.get(nodes[edge.source].kind, ())
    }
    if audience == "customer":
        theirs = own.keys() | identities
        nodes = {id: node for id, node in nodes.items() if id in theirs or node.kind in _SHARED}
    return Gathered(
        customer=reader.nodes[customer],
        identities=identities,
        nodes=nodes,
        own=own,
        linked=_linked(edges, nodes, own),
        out=_out(edges),
        totals=totals(view, identities, anchored, read=reader.nodes, custom=anchors)
        if audience == "internal"
        else {},
        cut=frozenset(reader.cut),
    )


class _Reader:
    """Reads of one customer for one audience; remembers the nodes that it has seen."""

    def __init__(self, view: GraphView, identities: frozenset[str], audience: Audience) -> None:
        self.nodes: dict[str, Node] = {}
        self.cut: set[str] = set()
        self._view = view
        self._identities = identities
        self._audience = audience
        self._levels = levels(audience)

    def anchored(self, *pages: tuple[tuple[str, ...], int]) -> list[Edge]:
        """Return the newest edges at the identities, so many of each group of kinds.

        Of tickets, those of any age that are open come with them.
        """
        asked = [self._at_identities(kinds, limit) for kinds, limit in pages]
        out: list[Edge] = []
        for (kinds, limit), page in zip(pages, self._view.edges_for(asked), strict=True):
            newest = self._enough(page, kinds, limit)
            out += newest
            if kinds == _ASKED and len(newest) >= limit:
                out += self._older_open(newest[-1].span.valid_from)
        return out

    def _enough(self, page: list[Edge], kinds: tuple[str, ...], limit: int) -> list[Edge]:
        """Return a page of the newest edges; for a customer, of what they may see.

        What a customer may not see must not displace what they may, so pages are read
        until there is enough of it.
        """
        if self._audience == "internal":
            self.cut.update(kinds if len(page) >= limit else ())
            return page
        out: list[Edge] = []
        while True:
            self.read({edge.source for edge in page})
            out += [edge for edge in page if self._sees(edge.source)]
            if len(out) >= limit:
                self.cut.update(kinds)
                return _with_ties(out, limit)
            if len(page) < limit:
                return out
            before = page[-1].span.valid_from
            (page,) = self._view.edges_for([self._at_identities(kinds, limit, before)])

    def _at_identities(
        self, kinds: tuple[str, ...], limit: int, before: int | None = None
    ) -> EdgeQuery:
        return EdgeQuery(self._identities, kinds, "target", before, limit)

    def _older_open(self, before: int) -> list[Edge]:
        (older,) = self._view.edges_for([self._at_identities(_ASKED, _OLDER_TICKETS, before)])
        self.read({edge.source for edge in older})
        return [
            edge
            for edge in older
            if self._sees(edge.source) and is_open(self.nodes[edge.source].props)
        ]

    def around(self, anchored: Sequence[Edge]) -> list[Edge]:
        """Return the edges that lead on from what hangs on the identities."""
        records = _distinct(edge.source for edge in anchored if edge.kind != "USED_BY")
        signed = {edge.source for edge in anchored if edge.kind == "FROM"}
        tickets = [id for id in records if id.startswith(_TICKET)]
        others = [id for id in records if not id.startswith(_TICKET)]
        handoffs = [id for id in records if id.startswith(_HANDOFF)]
        out = self._edges(
            EdgeQuery(others, _OF_RECORDS, "source"),
            EdgeQuery(others, _TO_RECORDS, "target"),
            EdgeQuery(tickets, ("OF",), "target", newest=_SAID),
            EdgeQuery([id for id in records if id not in signed], ("FROM",), "source"),
            EdgeQuery(handoffs, ("TO",), "source"),
        )
        latest = _distinct(edge.target for edge in out if edge.kind == "PART_OF")[:_LATEST_THREADS]
        out += self._edges(EdgeQuery(latest, ("ABOUT",)))
        tickets = _distinct(
            id
            for edge in (*anchored, *out)
            for id in (edge.source, edge.target)
            if id.startswith(_TICKET)
        )
        work = [
            EdgeQuery([*tickets, *self._identities], _OF_WORK, "source"),
            EdgeQuery(tickets, _TO_TICKETS, "target"),
        ]
        if self._audience == "internal":
            threads = [*tickets[:_LATEST_TICKETS], *latest]
            work.append(EdgeQuery(threads, ("ABOUT", "PART_OF"), "target", newest=_NOTES))
        return out + self._edges(*work)

    def _edges(self, *queries: EdgeQuery) -> list[Edge]:
        wanted = [query for query in queries if query.touching]
        return [edge for edges in self._view.edges_for(wanted) for edge in edges]

    def read(self, ids: Collection[str]) -> None:
        """Read the nodes that have not been read yet."""
        missing = [id for id in ids if id not in self.nodes]
        if missing:
            self.nodes.update((node.id, node) for node in self._view.nodes(missing))

    def visible(self, edges: Iterable[Edge]) -> dict[str, Node]:
        """Return what the audience may see; a statement no wider than where it was made."""
        hidden = {
            edge.source
            for edge in edges
            if edge.kind == "STATED_IN"
            and edge.target in self.nodes
            and not self._sees(edge.target)
        }
        return {id: node for id, node in self.nodes.items() if self._sees(id) and id not in hidden}

    def _sees(self, id: str) -> bool:
        node = self.nodes.get(id)
        if node is None:
            return False
        level = node.props.get("visibility")
        if level is None:
            return self._audience == "internal" or node.kind in _THEIRS
        return str(level) in self._levels


def is_open(props: Mapping[str, object]) -> bool:
    """Return whether somebody still owes something; unknown statuses count as open."""
    return str(props.get("status_class")) not in _DONE


_DONE: Final = frozenset(status.value for status in StatusClass if not status.is_open)


_ASKED: Final = ("REQUESTED_BY",)
_TICKET: Final = "ticket:"
_HANDOFF: Final = "handoff:"


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _with_ties(edges: list[Edge], limit: int) -> list[Edge]:
    """Return the first edges, and all that share the last one's time."""
    if len(edges) <= limit:
        return edges
    last = edges[limit - 1].span.valid_from
    return [edge for edge in edges if edge.span.valid_from >= last]


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
    out: dict[str, int] = {}
    for edge in edges:
        for id in (edge.source, edge.target):
            node = nodes.get(id)
            if node is None or id in own or id in out:
                continue
            if node.kind in _LINKED_KINDS or _is_note(node):
                out[id] = node.span.valid_from
    return out


def _is_note(node: Node) -> bool:
    return node.kind == "Interaction" and node.props.get("direction") == "internal"
