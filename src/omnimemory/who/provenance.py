"""How a customer was put together: every decision about every identity, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from omnimemory.identity import facts
from omnimemory.identity.pair import Finding
from omnimemory.identity.scoring import MODEL
from omnimemory.model.facts import Edge
from omnimemory.model.time import to_datetime
from omnimemory.pictured import Pictured
from omnimemory.reads.customers import Customer, read_customers
from omnimemory.store.base import GraphView
from omnimemory.who.explain import heaviest, words
from omnimemory.who.names import customer_of

_MOST_WORDS: Final = 4


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
        best = heaviest(self.findings)[:_MOST_WORDS]
        shown = "".join(f"\n    {words(one)}" for one in best)
        return (
            f"{self.at:%Y-%m-%d %H:%M} {self.identity} {self.decision}{sure} "
            f"by {self.by} → {self.customer}{why}{shown}"
        )


class Provenance(msgspec.Struct, Pictured, frozen=True):
    """How a customer was put together; it iterates over its steps.

    Attributes:
        customer: As it stands now, with what holds each identity to it.
        steps: Every decision about its identities, oldest first.
    """

    customer: Customer
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, place: int) -> Step:
        return self.steps[place]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "customer": self.customer.to_dict(),
            "steps": [step.to_dict() for step in self.steps],
        }

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def __repr__(self) -> str:
        return f"<Provenance of {self.customer.id}: {len(self.steps)} steps>"


def how(view: GraphView, customer: Customer | str) -> Provenance:
    """Return how a customer was put together.

    Raises:
        NotFoundError: There is no such customer.
    """
    (found,) = read_customers(view, [customer_of(view, customer)])
    edges = (
        fact
        for fact in view.versions(found.identities)
        if isinstance(fact, Edge) and fact.kind == facts.SAME_AS
    )
    return Provenance(found, tuple(map(_step, _in_order(edges))))


def _in_order(edges: Iterable[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (edge.span.recorded_from, edge.id))


def _step(edge: Edge) -> Step:
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
