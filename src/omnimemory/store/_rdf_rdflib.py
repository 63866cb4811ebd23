"""The engine in process: an rdflib dataset, kept in one N-Quads file."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, cast

from omnimemory.errors import MissingExtraError, SchemaError, StoreError
from omnimemory.store import _files, _rows
from omnimemory.store._rdf_engine import LISTS, PREFIX, Engine, Question, Row, Update, columns
from omnimemory.store._rdf_terms import OM, Iri, Triple, Value, term

try:
    import rdflib
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.evaluate import evalQuery
    from rdflib.plugins.sparql.sparql import Query
except ImportError as error:
    raise MissingExtraError("rdflib", extra="rdf") from error


class RdflibEngine(Engine):
    """A dataset in memory that each update writes whole to its file, if it has one.

    The file is replaced in one step before memory follows, so that an update that fails
    leaves both as they were.

    Args:
        path: The file; without one nothing outlives the process.

    Raises:
        SchemaError: The file holds what no store of ours wrote.
        StoreError: The file cannot be read, or another store has it open.
    """

    narrows = False

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
                self._load(path)
            except BaseException:
                self._lock.release()
                raise

    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        with self._guard:
            self.check_open()
            if any("GRAPH ?" in question.template for question in questions):
                with _quiet():
                    return [list(self._rows(question)) for question in questions]
            return [list(self._rows(question)) for question in questions]

    def _rows(self, question: Question) -> Iterator[Row]:
        query = _prepared(question.template)
        names = [rdflib.Variable(name) for name in columns(question.template)]
        for bindings in _bindings(question):
            for found in evalQuery(self._dataset, query, bindings)["bindings"]:
                yield tuple(_value(found.get(name)) for name in names)

    def update(self, update: Update) -> bool:
        with self._guard:
            self.check_open()
            if self._head(update.graph) != update.head:
                return False
            changed = self._changed(update)
            subjects = {g: blocks for g, blocks in self._subjects.items() if g != update.graph}
            subjects[update.graph] = {s: block for s, block in changed.items() if block}
            if self._path is not None:
                _files.replace(self._path, _lines(subjects))
            self._subjects = subjects
            self._apply(update)
            return True

    def _head(self, graph: Iri) -> int:
        uri = rdflib.URIRef(graph)
        found = self._dataset.graph(uri).value(uri, rdflib.URIRef(f"{OM}revision"))
        return int(str(found)) if found is not None else 0

    def _changed(self, update: Update) -> dict[Iri, bytes]:
        """Return the lines of a graph by subject, as the update leaves them."""
        blocks = dict(self._subjects.get(update.graph, {}))
        for subject in update.drop:
            blocks.pop(subject, None)
        gone: defaultdict[Iri, set[bytes]] = defaultdict(set)
        for triple in update.delete:
            gone[triple.subject].add(_line(triple, update.graph))
        for subject, lines in gone.items():
            kept = blocks.get(subject, b"").splitlines(keepends=True)
            blocks[subject] = b"".join(line for line in kept if line not in lines)
        added: defaultdict[Iri, list[bytes]] = defaultdict(list)
        for triple in update.insert:
            added[triple.subject].append(_line(triple, update.graph))
        for subject, lines in added.items():
            blocks[subject] = blocks.get(subject, b"") + b"".join(lines)
        return blocks

    def _apply(self, update: Update) -> None:
        graph = self._dataset.graph(rdflib.URIRef(update.graph))
        for subject in update.drop:
            graph.remove((rdflib.URIRef(subject), None, None))
        for triple in update.delete:
            graph.remove(_terms(triple))
        graph.addN((*_terms(triple), graph) for triple in update.insert)

    def scrub(self) -> None:
        with self._guard:
            self.check_open()
            if self._path is not None:
                _files.replace(self._path, _lines(self._subjects))

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return _rows.in_files([self._path] if self._path else [], needles)

    def backup(self, path: Path) -> None:
        with self._guard:
            _files.replace(path, _lines(self._subjects))

    def close(self) -> None:
        with self._guard:
            if not self._closed:
                self._closed = True
                self._dataset = rdflib.Dataset()
                self._subjects = {}
                if self._lock is not None:
                    self._lock.release()

    def _load(self, path: Path) -> None:
        if not path.exists():
            return
        try:
            with path.open("rb") as file, _quiet():
                self._dataset.parse(file, format="nquads")
        except OSError as error:
            raise StoreError(f"{path} cannot be read; check its permissions ({error})") from error
        except Exception as error:
            raise StoreError(f"{path} is no N-Quads file, or is damaged ({error})") from error
        with _quiet():
            quads = list(self._dataset.quads())
        for subject, name, value, graph in quads:
            self._remember(str(subject), str(name), value, graph)

    def _remember(self, subject: str, name: str, value: Any, graph: Any) -> None:
        try:
            own = Iri(graph)
            triple = Triple(Iri(subject), name.removeprefix(OM), _value(value))
            line = _line(triple, own)
        except ValueError as error:
            raise SchemaError(
                f"{self.name} holds the data of another program; choose another path"
            ) from error
        blocks = self._subjects.setdefault(own, {})
        blocks[triple.subject] = blocks.get(triple.subject, b"") + line


@contextmanager
def _quiet() -> Generator[None]:
    """Keep back the warnings of rdflib 7.6 about what it calls itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@lru_cache(maxsize=256)
def _prepared(template: str) -> Query:
    return prepareQuery(PREFIX + LISTS.sub("", template))


def _bindings(question: Question) -> Iterator[dict[str, Any]]:
    """Yield the values of a question, once for each value of its list.

    rdflib parses a query slowly and runs it fast, so its text stays the same.
    """
    fixed = {
        name: _term(value)
        for name, value in question.values.items()
        if isinstance(value, str | int)
    }
    lists = set(LISTS.findall(question.template))
    if not lists:
        yield fixed
        return
    ((variable, name),) = lists
    for value in cast("Sequence[Value]", question.values[name]):
        yield fixed | {variable: _term(value)}


def _term(value: Value) -> rdflib.URIRef | rdflib.Literal:
    return rdflib.URIRef(value) if isinstance(value, Iri) else rdflib.Literal(value)


def _terms(triple: Triple) -> tuple[rdflib.URIRef, rdflib.URIRef, rdflib.URIRef | rdflib.Literal]:
    return rdflib.URIRef(triple.subject), rdflib.URIRef(OM + triple.name), _term(triple.value)


def _value(found: Any) -> Any:
    if isinstance(found, rdflib.Literal):
        if found.datatype == rdflib.XSD.integer:
            return int(found)
        if found.language or found.datatype not in {None, rdflib.XSD.string}:
            raise ValueError(f"{found!r} is no value of ours")
        return str(found)
    return None if found is None else Iri(found)


def _line(triple: Triple, graph: Iri) -> bytes:
    return f"{triple.text()} {term(graph)} .\n".encode()


def _lines(subjects: dict[Iri, dict[Iri, bytes]]) -> Iterator[bytes]:
    for blocks in subjects.values():
        yield from blocks.values()
