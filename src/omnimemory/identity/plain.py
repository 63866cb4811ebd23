"""Who is who, by one plain rule: identities that share a verified identifier are one customer.

An identifier counts when it is verified on both sides and names a person: role
addresses and placeholders do not. What this module decides are ``SAME_AS`` edges; no
identity is edited, so a decision can be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from omnimemory.identity.normal import names_a_person
from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import prefix
from omnimemory.model.time import BEGINNING, Span

RESOLVER = "plain-1"


class Decision(msgspec.Struct, frozen=True):
    """What to write: customers and edges that begin, edges that end, and what happened."""

    add: tuple[Node | Edge, ...] = ()
    retire: tuple[Edge, ...] = ()
    attached: int = 0
    new: int = 0
    merged: int = 0


def joining_keys(identity: Node) -> frozenset[str]:
    """Return the keys of an identity that can hold it together with another."""
    known: Mapping[str, Mapping[str, object]] = identity.props.get("identifiers", {})
    return frozenset(
        key
        for key in identity.keys
        if names_a_person(key) and known.get(key, {}).get("verified", True)
    )


def resolve(
    identities: Iterable[Node], links: Iterable[Edge], all_links: Mapping[str, Sequence[Edge]]
) -> Decision:
    """Return the edges that make identities with a shared key one customer.

    Args:
        identities: The identities in question, and those that share a key with them.
        links: Their open ``SAME_AS`` edges.
        all_links: For a customer that may be merged away, all its open ``SAME_AS`` edges.
    """
    by_id = {node.id: node for node in identities}
    customer_of = {edge.source: edge for edge in links}
    add: list[Node | Edge] = []
    retire: list[Edge] = []
    attached = new = merged = 0
    for group in _groups(by_id.values()):
        held = [customer_of[id] for id in group if id in customer_of]
        loose = [id for id in group if id not in customer_of]
        customers = sorted({edge.target for edge in held}, key=partial(_age, links=held))
        if customers:
            keep = customers[0]
            attached += len(loose)
        else:
            keep = customer_id(loose[0])
            add.append(Node(id=keep, kind="Customer", span=Span(BEGINNING), props=_BY))
            new += 1
        add += [_same_as(by_id[id], keep, group, by_id) for id in loose]
        for gone in customers[1:]:
            moved = all_links.get(gone, [edge for edge in held if edge.target == gone])
            retire += moved
            add += [msgspec.structs.replace(edge, target=keep) for edge in moved]
            add.append(Edge(kind="MERGED_INTO", source=gone, target=keep, span=Span(BEGINNING)))
            merged += 1
    return Decision(tuple(add), tuple(retire), attached, new, merged)


def merges(identities: Iterable[Node], links: Iterable[Edge]) -> frozenset[str]:
    """Return the customers that `resolve` may merge, so that the caller can read their edges."""
    customer_of = {edge.source: edge.target for edge in links}
    found: set[str] = set()
    for group in _groups(identities):
        customers = {customer_of[id] for id in group if id in customer_of}
        if len(customers) > 1:
            found |= customers
    return frozenset(found)


def customer_id(identity: str) -> str:
    """Return the id of the customer that begins with this identity."""
    return f"{prefix('Customer')}:{identity.partition(':')[2]}"


_BY = {"resolver": RESOLVER}


def _same_as(identity: Node, customer: str, group: Collection[str], by_id: dict[str, Node]) -> Edge:
    others = frozenset[str]().union(*(joining_keys(by_id[id]) for id in group if id != identity.id))
    shared = sorted(joining_keys(identity) & others)
    evidence = {"shared": shared} if shared else {"first": True}
    return Edge(
        kind="SAME_AS",
        source=identity.id,
        target=customer,
        span=Span(BEGINNING),
        props=_BY | {"evidence": evidence, "posterior": 1.0},
    )


def _age(customer: str, links: Iterable[Edge]) -> tuple[int, str]:
    """Sort key that puts the customer first that the store has known for longest."""
    return min(e.span.recorded_from for e in links if e.target == customer), customer


def _groups(identities: Iterable[Node]) -> list[list[str]]:
    """Return the ids of identities that hang together by shared keys, each group sorted."""
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        while parent.setdefault(item, item) != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    nodes = sorted(identities, key=lambda node: node.id)
    for node in nodes:
        for key in joining_keys(node):
            parent[root(f"\0{key}")] = root(node.id)
    groups: dict[str, list[str]] = {}
    for node in nodes:
        groups.setdefault(root(node.id), []).append(node.id)
    return list(groups.values())
