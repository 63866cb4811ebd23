"""The review queue: who may be one person, the most valuable questions first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec

from omnimemory.errors import InputError
from omnimemory.identity import facts
from omnimemory.identity.pair import Finding
from omnimemory.model.facts import Edge
from omnimemory.reads.customers import Customer, read_customers
from omnimemory.store.base import GraphView
from omnimemory.who.explain import words

Answer: TypeAlias = Literal["same", "different"]
_PAGE: Final = 1_000


class Question(msgspec.Struct, frozen=True):
    """Whether two customers are one person.

    Attributes:
        left: One customer.
        right: The other.
        posterior: How likely it is that they are one.
        findings: What speaks for and against it.
        value: How many pairs of records a yes would join, times how likely it is.
    """

    left: Customer
    right: Customer
    posterior: float
    findings: tuple[Finding, ...]
    value: float
    _answer: Callable[[Question, Answer, str, str], object]

    def answer(self, answer: Answer, *, by: str, reason: str = "review") -> object:
        """Merge the two, or keep them apart for good.

        Raises:
            InputError: It was answered before, or its identities moved since.
        """
        if answer not in ("same", "different"):
            raise InputError(f"answer 'same' or 'different', not {answer!r}")
        return self._answer(self, answer, by, reason)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "left": self.left.to_dict(),
            "right": self.right.to_dict(),
            "posterior": self.posterior,
            "value": round(self.value, 2),
            "findings": msgspec.to_builtins(self.findings),
        }

    def __str__(self) -> str:
        best = sorted(self.findings, key=lambda one: -abs(one.bits))
        lines = [f"{self.posterior:.0%}: {self.left}", f"  or {self.right}"]
        return "\n".join([*lines, *(f"    {words(one)}" for one in best)])

    def __repr__(self) -> str:
        return f"<Question {self.left.id} or {self.right.id}: {self.posterior:.0%}>"


def review(
    view: GraphView, limit: int, answer: Callable[[Question, Answer, str, str], object]
) -> list[Question]:
    """Return open questions, the most valuable first: many records, likely one person."""
    if limit < 1:
        raise InputError(f"limit is {limit}; it must be at least 1")
    edges = list(_open(view))
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    sizes: dict[str, int] = {}
    for edge in view.edges(ends, kinds=[facts.SAME_AS], at="target") if ends else ():
        sizes[edge.target] = sizes.get(edge.target, 0) + 1

    def value(edge: Edge) -> float:
        pairs = sizes.get(edge.source, 0) * sizes.get(edge.target, 0)
        return edge.props["posterior"] * pairs

    best = sorted(edges, key=lambda edge: (-value(edge), edge.id))[:limit]
    shown = {end for edge in best for end in (edge.source, edge.target)}
    people = {one.id: one for one in read_customers(view, shown)} if shown else {}
    return [
        Question(
            people[edge.source],
            people[edge.target],
            edge.props["posterior"],
            facts.read_findings(edge),
            value(edge),
            answer,
        )
        for edge in best
        if {edge.source, edge.target} <= people.keys()
    ]


def _open(view: GraphView) -> Iterator[Edge]:
    after: str | None = None
    while nodes := view.find(kind="Customer", after=after, limit=_PAGE):
        after = nodes[-1].id
        yield from view.edges([n.id for n in nodes], kinds=[facts.POSSIBLE], at="source")
        if len(nodes) < _PAGE:
            return


def check_open(view: GraphView, question: Question) -> None:
    """Raise `InputError` unless a question still stands."""
    left, right = sorted((question.left.id, question.right.id))
    edges = view.edges([left], kinds=[facts.POSSIBLE], at="source")
    if right not in {edge.target for edge in edges}:
        raise InputError(
            f"the question whether {left} and {right} are one is closed: it was answered, or "
            "their identities moved; identity.why tells how they stand"
        )
