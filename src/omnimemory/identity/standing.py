"""Customers as a store holds them: their identities, and what is open at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.blocks import blocks
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import customer_id
from omnimemory.identity.policy import Policy
from omnimemory.model.facts import Edge, Node
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery


class Member(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An identity of a customer: what it says, and its blocking keys."""

    evidence: Evidence
    blocks: tuple[str, ...]


class Standing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One customer, whole.

    It follows from facts that touch the customer, one of its identities, or a customer that
    began with one of them.

    Attributes:
        links: The ``SAME_AS`` edges of its identities, by identity.
        members: Its identities, by id.
        around: Open edges at it, and redirects at customers that its identities began: by id.
        apart: ``CANNOT_LINK`` edges of its identities, by id.
        taken: Customers that its identities began and that live on without them.
    """

    links: tuple[Edge, ...] = ()
    members: tuple[Member, ...] = ()
    around: tuple[Edge, ...] = ()
    apart: tuple[Edge, ...] = ()
    taken: tuple[str, ...] = ()


def read_standings(
    view: GraphView, customers: Collection[str], policy: Policy, *, of: Collection[str] = ()
) -> dict[str, Standing]:
    """Return customers as they stand, in at most four reads.

    Args:
        view: Where to read.
        customers: Which.
        policy: Says how identities are read.
        of: Identities whose customers are wanted too.
    """
    if not customers and not of:
        return {}
    led = view.edges(of, kinds=(facts.SAME_AS,), at="source") if of else []
    wanted = {*customers, *(edge.target for edge in led)}
    around = view.edges(wanted, kinds=_AROUND) if wanted else []
    links = _by((edge.target, edge) for edge in around if edge.kind == facts.SAME_AS)
    at = _by((end, edge) for edge in around if edge.kind != facts.SAME_AS for end in _ends(edge))
    starts = {id: _starts(links.get(id, ()), id) for id in wanted}
    ids = {edge.source for edge in around if edge.kind == facts.SAME_AS}
    beside, there = view.edges_for(
        [EdgeQuery(ids, _BESIDE), EdgeQuery(_union(starts) - wanted, _AT_START)]
    )
    alive = {*links, *(edge.target for edge in there if edge.kind == facts.SAME_AS)}
    moved = _by((end, e) for e in (*around, *there) if e.kind == facts.MERGED_INTO
                for end in _ends(e))  # fmt: skip
    members = _Members(view.nodes(ids), beside, policy)
    return {
        id: Standing(
            links=(mine := by_id(links.get(id, ()))),
            members=tuple(filter(None, (members.get(edge.source) for edge in mine))),
            around=by_id([*at.get(id, ()), *(e for start in starts[id] for e in moved[start])]),
            apart=by_id([e for edge in mine for e in members.apart[edge.source]]),
            taken=tuple(sorted(starts[id] & alive)),
        )
        for id in wanted
    }


class _Members:
    """The identities among some nodes, and what stands beside them."""

    def __init__(self, nodes: Iterable[Node], beside: Iterable[Edge], policy: Policy) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._policy = policy
        beside = list(beside)
        self._member_of = _by((e.source, e) for e in beside if e.kind != facts.CANNOT_LINK)
        self.apart = _by(
            (end, e) for e in beside if e.kind == facts.CANNOT_LINK for end in _ends(e)
        )

    def get(self, id: str) -> Member | None:
        node = self._nodes.get(id)
        if node is None:
            return None
        one = facts.evidence_of(node, self._member_of[id], self._policy)
        return Member(one, blocks(one))


def _starts(links: Iterable[Edge], customer: str) -> set[str]:
    """Return the customers that began with the identities of one, itself left out."""
    return {customer_id(edge.source) for edge in links} - {customer}


def _union(sets: Mapping[str, set[str]]) -> set[str]:
    return set[str]().union(*sets.values())


def _by(pairs: Iterable[tuple[str, Edge]]) -> defaultdict[str, list[Edge]]:
    out: defaultdict[str, list[Edge]] = defaultdict(list)
    for id, edge in pairs:
        out[id].append(edge)
    return out


def _ends(edge: Edge) -> tuple[str, str]:
    return edge.source, edge.target


def by_id(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Return edges by id, each once."""
    found = {edge.id: edge for edge in edges}
    return tuple(edge for _, edge in sorted(found.items()))


_AROUND: Final = (facts.SAME_AS, facts.POSSIBLE, facts.MERGED_INTO, facts.RELATED)
_BESIDE: Final = ("MEMBER_OF", facts.CANNOT_LINK)
_AT_START: Final = (facts.SAME_AS, facts.MERGED_INTO)
