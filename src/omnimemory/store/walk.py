"""Several reads as one: questions about edges that may start where earlier ones led."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.facts import Edge, Node, Passage, Tally

if TYPE_CHECKING:
    from omnimemory.store.base import GraphView

EdgeSide = Literal["source", "target"]
"""Which end of an edge."""


class Ends(msgspec.Struct, frozen=True):
    """The nodes at one end of what earlier questions of a walk found.

    Attributes:
        of: Positions of those questions.
        side: Which end of their edges.
        prefix: Only ids that begin like this.
        newest: Only so many: those whose newest edge starts last, then by id.
    """

    of: tuple[int, ...]
    side: EdgeSide
    prefix: str = ""
    newest: int | None = None


class EdgeQuery(msgspec.Struct, frozen=True):
    """One question about edges; what `GraphView.edges` has too means what it means there.

    Attributes:
        touching: Node ids.
        kinds: Edge kinds.
        at: At which end the nodes stand.
        before: Only edges that hold from before this time.
        newest: Only so many, and what shares the last one's time.
        ends: In a walk, nodes that earlier questions led to; they are touched too.
        keys: Keys; the nodes that carry any of them are touched too.
    """

    touching: Collection[str] = ()
    kinds: Collection[str] | None = None
    at: EdgeSide | None = None
    before: int | None = None
    newest: int | None = None
    ends: tuple[Ends, ...] = ()
    keys: Collection[str] = ()

    def after(self, count: int) -> EdgeQuery:
        """Return the question for a walk that asks so many others before."""
        ends = [
            msgspec.structs.replace(one, of=tuple(position + count for position in one.of))
            for one in self.ends
        ]
        return msgspec.structs.replace(self, ends=tuple(ends))


class TallyQuery(msgspec.Struct, frozen=True):
    """What a walk counts: edges of these kinds that end where it led."""

    ends: Ends
    kinds: Collection[str]


class Walked(msgspec.Struct, frozen=True):
    """What a walk found.

    Attributes:
        edges: For each question its edges, newest first.
        nodes: The nodes at both ends of all of them and those asked for by id, by id.
        tallies: What was to be counted.
        passages: The passages that were asked for, by id.
    """

    edges: list[list[Edge]]
    nodes: list[Node]
    tallies: list[Tally]
    passages: list[Passage] = []


def reached(answers: Sequence[Sequence[Edge]], ends: Ends) -> list[str]:
    """Return the ids that `Ends` names, those of the newest edges first, then by id."""
    newest: dict[str, int] = {}
    for position in ends.of:
        for edge in answers[position]:
            id = edge.source if ends.side == "source" else edge.target
            at = edge.span.valid_from
            if id.startswith(ends.prefix) and newest.get(id, at - 1) < at:
                newest[id] = at
    return sorted(newest, key=lambda end: (-newest[end], end))[: ends.newest]


def check_walk(queries: Sequence[EdgeQuery]) -> None:
    """Raise `InputError` for a question that starts from itself or from a later one."""
    for position, query in enumerate(queries):
        if any(of >= position for ends in query.ends for of in ends.of):
            raise InputError(f"question {position} of a walk may start from earlier ones only")


def step_by_step(
    view: GraphView,
    queries: Sequence[EdgeQuery],
    *,
    read: Collection[str],
    known: Collection[str],
    tally: TallyQuery | None,
    texts: Collection[str],
) -> Walked:
    """Return what `GraphView.walk` gives, with a read for each step of it."""
    answers: list[list[Edge]] = []
    for some in _levels(queries):
        answers += view.edges_for([_resolved(query, answers) for query in some])
    found = (edge for edges in answers for edge in edges)
    wanted = {*read, *(id for edge in found for id in (edge.source, edge.target))}
    return Walked(
        answers,
        view.nodes(wanted.difference(known)),
        view.tally(reached(answers, tally.ends), kinds=tally.kinds) if tally else [],
        list(view.passages(texts)) if texts else [],
    )


def _levels(queries: Sequence[EdgeQuery]) -> Iterator[Sequence[EdgeQuery]]:
    """Yield questions that can be asked together, since none starts from another."""
    start = 0
    for position, query in enumerate(queries):
        if any(of >= start for ends in query.ends for of in ends.of):
            yield queries[start:position]
            start = position
    yield queries[start:]


def _resolved(query: EdgeQuery, answers: Sequence[Sequence[Edge]]) -> EdgeQuery:
    """Return a question with the ids that earlier ones led to."""
    if not query.ends:
        return query
    ids = {*query.touching, *(id for ends in query.ends for id in reached(answers, ends))}
    return msgspec.structs.replace(query, touching=sorted(ids), ends=())


def with_carriers(view: GraphView, query: EdgeQuery) -> EdgeQuery:
    """Return a question with the ids of the nodes that carry its keys."""
    if not query.keys:
        return query
    ids = {*query.touching, *(node.id for node in view.find(keys=query.keys))}
    return msgspec.structs.replace(query, touching=sorted(ids), keys=())
