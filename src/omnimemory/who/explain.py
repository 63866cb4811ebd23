"""Why two are one or not, and how a customer was put together: in words and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.neighbours import Neighbourhood
from omnimemory.identity.pair import Finding
from omnimemory.identity.policy import Policy, Verdict
from omnimemory.identity.scoring import MODEL, score
from omnimemory.identity.statistics import Statistics
from omnimemory.model.facts import Edge
from omnimemory.model.time import to_datetime
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphView
from omnimemory.who.names import customer_of, side


class Why(msgspec.Struct, frozen=True):
    """The bits for and against that two sides are one person.

    Attributes:
        left: One identity or customer.
        right: The other.
        together: Whether they are one customer now.
        posterior: The probability by evidence alone.
        findings: What was compared, what it is worth, in the order it was found.
        verdict: What the policy would decide.
        kept_apart: Who said that they are two people, and why.
    """

    left: str
    right: str
    together: bool
    posterior: float
    findings: tuple[Finding, ...]
    verdict: Verdict
    kept_apart: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return msgspec.to_builtins(self) | {"bits": round(sum(f.bits for f in self.findings), 2)}

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        now = "one customer" if self.together else "two customers"
        yield f"{self.left} and {self.right}: {now}; {self.posterior:.1%} by evidence"
        for one in sorted(self.findings, key=lambda one: -abs(one.bits)):
            yield f"  {words(one)}"
        if self.kept_apart:
            yield from (f"  kept apart: {reason}" for reason in self.kept_apart)
        else:
            yield f"  the policy says: {self.verdict}"


def words(one: Finding) -> str:
    """Return a finding in words: ``+7.1 bits: given name same (dana)``."""
    value = f" ({one.value})" if one.value else ""
    return f"{one.bits:+5.1f} bits: {one.feature} {one.level}{value}"


def why(
    view: GraphView,
    left: Customer | str,
    right: Customer | str,
    policy: Policy,
    statistics: Statistics,
) -> Why:
    """Return what speaks for and against that two identities or customers are one person."""
    one, here = side(view, left, policy)
    other, there = side(view, right, policy)
    owners = here.ledger.owners if here.customers == there.customers else _two(here, there)
    found = score(one, other, statistics, owners, policy.unique)
    apart = [
        edge
        for edge in view.edges(list(one.members), kinds=[facts.CANNOT_LINK])
        if {edge.source, edge.target} & one.members.keys()
        and {edge.source, edge.target} & other.members.keys()
    ]
    return Why(
        left if isinstance(left, str) else left.id,
        right if isinstance(right, str) else right.id,
        here.customers == there.customers,
        round(found.posterior, 4),
        found.findings,
        policy.on_customers(found),
        tuple(f"{edge.props.get('by')}: {edge.props.get('reason')}" for edge in apart),
    )


def _two(here: Neighbourhood, there: Neighbourhood) -> Callable[[str], int]:
    def owners(key: str) -> int:
        return max(here.ledger.owners(key), there.ledger.owners(key))

    return owners


class Step(msgspec.Struct, frozen=True):
    """One decision about one identity.

    Attributes:
        at: When it was recorded.
        identity: Whose.
        customer: The customer that it went to.
        decision: ``new``, ``attached``, ``merged`` or ``split``.
        by: The policy or person.
        reason: What a person said.
        posterior: How likely it was by evidence.
        findings: What that rested on.
    """

    at: datetime
    identity: str
    customer: str
    decision: str
    by: str
    reason: str = ""
    posterior: float | None = None
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return msgspec.to_builtins(self)

    def __str__(self) -> str:
        sure = "" if self.posterior is None else f" at {self.posterior:.1%}"
        why = f": {self.reason}" if self.reason else ""
        best = sorted(self.findings, key=lambda one: -abs(one.bits))[:_MOST_WORDS]
        shown = "".join(f"\n    {words(one)}" for one in best)
        return (
            f"{self.at:%Y-%m-%d %H:%M} {self.identity} {self.decision}{sure} "
            f"by {self.by} → {self.customer}{why}{shown}"
        )


def how(view: GraphView, customer: Customer | str) -> list[Step]:
    """Return how a customer was put together, step by step, oldest first."""
    id = customer_of(view, customer)
    members = [edge.source for edge in view.edges([id], kinds=[facts.SAME_AS], at="target")]
    steps = [
        fact
        for fact in view.versions(members)
        if isinstance(fact, Edge) and fact.kind == facts.SAME_AS
    ]
    return [step_of(edge) for edge in _in_order(steps)]


def _in_order(edges: Iterable[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (edge.span.recorded_from, edge.id))


def step_of(edge: Edge) -> Step:
    """Return the decision that a ``SAME_AS`` edge carries."""
    props = edge.props
    return Step(
        to_datetime(edge.span.recorded_from),
        edge.source,
        edge.target,
        props.get("decision", "attached"),
        props.get("by", props.get("model", MODEL)),
        props.get("reason", ""),
        props.get("posterior"),
        facts.read_findings(edge),
    )


_MOST_WORDS = 4
