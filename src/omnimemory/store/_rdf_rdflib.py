"""The engine in process: an rdflib dataset, kept in an N-Quads file and a log beside it."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import product
from pathlib import Path
from threading import RLock
from typing import Any, Final, cast

from omnimemory.errors import MissingExtraError, SchemaError, StoreError
from omnimemory.store import _files, _rows
from omnimemory.store._rdf_engine import (
    LISTS,
    PREFIX,
    Engine,
    Question,
    Row,
    Update,
    Values,
    columns,
)
from omnimemory.store._rdf_patch import Patch, PatchLog
from omnimemory.store._rdf_sparql import Star
from omnimemory.store._rdf_terms import OM, XSD_INTEGER, XSD_STRING, Iri, Triple, Value, term

try:
    import pyoxigraph
    import rdflib
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.evaluate import evalQuery
    from rdflib.plugins.sparql.sparql import Query
except ImportError as error:
    raise MissingExtraError("rdflib", extra="rdf") from error

_LOG_BYTES: Final = 4 << 20
"""A log that is smaller than this is left beside any file."""


class RdflibEngine(Engine):
    """A dataset in memory whose updates go to a log beside its file, if it has one.

    The log is folded into the file when the store closes, when it has outgrown the file, and
    with an update that erases, so that nothing of that stays in either. An update is written
    before memory follows, so that one that fails leaves both as they were.

    Args:
        path: The file; without one nothing outlives the process.

    Raises:
        SchemaError: The file holds what no store of ours wrote.
        StoreError: The file cannot be read, or another store has it open.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.name = str(path) if path else "the dataset in memory"
        self._path = path
        self._guard = RLock()
        self._dataset = rdflib.Dataset()
        self._subjects: dict[Iri, dict[Iri, bytes]] = {}
        self._lock = None
        if path is not None:
            self._lock = _files.Lock(path.with_name(f"{path.name}.lock"), what=path)
            try:
                _files.forget_unfinished(path)
                self._log = PatchLog(path.with_name(f"{path.name}.rdfp"))
                self._load(path)
            except BaseException:
                self._lock.release()
                raise

    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        with self._guard:
            self.check_open()
            return [list(self._rows(question)) for question in questions]

    def _rows(self, question: Question) -> Iterator[Row]:
        template, values = question
        if isinstance(template, Star):
            yield from self._looked_up(template, values)
            return
        query = _prepared(template)
        names = [rdflib.Variable(name) for name in columns(template)]
        with _quiet():
            for bindings in _bindings(template, values):
                for found in evalQuery(self._dataset, query, bindings)["bindings"]:
                    yield tuple(_value(found.get(name)) for name in names)

    def _looked_up(self, star: Star, values: Values) -> Iterator[Row]:
        """Yield the rows of a star without SPARQL, which takes rdflib many times as long."""
        graph = self._dataset.graph(rdflib.URIRef(cast("Iri", values["graph"])))
        wanted = [rdflib.URIRef(OM + name) for name in star.wanted]
        for id in cast("Sequence[Value]", values["ids"]):
            for v in self._subjects_by(graph, star.by, id):
                shown = [{"v": Iri(v), "id": id}[name] for name in star.shown]
                for found in product(*(graph.objects(v, name) for name in wanted)):
                    yield (*shown, *map(_value, found))

    def _subjects_by(self, graph: Any, by: str | None, id: Value) -> Iterable[rdflib.URIRef]:
        if by is None:
            return [rdflib.URIRef(cast("Iri", id))]
        return graph.subjects(rdflib.URIRef(OM + by), _term(id))

    def update(self, update: Update) -> bool:
        with self._guard:
            self.check_open()
            if self._head(update.graph) != update.head:
                return False
            added = [*update.insert, *update.ahead, *update.reveal]
            if self._path is None:
                self._apply(update, added)
            elif update.drop:
                self._rewrite(self._path, update, added)
            else:
                gone = [_line(triple, update.graph) for triple in update.delete]
                self._log.append(Patch(gone, [_line(triple, update.graph) for triple in added]))
                self._apply(update, added)
                self._fold_if_long(self._path)
            return True

    def _rewrite(self, path: Path, update: Update, added: Sequence[Triple]) -> None:
        """Apply an update that erases, file first."""
        before = self._subjects.get(update.graph, {})
        changed = {update.graph: dict(before)}
        _change(changed[update.graph], update, added)
        _files.replace(path, _lines(self._subjects | changed))
        self._log.clear()
        self._apply(update, added)

    def _fold_if_long(self, path: Path) -> None:
        size = path.stat().st_size if path.exists() else -1
        if size < 0 or self._log.size > max(size, _LOG_BYTES):
            with suppress(StoreError):  # the log has it
                self._fold(path)

    def _fold(self, path: Path) -> None:
        """Write the file anew with all that the log has."""
        _files.replace(path, _lines(self._subjects))
        self._log.clear()

    def _head(self, graph: Iri) -> int:
        uri = rdflib.URIRef(graph)
        found = self._dataset.graph(uri).value(uri, rdflib.URIRef(f"{OM}revision"))
        return int(str(found)) if found is not None else 0

    def _apply(self, update: Update, added: Sequence[Triple]) -> None:
        """Let memory follow."""
        _change(self._subjects.setdefault(update.graph, {}), update, added)
        graph = self._dataset.graph(rdflib.URIRef(update.graph))
        for subject in update.drop:
            graph.remove((rdflib.URIRef(subject), None, None))
        for triple in update.delete:
            graph.remove(_terms(triple))
        graph.addN((*_terms(triple), graph) for triple in added)

    def scrub(self) -> None:
        with self._guard:
            self.check_open()
            if self._path is not None:
                self._fold(self._path)

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return _rows.in_files([self._path, self._log.path] if self._path else [], needles)

    def backup(self, path: Path) -> None:
        with self._guard:
            _files.replace(path, _lines(self._subjects))

    def close(self) -> None:
        with self._guard:
            if self._closed:
                return
            if self._path is not None and self._log.size:
                with suppress(StoreError):  # the log has it
                    self._fold(self._path)
            self._closed = True
            self._dataset = rdflib.Dataset()
            self._subjects = {}
            if self._lock is not None:
                self._lock.release()

    def _load(self, path: Path) -> None:
        if path.exists():
            try:
                text = path.read_bytes()
            except OSError as error:
                raise StoreError(f"{path} cannot be read ({error})") from error
            for graph, triples in self._read(text).items():
                self._apply(Update(graph, 0, (), (), ()), triples)
        stale = False
        for patch in self._log.read():
            gone = self._read(b"".join(patch.delete))
            for graph, come in self._read(b"".join(patch.add)).items():
                update = Update(graph, 0, (), gone.get(graph, ()), ())
                before = (one.value for one in update.delete if one.name == "revision")
                if self._head(graph) == next(before, 0):
                    self._apply(update, come)
                else:
                    stale = True
        if stale:
            self._fold(path)

    def _read(self, text: bytes) -> dict[Iri, list[Triple]]:
        """Return the triples of each graph.

        Raises:
            SchemaError: They are not ours.
            StoreError: It is no N-Quads.
        """
        found: defaultdict[Iri, list[Triple]] = defaultdict(list)
        try:
            for quad in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.N_QUADS):
                graph, triple = _read_quad(quad)
                found[graph].append(triple)
        except SyntaxError as error:
            raise StoreError(f"{self.name} is no N-Quads file, or is damaged ({error})") from error
        except ValueError as error:
            raise SchemaError(
                f"{self.name} holds the data of another program; choose another path"
            ) from error
        return found


