"""The companies of a batch: who belongs to which account, and which accounts are one company."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from omnimemory.identity import companies, facts
from omnimemory.identity.policy import Policy
from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.plan import Known, Planned
from omnimemory.model.facts import Edge, Node, of_kind
from omnimemory.model.time import FOREVER, Span
from omnimemory.store.base import GraphView


def sought_keys(drafts: Drafts, policy: Policy) -> set[str]:
    """Return the keys by which companies and their people may be known already."""
    return companies.sought(((one.kind, one.keys) for one in drafts.nodes), policy)


class Placed(msgspec.Struct, frozen=True):
    """Edges at accounts that begin, and those that end."""

    add: tuple[Edge, ...] = ()
    retire: tuple[Edge, ...] = ()


def place(
    view: GraphView, planned: Planned, known: Known, related: Iterable[Node], policy: Policy
) -> Placed:
    """Return memberships by address and links between accounts that are new, or at an end.

    What follows from a domain holds for as long as the account has it. What a source told of
    memberships stays as it told it. One read more is needed where something seems new, and
    one where an account lost a domain.

    Args:
        view: Where to read what hangs on accounts.
        planned: What the batch comes to.
        known: What the store holds of it.
        related: Nodes of the store that share a key with it.
        policy: Says what is blocked.
    """
    accounts = {node.id: node for node in of_kind(related, "Account")}
    ours = {id: node for id, node in planned.nodes.items() if node.kind == "Account"}
    accounts |= ours
    if not accounts:
        return Placed()
    people = {
        id: companies.domains(node.keys, policy)
        for id, node in planned.nodes.items()
        if node.kind == "Identity"
    }
    mates = _mates(related, people, policy) if ours else {}
    moved = _moved(ours, known, policy)
    ended = _ended(view, moved)
    wanted = {
        **companies.memberships({**people, **mates}, accounts.values(), moved.gained, policy),
        **companies.same_company(accounts.values(), policy),
    }
    told = (fact for fact in planned.changes.add if isinstance(fact, Edge))
    held = {edge.id for id in people for edge in known.edges.get(id, ()) if _goes_on(edge)}
    held |= {edge.id for edge in told if _goes_on(edge)}
    fresh = {id: edge for id, edge in wanted.items() if id not in held - ended.keys()}
    if fresh:
        kinds = (companies.MEMBER_OF, companies.SAME_COMPANY)
        sources = list(dict.fromkeys(edge.source for edge in fresh.values()))
        for edge in view.edges(sources, kinds=kinds, at="source"):
            if edge.id not in ended:
                fresh.pop(edge.id, None)
    return Placed(
        (*_until(ended), *(_after(edge, ended) for edge in fresh.values())),
        tuple(edge for edge, _ in ended.values()),
    )


class _Moved(msgspec.Struct, frozen=True):
    """Domains that accounts got, with the time, and those that they lost."""

    gained: dict[tuple[str, str], int]
    lost: dict[str, set[str]]
    at: dict[str, int]


def _moved(accounts: Mapping[str, Node], known: Known, policy: Policy) -> _Moved:
    """Return how the domains of accounts differ from those of the version before."""
    moved = _Moved({}, {}, {})
    for id, node in accounts.items():
        before = known.nodes[id][-1] if known.nodes.get(id) else None
        if before is None or not before.props:
            continue
        was, now = (companies.account_domains(one, policy) for one in (before, node))
        at = node.span.valid_from if _goes_on(node) else node.span.valid_to
        moved.gained.update({(id, domain): at for domain in now - was})
        if lost := was - now:
            moved.lost[id], moved.at[id] = lost, at
    return moved


def _ended(view: GraphView, moved: _Moved) -> dict[str, tuple[Edge, int]]:
    """Return what rests on domains that accounts lost, and when they lost them, by edge id."""
    if not moved.lost:
        return {}
    kinds = (companies.MEMBER_OF, companies.SAME_COMPANY)
    return {
        edge.id: (edge, max(moved.at.get(end, 0) for end in (edge.source, edge.target)))
        for edge in view.edges(moved.lost.keys(), kinds=kinds)
        if companies.rests_on(edge, moved.lost)
    }


def _until(ended: Mapping[str, tuple[Edge, int]]) -> Iterator[Edge]:
    """Yield edges that ended, as they held before; a correction leaves nothing of them."""
    for edge, at in ended.values():
        if edge.span.valid_from < at:
            yield msgspec.structs.replace(edge, span=Span(edge.span.valid_from, at))


def _after(edge: Edge, ended: Mapping[str, tuple[Edge, int]]) -> Edge:
    """Return a new edge; in place of one that ended it begins where that one ends."""
    if edge.id not in ended:
        return edge
    return msgspec.structs.replace(edge, span=Span(max(edge.span.valid_from, ended[edge.id][1])))


def _goes_on(fact: Edge | Node) -> bool:
    return fact.span.valid_to == FOREVER


def _mates(
    related: Iterable[Node], people: Mapping[str, set[str]], policy: Policy
) -> dict[str, set[str]]:
    """Return the domains of identities that the store holds and an account of the batch names."""
    prefix = companies.mailbox_key("")
    out: dict[str, set[str]] = {}
    for node in of_kind(related, "Blocks"):
        id = facts.identity_of(node.id)
        found = {key[len(prefix) :] for key in node.keys if key.startswith(prefix)}
        if found and id not in people:
            out[id] = {domain for domain in found if companies.is_company(domain, policy)}
    return out
