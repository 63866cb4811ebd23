"""The engine on disk: Oxigraph, embedded, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final

from omnimemory.errors import MissingExtraError, SchemaError, StoreError
from omnimemory.store import _files, _rows
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store._rdf_engine import Engine, Question, Row, Update
from omnimemory.store._rdf_request import forgetting, lines, read_results, request, union
from omnimemory.store._rdf_terms import Iri, staged_by

try:
    import pyoxigraph
except ImportError as error:
    raise MissingExtraError("pyoxigraph", extra="oxigraph") from error

_CURRENT: Final = "current"
_LOCK: Final = "lock"
_JSON: Final = pyoxigraph.QueryResultsFormat.JSON
_TRIPLES: Final = pyoxigraph.RdfFormat.N_TRIPLES
_QUADS: Final = pyoxigraph.RdfFormat.N_QUADS


class OxigraphEngine(Engine):
    """A dataset in memory, or in the folder that the file ``current`` of a folder names.

    What is new of a large commit is loaded in bulk before the rest, in a fourth of the time.
    Nobody sees it at the revision that is the newest then; where the rest does not follow, it
    goes before the next commit, or when the folder is opened again.

    Oxigraph keeps the text of what was removed, so `scrub` loads what is left into a new
    folder and deletes the old one.

    Args:
        path: The folder; without one nothing outlives the process.

    Raises:
        SchemaError: The folder holds something else.
        StoreError: It cannot be opened, or another store has it open.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.name = str(path) if path else "the dataset in memory"
        self._path = path
        self._guard = RLock()
        self._lock = None
        self._staged: list[tuple[Iri, Iri, list[Iri]]] = []
        if path is None:
            self._store = pyoxigraph.Store()
            return
        with self._errors():
            _check_folder(path)
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _files.Lock(path / _LOCK, what=path)
            try:
                self._store = pyoxigraph.Store(self._folder(path))
            except BaseException:
                self._lock.release()
                raise

    def _folder(self, path: Path) -> Path:
        """Return the folder that is current, and delete what a crash has left of others."""
        _files.forget_unfinished(path / _CURRENT)
        if not (path / _CURRENT).exists():
            self._point_at(path / "1")
        current = path / (path / _CURRENT).read_text().strip()
        for folder in path.iterdir():
            if folder.is_dir() and folder != current and folder.name.isdecimal():
                shutil.rmtree(folder)
        return current

    def _point_at(self, folder: Path) -> None:
        _files.replace(folder.parent / _CURRENT, [f"{folder.name}\n".encode()])

    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        store = self._opened()
        with self._errors():
            solutions = store.query(union(questions))
            assert isinstance(solutions, pyoxigraph.QuerySolutions)  # noqa: S101 - all are SELECT
            text = solutions.serialize(format=_JSON)
        return read_results(text or b"", questions)

    def update(self, update: Update) -> bool:
        with self._guard, self._errors():
            store = self._opened()
            heads = self.rows(sparql.HEAD, graph=update.graph, ids=[update.graph])
            if (heads[0][0] if heads else 0) != update.head:
                return False
            for one in self._staged:
                store.update(forgetting(*one))
            self._staged = []
            if update.mark and update.is_large:
                graph, mark = update.graph, update.mark.subject
                self._staged = [(graph, mark, staged_by(graph, mark, len(update.reveal)))]
                ahead = lines([update.mark, *update.ahead, *update.reveal])
                to_graph = pyoxigraph.NamedNode(graph)
                store.bulk_load(ahead, format=_TRIPLES, to_graph=to_graph)
                update = update._replace(ahead=(), reveal=())
            store.update(request(update, staged=bool(self._staged)))
            self._staged = []
            return True

    def forget(self, graph: Iri, mark: Iri, subjects: Sequence[Iri]) -> None:
        with self._guard, self._errors():
            self._opened().update(forgetting(graph, mark, subjects))

    def scrub(self) -> None:
        with self._guard, self._errors():
            store = self._opened()
            if self._path is None:
                return
            old = self._folder(self._path)
            new = self._path / str(int(old.name) + 1)
            try:
                self._store = _copied(store, new)
                self._point_at(new)
            except BaseException:
                self._store = store
                shutil.rmtree(new, ignore_errors=True)
                raise
            shutil.rmtree(old)

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        """Look in the files and, since they are compressed, in what they hold."""
        if self._path is None:
            return []
        with self._guard, self._errors(), tempfile.TemporaryDirectory() as place:
            plain = Path(place) / "plain.nq"
            self._opened().dump(plain, format=_QUADS)
            return _rows.in_files([plain, *_all_files(self._path)], needles)

    def backup(self, path: Path) -> None:
        with self._guard, self._errors():
            if self._path is None:
                super().backup(path)
            path.mkdir(parents=True)
            self._opened().backup(path / "1")
            self._point_at(path / "1")

    def close(self) -> None:
        with self._guard:
            if not self._closed:
                self._closed = True
                if self._path is not None:
                    with self._errors():
                        self._store.flush()
                self._store = pyoxigraph.Store()
                if self._lock is not None:
                    self._lock.release()

    def _opened(self) -> pyoxigraph.Store:
        with self._guard:
            self.check_open()
            return self._store

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Raise errors of the engine and of the disk as ours."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self.name} cannot be read or written; check its permissions and the space "
                f"on the disk ({error})"
            ) from error


def _check_folder(path: Path) -> None:
    if not path.exists():
        return
    ours = path.is_dir() and any((path / name).exists() for name in (_CURRENT, _LOCK))
    if not ours and (not path.is_dir() or any(path.iterdir())):
        raise SchemaError(f"{path} is of another program; choose another folder")


def _copied(store: pyoxigraph.Store, folder: Path) -> pyoxigraph.Store:
    """Return a new store in a folder with all that another holds."""
    plain = folder.with_name(f"{folder.name}.nq")
    try:
        store.dump(plain, format=_QUADS)
        copy = pyoxigraph.Store(folder)
        copy.bulk_load(path=plain, format=_QUADS)
    finally:
        plain.unlink(missing_ok=True)
    copy.flush()
    return copy


def _all_files(path: Path) -> Iterator[Path]:
    return (file for file in path.rglob("*") if file.is_file())
