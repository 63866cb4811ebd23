"""What people decide: merge, take back, answer; each is one commit, planned again on a conflict."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import product

import msgspec

from omnimemory.errors import ConflictError, InputError
from omnimemory.identity import facts
from omnimemory.identity.decide import Decision, Event, written
from omnimemory.identity.ledger import Ledger, Why, customer_id
from omnimemory.identity.policy import Policy
from omnimemory.identity.scoring import Score, score
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Changes, Edge, Fact
from omnimemory.model.ids import is_node_id
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.who.names import around, customer_of

_MOST_TRIES = 20


class Outcome(msgspec.Struct, frozen=True):
    """What came of a merge or of taking one back.

    Attributes:
        customer: The customer that stays.
        other: The one that was merged away, or that is new.
        moved: The identities that changed their customer.
        revision: The revision that recorded it.
    """

    customer: str
    other: str
    moved: tuple[str, ...]
    revision: int

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        return msgspec.to_builtins(self)

    def __str__(self) -> str:
        return f"{self.customer} and {self.other}: {len(self.moved)} identities moved"


def commit(
    store: GraphStore, tenant: str, plan: Callable[[GraphView], Decision]
) -> tuple[Decision, int]:
    """Write what a plan comes to, planned again while others come first."""
    for tries in range(1, _MOST_TRIES + 1):
        view = store.view(tenant)
        decision = plan(view)
        changes = Changes(add=decision.add, retire=decision.retire)
        try:
            return decision, store.commit(tenant, changes, base=view.revision)
        except ConflictError:
            if tries == _MOST_TRIES:
                raise
    raise AssertionError


def outcome(decision: Decision, revision: int) -> Outcome:
    """Return what a decision about two customers came to."""
    event: Event = decision.events[0]
    return Outcome(event.customer, event.other or "", event.identities, revision)


def merge(
    view: GraphView,
    left: Customer | str,
    right: Customer | str,
    policy: Policy,
    statistics: Statistics,
    *,
    by: str,
    reason: str,
) -> Decision:
    """Return what makes two customers one because somebody says so.

    Raises:
        InputError: They are one already, or somebody said that they are two.
        NotFoundError: One of them is nobody here.
    """
    check_said(by, reason)
    one, other = customer_of(view, left), customer_of(view, right)
    if one == other:
        raise InputError(f"{_name(left)} and {_name(right)} are one customer already: {one}")
    near = around(view, [one, other], policy)
    ledger = near.ledger
    if ledger.forbidden(ledger.profiles[one], ledger.profiles[other]):
        raise InputError(
            f"{one} and {other} are kept apart by an earlier decision; identity.why tells whose, "
            "identity.allow takes it back"
        )
    found = score(
        ledger.profiles[one], ledger.profiles[other], statistics, ledger.owners, policy.unique
    )
    kept, gone = sorted((one, other), key=lambda id_: (ledger.age[id_], id_))
    moved = list(ledger.profiles[gone].members)
    beside = min(ledger.profiles[kept].members)
    ledger.merge(gone, kept)
    ledger.settle(gone, kept)
    ledger.why.update(dict.fromkeys(moved, Why("merged", found)))
    decision = written(near, by=by, reason=reason)
    return msgspec.structs.replace(
        decision, add=tuple(_told(fact, beside) for fact in decision.add)
    )


def _told(fact: Fact, beside: str) -> Fact:
    """Return a ``SAME_AS`` edge that names an identity which a person said is the same."""
    if isinstance(fact, Edge) and fact.kind == facts.SAME_AS:
        return msgspec.structs.replace(fact, props={**fact.props, "beside": beside})
    return fact


def unmerge(
    view: GraphView, identities: Collection[str], policy: Policy, *, by: str, reason: str
) -> Decision:
    """Return what makes identities of one customer another, and keeps the two apart.

    Raises:
        InputError: They are of several customers, or all of one.
        NotFoundError: One of them is no identity here.
    """
    check_said(by, reason)
    if isinstance(identities, str) or not identities:
        raise InputError(f"unmerge takes a collection of identity ids, not {identities!r}")
    for id in identities:
        if not is_node_id(id, "Identity"):
            raise InputError(f"{id!r} is no identity; identity.how lists those of a customer")
    customers = {customer_of(view, id) for id in identities}
    if len(customers) > 1:
        raise InputError(f"these are of {len(customers)} customers: {', '.join(sorted(customers))}")
    (customer,) = customers
    near = around(view, [customer], policy)
    members = near.ledger.profiles[customer].members
    rest = members.keys() - set(identities)
    if not rest:
        raise InputError(f"nothing of {customer} would be left; name fewer of its identities")
    began = customer in {customer_id(id) for id in identities}
    has_own = near.ledger.ids_before(customer, identities)
    swap = began and not has_own and near.ledger.ids_before(customer, rest)
    split(near.ledger, customer, sorted(rest) if swap else identities)
    decision = written(near, by=by, reason=reason)
    apart = [
        facts.cannot_link(one, other, by=by, reason=reason)
        for one, other in product(sorted(identities), sorted(rest))
        if other not in near.ledger.apart.get(one, ())
    ]
    return msgspec.structs.replace(decision, add=(*decision.add, *apart))


def split(ledger: Ledger, customer: str, identities: Collection[str]) -> str:
    """Make identities of one customer another, under the id that they had if they had one."""
    fresh = ledger.fresh_id(customer, identities)
    ledger.split(customer, fresh, identities)
    ledger.why.update(dict.fromkeys(identities, Why("split")))
    return fresh


def keep_apart(
    view: GraphView, left: str, right: str, policy: Policy, *, by: str, reason: str
) -> Decision:
    """Return what says that two customers are two people, for good."""
    near = around(view, [left, right], policy)
    ledger = near.ledger
    sides = (sorted(ledger.profiles[left].members), sorted(ledger.profiles[right].members))
    ledger.settle(left, right)
    decision = written(near, by=by, reason=reason)
    apart = [
        facts.cannot_link(one, other, by=by, reason=reason)
        for one, other in product(*sides)
        if other not in ledger.apart.get(one, ())
    ]
    return msgspec.structs.replace(decision, add=(*decision.add, *apart))


def allow(view: GraphView, left: Customer | str, right: Customer | str, policy: Policy) -> Decision:
    """Return what takes back that two customers are kept apart.

    Raises:
        InputError: Nobody keeps them apart.
    """
    one, other = customer_of(view, left), customer_of(view, right)
    profiles = around(view, {one, other}, policy).ledger.profiles
    mine, theirs = profiles[one].members, profiles[other].members
    found = [
        edge
        for edge in view.edges(list(mine), kinds=[facts.CANNOT_LINK])
        if {edge.source, edge.target} & mine.keys() and {edge.source, edge.target} & theirs.keys()
    ]
    if not found:
        raise InputError(f"nobody keeps {one} and {other} apart")
    return Decision(retire=tuple(found))


def learn(statistics: Statistics, found: Score, *, same: bool) -> None:
    """Count what an answer teaches of the kinds of identifiers that were shared."""
    for one in found.findings:
        if one.level == "same" and ":" in one.value:
            statistics.met(one.feature, compatible=same)


def check_said(by: str, reason: str) -> None:
    """Raise `InputError` unless somebody says it, and why."""
    if not by.strip() or not reason.strip():
        raise InputError("say who decides and why: by='agent:kim', reason='same passport'")


def _name(given: Customer | str) -> str:
    return given.id if isinstance(given, Customer) else given
