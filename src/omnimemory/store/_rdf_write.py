"""One commit to an RDF engine: what is known, what may be written, and the update."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

import msgspec

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.time import FOREVER, Span
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rdf_tally as tally
from omnimemory.store import _rows
from omnimemory.store._rdf_engine import Engine, Question, Row, Update
from omnimemory.store._rdf_sparql import Star
from omnimemory.store._rdf_tally import End, Kept
from omnimemory.store._rdf_terms import (
    Iri,
    Triple,
    Value,
    entity_of,
    kind_of,
    mark_of,
    moment_of,
    version_of,
)


class Known(NamedTuple):
    """What a tenant's graph says about the nodes and facts that a batch names.

    Attributes:
        head: The newest revision; 0 for an empty tenant.
        landed: The revision that this very batch has already, if its answer was lost.
        kinds: The kind of each node.
        touched: The revision that last wrote what each node owns, kept with its entity.
        once: The same of nodes that have no entity, since all that they own came with them.
        moved_keys: Keys of added nodes that were written to since the batch was planned.
        opened: Versions that the batch closes.
        erased: Versions that the batch erases.
        standing: Those of the erased that are not closed.
        tallies: What is kept of the edges at each end that the batch changes, with its text.
    """

    head: int
    landed: int | None
    kinds: dict[str, str]
    touched: dict[str, int]
    once: dict[str, int]
    moved_keys: set[str]
    opened: dict[Iri, Fact]
    erased: dict[Iri, Fact]
    standing: set[Iri]
    tallies: dict[End, tuple[str, Kept]]


def look_up(engine: Engine, graph: Iri, changes: Changes, *, base: int, token: str) -> Known:
    """Return what is known before a commit, in two requests, or four if it erases.

    Args:
        engine: Where to look.
        graph: The tenant's graph.
        changes: A batch that was checked.
        base: The revision it was planned from.
        token: Names the batch.
    """

    def ask(*asked: tuple[Star, Sequence[Value]]) -> list[list[Row]]:
        values = ((star, {"graph": graph, "ids": ids}) for star, ids in asked)
        return engine.ask(*(Question(star, some) for star, some in values))

    targets = {fact.target for fact in (*changes.add, *changes.retire) if isinstance(fact, Edge)}
    named = {entity_of(graph, id): id for id in _rows.names(changes.owners | targets)}
    owners = _rows.names({fact.owner for fact in changes.retire} - changes.erase)
    head, landed, entities, keys, tallies, *opened = ask(
        (sparql.HEAD, [graph]),
        (sparql.LANDED, [token]),
        (sparql.ENTITIES, list(named)),
        (sparql.WRITTEN_KEYS, _rows.names(changes.keys)),
        (sparql.TALLIES, list(named)),
        *((sparql.owned(by), owners) for by in sparql.OWNERS),
    )
    kinds = {named[e]: kind for e, kind, _ in entities}
    touched = {named[e]: revision for e, _, revision in entities}
    others = [id for id in named.values() if id not in kinds]
    once = ask((sparql.FRESH, others))[0]
    gone: dict[Iri, tuple[Fact, bool]] = {}
    if changes.erase:
        erased = _rows.names(changes.erase)
        (ending,) = ask((sparql.TALLIES, [entity_of(graph, id) for id in erased]))
        ends = sorted({tally.read(text).kind for _, text in ending})
        found = ask(*((sparql.owned(by), erased) for by in (*sparql.OWNERS, *ends)))
        gone = {
            v: (_rows.read(body, kind_of(graph, v)), until == FOREVER)
            for rows in found
            for v, body, until in rows
        }
    left = {fact.target for fact, _ in gone.values() if isinstance(fact, Edge)}
    more = {entity_of(graph, id): id for id in _rows.names(left - changes.erase - targets)}
    if more:
        tallies += ask((sparql.TALLIES, list(more)))[0]
        named |= more
    kept = ((named[e], text, tally.read(text)) for e, text in tallies)
    return Known(
        head=head[0][0] if head else 0,
        landed=landed[0][0] if landed else None,
        kinds=kinds | {id: kind for id, kind, *_ in once},
        touched=touched,
        once={id: revision for id, _, revision, _ in once},
        moved_keys={key for key, *times in keys if any(base < at < FOREVER for at in times)},
        opened=_closing(graph, changes, [row for rows in opened for row in rows], gone),
        erased={v: fact for v, (fact, _) in gone.items()},
        standing={v for v, (_, stands) in gone.items() if stands},
        tallies={
            End(id, one.kind): (text, one) for id, text, one in kept if id not in changes.erase
        },
    )


def _closing(
    graph: Iri, changes: Changes, rows: Iterable[Row], gone: Collection[Iri]
) -> dict[Iri, Fact]:
    """Return the open versions that a batch retires."""
    retired = {(fact.id, fact.span.valid_from) for fact in changes.retire}
    still = {v: body for v, body, until in rows if until == FOREVER and v not in gone}
    read = {v: _rows.read(body, kind_of(graph, v)) for v, body in still.items()}
    return {v: fact for v, fact in read.items() if (fact.id, fact.span.valid_from) in retired}


def plan(
    graph: Iri,
    changes: Changes,
    known: Known,
    *,
    base: int,
    at: int | None,
    clock: Callable[[], int],
    token: str,
) -> tuple[int, Update]:
    """Return the revision of a commit, and the update that makes it.

    Raises:
        ConflictError: What the batch writes has moved on since ``base``.
        InputError: The batch cannot be applied.
    """
    revision = _rows.next_revision(known.head, at=at, clock=clock)
    moved_from = None if known.head == base else base
    if moved_from is not None:
        last = known.once | known.touched
        moved = {id for id in changes.owners if last.get(id, 0) > base}
        if moved | known.moved_keys:
            raise ConflictError(base=base, touched=moved | known.moved_keys)
    kinds = {id: kind for id, kind in known.kinds.items() if id not in changes.erase}
    touched = sorted(changes.owners & kinds.keys())
    _rows.settle(changes.add, kinds, base=moved_from)
    tallies = list(_tallied(changes, known, kinds).at(revision))
    batch = f"{revision}-{uuid4().hex[:8]}"
    names = {version_of(graph, fact, batch, n): fact for n, fact in enumerate(changes.add)}
    entities = {id: entity_of(graph, id) for id in touched}
    return revision, Update(
        graph=graph,
        head=known.head,
        drop=[*sorted(known.erased), *(entity_of(graph, id) for id in sorted(changes.erase))],
        delete=[
            *(
                Triple(entities[id], "touched", known.touched[id])
                for id in touched
                if id in known.touched
            ),
            *([Triple(graph, "revision", known.head)] if known.head else []),
            *(Triple(version, "recorded_to", FOREVER) for version in known.opened),
            *(
                Triple(entity_of(graph, where.target), "tally", known.tallies[where][0])
                for where, _ in tallies
                if where in known.tallies
            ),
        ],
        insert=[
            Triple(graph, "revision", revision),
            Triple(moment_of(graph, revision), "moment", revision),
            Triple(moment_of(graph, revision), "token", token),
            *(Triple(version, "recorded_to", revision) for version in known.opened),
            *(Triple(entities[id], "entity_kind", kinds[id]) for id in touched),
            *(Triple(entity, "touched", revision) for entity in entities.values()),
            *(
                Triple(entity_of(graph, where.target), "tally", tally.written(kept))
                for where, kept in tallies
            ),
        ],
        ahead=list(_added(names, revision)),
        reveal=[Triple(version, "recorded_to", FOREVER) for version in names],
        mark=Triple(mark_of(graph, batch), "staged", len(names)),
    )


def _tallied(changes: Changes, known: Known, kinds: dict[str, str]) -> tally.Changed:
    """Return the tallies of the ends where edges come or go; those of erased nodes go whole."""
    before = {where: kept for where, (_, kept) in known.tallies.items()}
    changed = tally.Changed(before, known.kinds | kinds)
    going = [*known.opened.values(), *(known.erased[v] for v in known.standing)]
    for fact in going:
        if isinstance(fact, Edge) and fact.target not in changes.erase:
            changed.remove(fact)
    for fact in changes.add:
        if isinstance(fact, Edge):
            changed.add(fact)
    return changed


def _added(names: Mapping[Iri, Fact], revision: int) -> Iterator[Triple]:
    for version, fact in names.items():
        span = Span(fact.span.valid_from, fact.span.valid_to, revision)
        yield Triple(version, "body", _rows.dump(msgspec.structs.replace(fact, span=span)))
        yield Triple(version, "recorded_from", revision)
        yield Triple(version, "valid_from", span.valid_from)
        if span.valid_to != FOREVER:
            yield Triple(version, "valid_to", span.valid_to)
        for name, value in _found_by(fact):
            yield Triple(version, name, value)


def _found_by(fact: Fact) -> Iterator[tuple[str, str]]:
    match fact:
        case Node():
            yield "node", fact.id
            yield "kind", fact.kind
            yield from (("key", key) for key in sorted(fact.keys))
        case Edge():
            yield "source", fact.source
            yield fact.kind, fact.target
            week = tally.week_of(fact.span.valid_from)
            yield "in", tally.in_week(fact.target, fact.kind, week)
        case Passage():
            yield "about", fact.about
