"""Some customers as they stand together: who is who among them, ready for a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.policy import Policy
from omnimemory.identity.scoring import Score
from omnimemory.identity.standing import Standing, read_standings
from omnimemory.model.facts import Edge
from omnimemory.model.time import FOREVER
from omnimemory.store.base import GraphView


class Neighbourhood(msgspec.Struct, frozen=True):
    """Identities and what joins them, as they stand before a decision.

    Attributes:
        ledger: Who is who.
        links: The ``SAME_AS`` edge of each identity that has not ended.
        around: Open edges at the customers: questions, redirects, relations.
        customers: The customers that were there.
    """

    ledger: Ledger
    links: Mapping[str, Edge]
    around: tuple[Edge, ...]
    customers: frozenset[str]


def gather(view: GraphView, customers: Collection[str], policy: Policy) -> Neighbourhood:
    """Return everything about some customers, in at most three reads."""
    return together(read_standings(view, customers, policy), view.revision)


def together(
    standings: Mapping[str, Standing], revision: int, said: Mapping[str, Evidence] | None = None
) -> Neighbourhood:
    """Return customers as one neighbourhood.

    Args:
        standings: The customers, by id.
        revision: As of which they stand so.
        said: What identities are about to say, in place of what they said.
    """
    ledger = Ledger()
    ledger.serial = revision
    links: dict[str, Edge] = {}
    around: dict[str, Edge] = {}
    newer = said or {}
    members = [one for standing in standings.values() for one in standing.members]
    says = {one.evidence.id: one.evidence for one in members} | {**newer}
    ledger.know_blocks({m.evidence.id: m.blocks for m in members if m.evidence.id not in newer})
    for id, standing in sorted(standings.items()):
        for link in standing.links:
            _remember(ledger, link)
            if (one := says.get(link.source)) is not None:
                links[link.source] = link
                ledger.put(id, one)
        around |= {edge.id: edge for edge in standing.around}
        for edge in standing.apart:
            ledger.keep_apart(edge.source, edge.target)
        ledger.taken.update(standing.taken)
    ledger.taken -= standings.keys()
    redirect(ledger, around.values())
    for _, edge in sorted(around.items()):
        if edge.kind == facts.POSSIBLE and {edge.source, edge.target} <= ledger.profiles.keys():
            ledger.ask(edge.source, edge.target, read_score(edge))
    return Neighbourhood(ledger, links, tuple(around.values()), frozenset(standings))


def redirect(ledger: Ledger, edges: Iterable[Edge]) -> None:
    """Note where customers went that are no more.

    One that leads to itself is left out: earlier code wrote that where the only contact of a
    customer was deleted, and whoever follows it comes to no end.
    """
    merged = (e for e in edges if e.kind == facts.MERGED_INTO and e.source != e.target)
    ledger.merged |= {edge.source: edge.target for edge in merged}


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
