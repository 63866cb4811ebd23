"""Who is who, decided again from nothing, under the ids that customers have already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from omnimemory.identity.evidence import Evidence
from omnimemory.identity.ledger import Ledger, Why
from omnimemory.identity.neighbours import Neighbourhood
from omnimemory.identity.policy import Policy
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.statistics import Statistics
from omnimemory.model.time import FOREVER

_PAGE: Final = 2_000


def again(
    near: Neighbourhood,
    policy: Policy,
    statistics: Statistics,
    *,
    without: Collection[str] = (),
    elsewhere: Mapping[str, int] | None = None,
) -> Neighbourhood:
    """Return a neighbourhood as a policy makes it of its identities.

    Cannot-links hold, and so do merges that a person decided.

    Args:
        near: As it is.
        policy: What decides.
        statistics: What is known of names and identifiers; it learns.
        without: Identities that are no more, and customer ids that must not be used again.
        elsewhere: How many customers hold a key, where not all are near.
    """
    ledger = Ledger()
    ledger.apart = near.ledger.apart
    for key, customers in (elsewhere or {}).items():
        ledger.known_elsewhere(key, customers)
    resolver = Resolver(policy, ledger, statistics)
    members = {
        id: one
        for profile in near.ledger.profiles.values()
        for id, one in profile.members.items()
        if id not in without
    }
    for position, id in enumerate(sorted(members), 1):
        resolver.add(members[id])
        if position % _PAGE == 0:
            resolver.settle()
    resolver.settle()
    _join_told(near, ledger)
    decided = _under_known_ids(near, ledger, members, without)
    return Neighbourhood(decided, near.links, near.around, near.customers)


def _join_told(near: Neighbourhood, ledger: Ledger) -> None:
    """Merge what a person said is one."""
    for id, link in sorted(near.links.items()):
        beside = link.props.get("beside")
        if beside in ledger.customer_of and id in ledger.customer_of:
            kept, gone = ledger.customer_of[beside], ledger.customer_of[id]
            if kept != gone and not ledger.forbidden(ledger.profiles[kept], ledger.profiles[gone]):
                ledger.merge(gone, kept)


def _under_known_ids(
    near: Neighbourhood,
    ledger: Ledger,
    members: Mapping[str, Evidence],
    without: Collection[str],
) -> Ledger:
    """Return the new customers under the ids that most of their identities have now."""
    out = Ledger()
    out.apart = ledger.apart
    out.merged = dict(near.ledger.merged)
    out.age = dict(near.ledger.age)
    out.taken, out.serial = near.ledger.taken, near.ledger.serial
    out.came_from = near.ledger.came_from
    was = near.ledger.customer_of
    ordered = sorted(ledger.profiles.values(), key=lambda one: (-len(one.members), one.id))
    names: dict[str, str] = {}
    for profile in ordered:
        votes = Counter(was[id] for id in profile.members)
        best = sorted(votes, key=lambda one: (-votes[one], near.ledger.age.get(one, FOREVER), one))
        free = next((id for id in best if id not in out.profiles and id not in without), None)
        name = free or out.fresh_id(best[0], list(profile.members))
        names[profile.id] = name
        for id in sorted(profile.members):
            out.put(name, members[id])
            out.why[id] = ledger.why.get(id, Why("attached"))
    for gone in near.customers - out.profiles.keys() - set(without):
        ids = near.ledger.profiles[gone].members if gone in near.ledger.profiles else ()
        homes = Counter(out.customer_of[id] for id in ids if id in out.customer_of)
        if homes:
            out.merged[gone] = homes.most_common(1)[0][0]
    for left, others in ledger.questions.items():
        for right, score in others.items():
            if left in names and right in names:
                out.ask(names[left], names[right], score)
    return out
