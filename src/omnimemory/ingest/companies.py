"""The companies of a batch: who belongs to which account, and which accounts are one company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omnimemory.identity import companies, facts
from omnimemory.identity.policy import Policy
from omnimemory.ingest.drafts import Drafts
from omnimemory.ingest.plan import Known, Planned
from omnimemory.model.facts import Edge, Node, of_kind
from omnimemory.store.base import GraphView


def sought_keys(drafts: Drafts, policy: Policy) -> set[str]:
    """Return the keys by which companies and their people may be known already."""
    return companies.sought(((one.kind, one.keys) for one in drafts.nodes), policy)


def place(
    view: GraphView, planned: Planned, known: Known, related: Iterable[Node], policy: Policy
) -> list[Edge]:
    """Return memberships by address and links between accounts that are new.

    Keys stay with a node, so these do too. What a source told of memberships stays as it told
    it. One read more is needed where something seems new.

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
        return []
    people = {
        id: companies.domains(node.keys, policy)
        for id, node in planned.nodes.items()
        if node.kind == "Identity"
    }
    mates = _mates(related, people, policy) if ours else {}
    wanted = {
        **companies.memberships({**people, **mates}, accounts.values(), policy),
        **companies.same_company(accounts.values(), policy),
    }
    held = {edge.id for id in people for edge in known.edges.get(id, ())}
    held |= {fact.id for fact in planned.changes.add if isinstance(fact, Edge)}
    fresh = {id: edge for id, edge in wanted.items() if id not in held}
    if fresh:
        kinds = (companies.MEMBER_OF, companies.SAME_COMPANY)
        sources = list(dict.fromkeys(edge.source for edge in fresh.values()))
        for edge in view.edges(sources, kinds=kinds, at="source"):
            fresh.pop(edge.id, None)
    return list(fresh.values())


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
