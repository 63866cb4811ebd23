"""What is left of a customer once some of their identities are erased, decided again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.again import again
from omnimemory.identity.decide import Decision, written
from omnimemory.identity.ledger import customer_id
from omnimemory.identity.neighbours import Neighbourhood, gather
from omnimemory.identity.policy import Policy
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Edge, Fact, Node
from omnimemory.model.ids import split_id
from omnimemory.store.base import GraphView

_BY_ADDRESS = ("email", "phone")


def refold(
    view: GraphView,
    customer: str,
    gone: Collection[str],
    policy: Policy,
    statistics: Statistics,
) -> tuple[Decision, set[str]]:
    """Return what makes the rest of a customer who they are, and customer ids to erase.

    An id that holds an address or number of an erased identity is erased with it; the rest
    goes on under another one.

    Args:
        view: The graph before the erasure.
        customer: The customer, who has more identities than those that go.
        gone: Identities that are erased.
        policy: What decides.
        statistics: What the tenant's data taught.
    """
    near = gather(view, [customer], policy)
    named = _named_after(view, near, gone)
    near, told = _told_beside_others(near, gone)
    moved = again(
        near, policy, statistics, without={*gone, *named}, elsewhere=_elsewhere(view, near)
    )
    decision = written(moved, by=f"policy:{policy.name}", reason="an identity was erased")
    lost = {*gone, *named}
    written_anew = {(fact.source, fact.kind) for fact in decision.add if isinstance(fact, Edge)}
    told = [edge for edge in told if (edge.source, edge.kind) not in written_anew]
    old = [near.links[edge.source] for edge in told]
    return (
        msgspec.structs.replace(
            decision,
            add=tuple(fact for fact in (*decision.add, *told) if not _touches(fact, lost)),
            retire=tuple(fact for fact in (*decision.retire, *old) if not _touches(fact, lost)),
        ),
        named,
    )


def _touches(fact: Fact, lost: Collection[str]) -> bool:
    return fact.owner in lost or (isinstance(fact, Edge) and fact.target in lost)


def _named_after(view: GraphView, near: Neighbourhood, gone: Collection[str]) -> set[str]:
    """Return the customer ids that hold an address or number of what is erased."""
    ids = near.customers | {edge.source for edge in near.around if edge.kind == facts.MERGED_INTO}
    held = {customer_id(node.id) for node in view.nodes(gone) if _is_named_by_address(node)}
    return {id for id in ids if id.partition("~")[0] in held}


def _is_named_by_address(node: Node) -> bool:
    own = split_id(node.id)[1]
    return any(key.partition(":")[2] == own and key.startswith(_BY_ADDRESS) for key in node.keys)


def _told_beside_others(
    near: Neighbourhood, gone: Collection[str]
) -> tuple[Neighbourhood, list[Edge]]:
    """Return links that name another identity where the one that a person named is erased."""
    by_beside: defaultdict[str, set[str]] = defaultdict(set)
    for id, link in near.links.items():
        by_beside[link.props.get("beside", "")].add(id)
    links = dict(near.links)
    told: list[Edge] = []
    for beside in sorted(set(gone) & by_beside.keys()):
        left = near.links.keys() - by_beside[beside] - set(gone)
        for id in sorted(by_beside[beside] - set(gone)):
            if left:
                props = {**links[id].props, "beside": min(left)}
                links[id] = msgspec.structs.replace(links[id], props=props)
                told.append(links[id])
    return msgspec.structs.replace(near, links=links), told


def _elsewhere(view: GraphView, near: Neighbourhood) -> Mapping[str, int]:
    """Return how many customers hold each key of these, wherever they are."""
    clues = {key for profile in near.ledger.profiles.values() for key in profile.clues}
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for node in view.find(kind="Identity", keys=clues) if clues else ():
        for key in node.keys & clues:
            holders[key].add(node.id)
    ids = {id for found in holders.values() for id in found}
    links = view.edges(ids, kinds=[facts.SAME_AS], at="source") if ids else []
    of = {edge.source: edge.target for edge in links}
    return {key: len({of.get(id, id) for id in found}) for key, found in holders.items()}
