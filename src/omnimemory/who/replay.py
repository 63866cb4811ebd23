"""What another policy would make of all identities: first as a dry run, then applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.decide import Decision, written
from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import Ledger, Why
from omnimemory.identity.neighbours import Neighbourhood, gather
from omnimemory.identity.policy import Policy
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Node
from omnimemory.model.time import FOREVER
from omnimemory.store.base import GraphView

_PAGE: Final = 2_000


class Replay(msgspec.Struct, frozen=True):
    """What a policy would change.

    Attributes:
        policy: The policy's name.
        identities: How many identities were decided again.
        merges: Customers that would become one, as (gone, kept).
        splits: Identities that would leave, as (customer, new customer, identities).
        applied: The revision that recorded it; None after a dry run.
    """

    policy: str
    identities: int
    merges: tuple[tuple[str, str], ...]
    splits: tuple[tuple[str, str, tuple[str, ...]], ...]
    applied: int | None
    _apply: Callable[[], Replay] | None = None

    def apply(self) -> Replay:
        """Write it, decided again if somebody wrote since; return what was written."""
        return self if self._apply is None else self._apply()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "policy": self.policy,
            "identities": self.identities,
            "merges": [list(one) for one in self.merges],
            "splits": [[old, new, list(ids)] for old, new, ids in self.splits],
            "applied": self.applied,
        }

    def __str__(self) -> str:
        done = "applied" if self.applied else "a dry run"
        counts = f"{len(self.merges)} merges, {len(self.splits)} splits"
        lines = [f"{self.policy} over {self.identities} identities ({done}): {counts}"]
        lines += [f"  merge {gone} into {kept}" for gone, kept in self.merges[:_SHOWN]]
        lines += [
            f"  split {len(ids)} of {old} off as {new}" for old, new, ids in self.splits[:_SHOWN]
        ]
        return "\n".join(lines)


def replay(view: GraphView, policy: Policy) -> tuple[Decision, int]:
    """Return what leads from who is who now to what a policy makes of it, and of how many.

    Cannot-links hold, and so do merges that a person decided. All identities of the tenant are
    held in memory, about 4 kB each.
    """
    nodes = _identities(view)
    links = view.edges(list(nodes), kinds=[facts.SAME_AS], at="source") if nodes else []
    near = gather(view, nodes, links, policy)
    ledger = Ledger()
    ledger.apart = near.ledger.apart
    resolver = Resolver(policy, ledger, Statistics())
    members = {
        id: one for profile in near.ledger.profiles.values() for id, one in profile.members.items()
    }
    for position, id in enumerate(sorted(members), 1):
        resolver.add(members[id])
        if position % _PAGE == 0:
            resolver.settle()
    resolver.settle()
    _join_told(near, ledger)
    again = _under_known_ids(near, ledger, members)
    moved = Neighbourhood(again, near.links, near.around, near.customers)
    return written(moved, by=f"policy:{policy.name}", reason="replay"), len(members)


def _identities(view: GraphView) -> dict[str, Node]:
    out: dict[str, Node] = {}
    after: str | None = None
    while found := view.find(kind="Identity", after=after, limit=_PAGE):
        out |= {node.id: node for node in found}
        after = found[-1].id
    return out


def _join_told(near: Neighbourhood, ledger: Ledger) -> None:
    """Merge what a person said is one."""
    for id, link in sorted(near.links.items()):
        beside = link.props.get("beside")
        if beside in ledger.customer_of and id in ledger.customer_of:
            kept, gone = ledger.customer_of[beside], ledger.customer_of[id]
            if kept != gone and not ledger.forbidden(ledger.profiles[kept], ledger.profiles[gone]):
                ledger.merge(gone, kept)


def _under_known_ids(near: Neighbourhood, ledger: Ledger, members: dict[str, Evidence]) -> Ledger:
    """Return the new customers under the ids that most of their identities have now."""
    out = Ledger()
    out.apart = ledger.apart
    out.merged = dict(near.ledger.merged)
    out.age = dict(near.ledger.age)
    was = near.ledger.customer_of
    ordered = sorted(ledger.profiles.values(), key=lambda one: (-len(one.members), one.id))
    names: dict[str, str] = {}
    for profile in ordered:
        votes = Counter(was[id] for id in profile.members)
        best = sorted(votes, key=lambda one: (-votes[one], near.ledger.age.get(one, FOREVER), one))
        free = next((id for id in best if id not in out.profiles), None)
        name = free or _fresh(out, best[0], profile.members)
        names[profile.id] = name
        for id in sorted(profile.members):
            out.put(name, members[id])
            out.why[id] = ledger.why.get(id, Why("attached"))
    for gone in near.customers - out.profiles.keys():
        ids = near.ledger.profiles[gone].members if gone in near.ledger.profiles else ()
        homes = Counter(out.customer_of[id] for id in ids)
        if homes:
            out.merged[gone] = homes.most_common(1)[0][0]
    for left, others in ledger.questions.items():
        for right, score in others.items():
            if left in names and right in names:
                out.ask(names[left], names[right], score)
    return out


def _fresh(ledger: Ledger, customer: str, identities: dict[str, Evidence]) -> str:
    return ledger.fresh_id(customer, list(identities))


_SHOWN: Final = 20