@contextmanager
def _quiet() -> Generator[None]:
    """Keep back the warnings of rdflib 7.6 about what it calls itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@lru_cache(maxsize=256)
def _prepared(template: str) -> Query:
    return prepareQuery(PREFIX + LISTS.sub("", template))


def _bindings(template: str, values: Values) -> Iterator[dict[str, Any]]:
    """Yield the values of a question, once for each value of its list.

    rdflib parses a query slowly and runs it fast, so its text stays the same.
    """
    fixed = {name: _term(value) for name, value in values.items() if isinstance(value, str | int)}
    lists = LISTS.findall(template)
    if not lists:
        yield fixed
        return
    ((variable, name),) = lists
    for value in cast("Sequence[Value]", values[name]):
        yield fixed | {variable: _term(value)}


def _term(value: Value) -> rdflib.URIRef | rdflib.Literal:
    return rdflib.URIRef(value) if isinstance(value, Iri) else rdflib.Literal(value)


def _terms(triple: Triple) -> tuple[rdflib.URIRef, rdflib.URIRef, rdflib.URIRef | rdflib.Literal]:
    return rdflib.URIRef(triple.subject), rdflib.URIRef(OM + triple.name), _term(triple.value)


def _value(found: Any) -> Any:
    if isinstance(found, rdflib.Literal):
        return int(found) if found.datatype == rdflib.XSD.integer else str(found)
    return None if found is None else Iri(found)


def _line(triple: Triple, graph: Iri) -> bytes:
    return f"{triple.text()} {term(graph)} .\n".encode()


def _lines(subjects: dict[Iri, dict[Iri, bytes]]) -> Iterator[bytes]:
    for blocks in subjects.values():
        yield from blocks.values()


def _change(blocks: dict[Iri, bytes], update: Update, added: Iterable[Triple]) -> None:
    """Apply an update to the lines of its graph by subject."""
    for subject in update.drop:
        blocks.pop(subject, None)
    gone: defaultdict[Iri, set[bytes]] = defaultdict(set)
    for triple in update.delete:
        gone[triple.subject].add(_line(triple, update.graph))
    for subject, some in gone.items():
        kept = blocks.get(subject, b"").splitlines(keepends=True)
        blocks[subject] = b"".join(line for line in kept if line not in some)
    for triple in added:
        line, known = _line(triple, update.graph), blocks.get(triple.subject, b"")
        if line not in known:
            blocks[triple.subject] = known + line


def _read_quad(quad: pyoxigraph.Quad) -> tuple[Iri, Triple]:
    """Return a quad as ours.

    Raises:
        ValueError: It is not.
    """
    subject, name, value, graph = quad
    names = (subject, name, graph)
    if not all(isinstance(one, pyoxigraph.NamedNode) for one in names):
        raise ValueError(f"{quad} is not ours")
    said = _read_value(value)
    for iri in (subject.value, name.value, graph.value):
        term(Iri(iri))
    return Iri(graph.value), Triple(Iri(subject.value), name.value.removeprefix(OM), said)


def _read_value(value: Any) -> Value:
    if isinstance(value, pyoxigraph.NamedNode):
        return Iri(value.value)
    if isinstance(value, pyoxigraph.Literal) and not value.language:
        if value.datatype.value == XSD_INTEGER:
            return int(value.value)
        if value.datatype.value == XSD_STRING:
            return value.value
    raise ValueError(f"{value} is no value of ours")
