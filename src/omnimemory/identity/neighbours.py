"""What a store holds around some identities: their customers, whole, and what is open there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.ledger import Ledger, customer_id
from omnimemory.identity.policy import Policy
from omnimemory.identity.scoring import Score
from omnimemory.model.facts import Edge, Node
from omnimemory.model.time import FOREVER
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery


class Neighbourhood(msgspec.Struct, frozen=True):
    """Identities and what joins them, as they stand before a decision.

    Attributes:
        ledger: Who is who.
        links: The ``SAME_AS`` edge of each identity.
        around: Open edges at the customers: questions, redirects, relations.
        customers: The customers that were there.
    """

    ledger: Ledger
    links: Mapping[str, Edge]
    around: tuple[Edge, ...]
    customers: frozenset[str]


def gather(
    view: GraphView,
    nodes: Mapping[str, Node],
    edges: Iterable[Edge],
    policy: Policy,
    *,
    customers: Collection[str] = (),
    reborn: bool = False,
) -> Neighbourhood:
    """Return everything about the customers of some identities, in at most three reads.

    Args:
        view: Where to read.
        nodes: Identities as they are now, or are about to be, by id.
        edges: Their open edges as far as they are known.
        policy: Says how identities are read.
        customers: More customers to gather.
        reborn: Whether an identity may have been here before and been erased, so that the
            customer that began with it lives on without it.
    """
    known = list(edges)
    wanted = {edge.target for edge in known if edge.kind == facts.SAME_AS} | set(customers)
    around = view.edges(wanted, kinds=_AROUND) if wanted else []
    links = {edge.source: edge for edge in known if edge.kind == facts.SAME_AS}
    links |= {e.source: e for e in around if e.kind == facts.SAME_AS and e.target in wanted}
    missing = links.keys() - nodes.keys()
    found = {node.id: node for node in view.nodes(missing)} if missing else {}
    starts = {customer_id(id) for id in (*links, *(nodes if reborn else ()))} - wanted
    queries = [
        EdgeQuery(links.keys() | nodes.keys(), _BESIDE),
        EdgeQuery(starts, (facts.SAME_AS, facts.MERGED_INTO)),
    ]
    more, there = view.edges_for(queries) if wanted or starts else ([], [])
    beside = {edge.id: edge for edge in (*known, *more)}.values()
    led = {e.id: e for e in (*around, *there) if e.kind != facts.SAME_AS}.values()
    ledger = _ledger({**found, **nodes}, links, (*led, *beside), policy)
    ledger.serial = view.revision
    ledger.taken |= {e.target for e in there if e.kind == facts.SAME_AS and e.target in starts}
    return Neighbourhood(ledger, links, tuple(led), frozenset(wanted))


_AROUND = (facts.SAME_AS, facts.POSSIBLE, facts.MERGED_INTO, facts.RELATED)
_BESIDE = ("MEMBER_OF", facts.CANNOT_LINK)


def _ledger(
    nodes: Mapping[str, Node], links: Mapping[str, Edge], edges: Iterable[Edge], policy: Policy
) -> Ledger:
    ledger = Ledger()
    member_of: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.kind == "MEMBER_OF":
            member_of[edge.source].append(edge)
        elif edge.kind == facts.CANNOT_LINK:
            ledger.keep_apart(edge.source, edge.target)
        elif edge.kind == facts.MERGED_INTO:
            ledger.merged[edge.source] = edge.target
    for id, link in sorted(links.items()):
        _remember(ledger, link)
        if id in nodes:
            ledger.put(link.target, facts.evidence_of(nodes[id], member_of[id], policy))
    for edge in edges:
        if edge.kind == facts.POSSIBLE and {edge.source, edge.target} <= ledger.profiles.keys():
            ledger.ask(edge.source, edge.target, read_score(edge))
    return ledger


def _remember(ledger: Ledger, link: Edge) -> None:
    """Note what a link says of a customer's age, of what holds it, of where it came from."""
    age = link.props.get("since", link.span.recorded_from)
    ledger.age[link.target] = min(ledger.age.get(link.target, FOREVER), age)
    if came_from := link.props.get("came_from"):
        ledger.came_from[link.source] = came_from
    if link.props.get("grounds") == "name":
        ledger.loose.add(link.target)


def read_score(edge: Edge) -> Score:
    """Return the score that an edge carries."""
    findings = facts.read_findings(edge)
    return Score(sum(one.bits for one in findings), findings)
