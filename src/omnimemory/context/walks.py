"""The two walks by which a pack is read: what hangs on a customer, and what that leads to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from omnimemory.errors import NotFoundError
from omnimemory.model.audience import Audience, levels
from omnimemory.model.facts import Edge, Node, Tally
from omnimemory.model.records.base import is_open
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery, Ends, TallyQuery, Walked, reached

_OF_RECORDS: Final = ("PART_OF", "ABOUT", "CITES", "STATED_IN", "OF")
_TO_RECORDS: Final = ("ABOUT", "STATED_IN", "OF")
_TO_TICKETS: Final = ("DUPLICATE_OF", "FOLLOW_UP_OF", "MERGED_INTO")
_OF_WORK: Final = (
    "ASSIGNED_TO",
    "CONCERNS",
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
_TICKETS_LOOKED_AT: Final = 500
"""How many of the newest tickets are looked through for open ones."""
MOST_SAID: Final = 200
_THEIRS: Final = frozenset({"Customer", "Identity"})
"""Kinds that a customer may see of themselves where no level says otherwise."""
ASKED: Final = ("REQUESTED_BY",)
_CONVERSATION: Final = "conversation:"
_TICKET: Final = "ticket:"
_HANDOFF: Final = "handoff:"
_IDENTITIES: Final = (Ends((0,), "source"),)
"""Who the customer is, by the first question."""
Page: TypeAlias = tuple[tuple[str, ...], int]
"""Edge kinds, and how many of the newest are wanted."""


class Beside(msgspec.Struct, frozen=True):
    """What is read with the second walk for another purpose, so that it takes no request.

    Attributes:
        queries: Questions, which may start from one another.
        ids: Nodes that are wanted, with their passages.
    """

    queries: Sequence[EdgeQuery] = ()
    ids: Collection[str] = ()


NOTHING: Final = Beside()


class Reader:
    """Reads of one customer for one audience; remembers the nodes that it has seen."""

    def __init__(self, view: GraphView, customer: str, audience: Audience) -> None:
        self.nodes: dict[str, Node] = {}
        self.links: list[Edge] = []
        self.questions: list[Edge] = []
        self.identities: frozenset[str] = frozenset()
        self.tallies: list[Tally] = []
        self.cut: set[str] = set()
        self.beside = Walked([], [], [])
        self._view = view
        self._customer = customer
        self._audience = audience
        self._levels = levels(audience)

    def anchored(self, pages: Sequence[Page], *, counted: Collection[str]) -> list[Edge]:
        """Return the newest edges at the identities, so many of each group of kinds.

        Of tickets, those of any age that are open come with them.

        Args:
            pages: The groups of kinds, and how many of each.
            counted: Edge kinds to count at the identities.

        Raises:
            NotFoundError: There is no such customer.
        """
        internal = self._audience == "internal"
        self.links, *found, self.questions = self._walk(
            EdgeQuery([self._customer], ("SAME_AS",), "target"),
            *(
                EdgeQuery((), kinds, "target", newest=_most_read(kinds, limit), ends=_IDENTITIES)
                for kinds, limit in pages
            ),
            EdgeQuery([self._customer], ("POSSIBLE_SAME_AS",)),
            read=[self._customer],
            tally=TallyQuery(_IDENTITIES[0], counted) if internal else None,
        )
        if self._customer not in self.nodes:
            raise NotFoundError("customer", self._customer)
        self.identities = frozenset(reached([self.links], _IDENTITIES[0]))
        return [
            edge
            for (kinds, limit), page in zip(pages, found, strict=True)
            for edge in self._chosen(page, kinds, limit)
        ]

    def _chosen(self, page: list[Edge], kinds: tuple[str, ...], limit: int) -> list[Edge]:
        """Return a page's newest edges that the audience may see, and all that is open."""
        seen = self._enough(page, kinds, limit)
        newest = _with_ties(seen, limit)
        if kinds != ASKED:
            return newest
        return newest + [
            edge
            for edge in seen[len(newest) :]
            if self._sees(edge.source) and is_open(self.nodes[edge.source].props)
        ]

    def _enough(self, page: list[Edge], kinds: tuple[str, ...], limit: int) -> list[Edge]:
        """Return a page of the newest edges; for a customer, of what they may see.

        What a customer may not see must not displace what they may, so pages are read
        until there is enough of it.
        """
        if self._audience == "internal":
            self.cut.update(kinds if len(page) >= limit else ())
            return page
        out: list[Edge] = []
        size = _most_read(kinds, limit)
        while True:
            out += [edge for edge in page if self._sees(edge.source)]
            if len(out) >= limit:
                self.cut.update(kinds)
                return out
            if len(page) < size:
                return out
            before = page[-1].span.valid_from
            (page,) = self._walk(EdgeQuery(self.identities, kinds, "target", before, size))

    def around(self, anchored: Sequence[Edge], beside: Beside) -> list[Edge]:
        """Return the edges that lead on from what hangs on the identities.

        Args:
            anchored: What hangs on them.
            beside: What to read with them; it is kept apart.
        """
        records = _distinct(edge.source for edge in anchored if edge.kind != "USED_BY")
        signed = {edge.source for edge in anchored if edge.kind == "FROM"}
        tickets = [id for id in records if id.startswith(_TICKET)]
        others = [id for id in records if not id.startswith(_TICKET)]
        handoffs = [id for id in records if id.startswith(_HANDOFF)]
        threads = Ends((0,), "target", _CONVERSATION, _LATEST_THREADS)
        near = range(6)
        found = Ends(tuple(near), "source", _TICKET), Ends(tuple(near), "target", _TICKET)
        latest = [msgspec.structs.replace(ends, newest=_LATEST_TICKETS) for ends in found]
        notes = EdgeQuery(
            tickets[:_LATEST_TICKETS],
            ("ABOUT", "PART_OF"),
            "target",
            newest=_NOTES,
            ends=(threads, *latest),
        )
        own = [
            EdgeQuery(others, _OF_RECORDS, "source"),
            EdgeQuery(others, _TO_RECORDS, "target"),
            EdgeQuery(tickets, ("OF",), "target", newest=MOST_SAID),
            EdgeQuery([id for id in records if id not in signed], ("FROM",), "source"),
            EdgeQuery(handoffs, ("TO",), "source"),
            EdgeQuery((), ("ABOUT",), ends=(threads,)),
            EdgeQuery([*tickets, *self.identities], _OF_WORK, "source", ends=found),
            EdgeQuery(tickets, _TO_TICKETS, "target", ends=found),
            *([notes] if self._audience == "internal" else []),
        ]
        walked = self._view.walk(
            [*own, *(query.after(len(own)) for query in beside.queries)],
            read=beside.ids,
            known=self.nodes.keys(),
            texts=beside.ids,
        )
        answers = walked.edges[: len(own)]
        ends = {id for edges in answers for edge in edges for id in (edge.source, edge.target)}
        nodes = [*self.nodes.values(), *walked.nodes]
        self.beside = Walked(walked.edges[len(own) :], nodes, [], walked.passages)
        self.nodes.update((node.id, node) for node in walked.nodes if node.id in ends)
        return [edge for edges in answers for edge in edges]

    def _walk(
        self,
        *queries: EdgeQuery,
        read: Collection[str] = (),
        tally: TallyQuery | None = None,
    ) -> list[list[Edge]]:
        """Return the answers; remember the nodes that they run between, and what was counted."""
        walked = self._view.walk(queries, read=read, known=self.nodes.keys(), tally=tally)
        self.nodes.update((node.id, node) for node in walked.nodes)
        self.tallies += walked.tallies
        return walked.edges

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


def _most_read(kinds: tuple[str, ...], limit: int) -> int:
    return _TICKETS_LOOKED_AT if kinds == ASKED else limit


def _distinct(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _with_ties(edges: list[Edge], limit: int) -> list[Edge]:
    """Return the first edges, and all that share the last one's time."""
    if len(edges) <= limit:
        return edges
    last = edges[limit - 1].span.valid_from
    return [edge for edge in edges if edge.span.valid_from >= last]
