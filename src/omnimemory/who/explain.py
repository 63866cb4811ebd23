"""Why two are one or not: the bits for and against, in words and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.neighbours import Neighbourhood
from omnimemory.identity.pair import Finding
from omnimemory.identity.policy import Policy, Verdict
from omnimemory.identity.scoring import score
from omnimemory.identity.statistics import Statistics
from omnimemory.pictured import Pictured
from omnimemory.reads.customers import Customer
from omnimemory.store.base import GraphView
from omnimemory.who.names import side


class Why(msgspec.Struct, Pictured, frozen=True):
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
        for one in heaviest(self.findings):
            yield f"  {words(one)}"
        if self.kept_apart:
            yield from (f"  kept apart: {reason}" for reason in self.kept_apart)
        else:
            yield f"  the policy says: {self.verdict}"


def heaviest(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, what weighs most first, for or against."""
    return sorted(findings, key=lambda one: -abs(one.bits))


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
        policy.on_customers(found, single=min(len(one.members), len(other.members)) == 1),
        tuple(f"{edge.props.get('by')}: {edge.props.get('reason')}" for edge in apart),
    )


def _two(here: Neighbourhood, there: Neighbourhood) -> Callable[[str], int]:
    def owners(key: str) -> int:
        return max(here.ledger.owners(key), there.ledger.owners(key))

    return owners
