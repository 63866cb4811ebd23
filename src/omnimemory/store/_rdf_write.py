"""One commit to an RDF engine: what is known, what may be written, and the update."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.time import FOREVER, Span
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rdf_tally as tally
from omnimemory.store import _rows
from omnimemory.store._rdf_engine import Engine, Question, Row, Update
from omnimemory.store._rdf_tally import End, Kept
from omnimemory.store._rdf_terms import (
    Iri,
    Triple,
    Value,
    end,
    entity_of,
    kind_of,
    moment_of,
    version_of,
)


class Known(NamedTuple):
    """What a tenant's graph says about the nodes and facts that a batch names.

    Attributes:
        head: The newest revision; 0 for an empty tenant.
        landed: The revision that this very batch has already, if its answer was lost.
        kinds: The kind of each node.
        touched: The revision that last wrote what each node owns.
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
    moved_keys: set[str]
    opened: dict[Iri, Fact]
    erased: dict[Iri, Fact]
    standing: set[Iri]
    tallies: dict[End, tuple[str, Kept]]


def look_up(engine: Engine, graph: Iri, changes: Changes, *, base: int, token: str) -> Known:
    """Return what is known before a commit, in one request, or two if it erases.

    Args:
        engine: Where to look.
        graph: The tenant's graph.
        changes: A batch that was checked.
        base: The revision it was planned from.
        token: Names the batch.
    """
    targets = {fact.target for fact in (*changes.add, *changes.retire) if isinstance(fact, Edge)}
    owners = {fact.owner for fact in changes.retire} - changes.erase
    asked: tuple[tuple[str, dict[str, Value | list[str]]], ...] = (
        (sparql.HEAD, {}),
        (sparql.LANDED, {"token": token}),
        (sparql.ENTITIES, {"ids": _rows.names(changes.owners | targets)}),
        (sparql.KEYS_TOUCHED, {"keys": _rows.names(changes.keys), "base": base}),
        (sparql.OPEN, {"ids": _rows.names(owners)}),
        (sparql.ERASED, {"ids": _rows.names(changes.erase)}),
        (sparql.TALLIES, {"ids": _rows.names(targets - changes.erase)}),
    )
    head, landed, entities, keys, opened, erased, tallies = engine.ask(
        *(Question(template, {"graph": graph, **values}) for template, values in asked)
    )
    gone = {v: _rows.read(body, kind_of(graph, v)) for v, body, _ in erased}
    left = {fact.target for fact in gone.values() if isinstance(fact, Edge)} - targets
    if left - changes.erase:
        ids = _rows.names(left - changes.erase)
        tallies += engine.rows(sparql.TALLIES, graph=graph, ids=ids)
    return Known(
        head=head[0][0] if head else 0,
        landed=landed[0][0] if landed else None,
        kinds={id: kind for id, kind, _ in entities},
        touched={id: touched for id, _, touched in entities},
        moved_keys={key for (key,) in keys},
        opened=_closing(graph, changes, opened, gone),
        erased=gone,
        standing={v for v, _, closed in erased if closed is None},
        tallies={End(id, kept.kind): (text, kept) for id, text, kept in _kept(tallies)},
    )


def _kept(rows: Iterable[Row]) -> Iterator[tuple[str, str, Kept]]:
    return ((id, text, tally.read(text)) for id, text in rows)


def _closing(
    graph: Iri, changes: Changes, rows: Iterable[Row], gone: Collection[Iri]
) -> dict[Iri, Fact]:
    """Return the open versions that a batch retires."""
    retired = {(fact.id, fact.span.valid_from) for fact in changes.retire}
    read = {v: _rows.read(body, kind_of(graph, v)) for v, body in rows if v not in gone}
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
        moved = {id for id in changes.owners if known.touched.get(id, 0) > base}
        if moved | known.moved_keys:
            raise ConflictError(base=base, touched=moved | known.moved_keys)
    kinds = {id: kind for id, kind in known.kinds.items() if id not in changes.erase}
    touched = changes.owners & kinds.keys()
    fresh = _rows.settle(changes.add, kinds, base=moved_from)
    tallies = list(_tallied(changes, known, kinds).at(revision))
    erased_entities = [entity_of(graph, id) for id in sorted(changes.erase & known.kinds.keys())]
    return revision, Update(
        graph=graph,
        head=known.head,
        drop=[*sorted(known.erased), *erased_entities],
        delete=[
            *(Triple(entity_of(graph, id), "touched", known.touched[id]) for id in sorted(touched)),
            *([Triple(graph, "revision", known.head)] if known.head else []),
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
            *(Triple(version, "closed", revision) for version in known.opened),
            *(Triple(entity_of(graph, id), "touched", revision) for id in sorted(touched)),
            *_entities(graph, fresh, revision),
            *(
                Triple(entity_of(graph, where.target), "tally", tally.written(kept))
                for where, kept in tallies
            ),
            *_added(graph, changes.add, kinds, revision),
        ],
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


def _entities(graph: Iri, fresh: dict[str, str], revision: int) -> Iterator[Triple]:
    for id, kind in fresh.items():
        entity = entity_of(graph, id)
        yield Triple(entity, "entity", id)
        yield Triple(entity, "entity_kind", kind)
        yield Triple(entity, "touched", revision)


def _added(
    graph: Iri, facts: Iterable[Fact], kinds: dict[str, str], revision: int
) -> Iterator[Triple]:
    for position, fact in enumerate(facts):
        version = version_of(graph, fact, revision, position)
        span = Span(fact.span.valid_from, fact.span.valid_to, revision)
        shown: dict[str, Value] = {
            "valid_from": span.valid_from,
            "recorded_from": span.recorded_from,
            "body": _rows.dump(msgspec.structs.replace(fact, span=span)),
        }
        if span.valid_to != FOREVER:
            shown["valid_to"] = span.valid_to
        for name, value in (*shown.items(), *_found_by(fact, kinds)):
            yield Triple(version, name, value)


def _found_by(fact: Fact, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    match fact:
        case Node():
            yield "node", fact.id
            yield "kind", fact.kind
            yield from (("key", key) for key in sorted(fact.keys))
        case Edge():
            yield "source", fact.source
            yield "target", fact.target
            yield "to", end(fact.target, fact.kind)
            week = tally.week_of(fact.span.valid_from)
            yield "in", tally.in_week(end(fact.target, fact.kind), week)
            yield "source_kind", kinds[fact.source]
        case Passage():
            yield "about", fact.about
