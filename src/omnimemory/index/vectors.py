"""A tenant's vectors beside the store: a cache that knows the revision it has seen.

The store stays the only truth. What the index proposes is looked up in the view, so a search
never returns what was erased, what has changed, or what does not hold at the view's time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from omnimemory.embed.encoder import Encoder, digest
from omnimemory.errors import StoreError
from omnimemory.index import _vector_file as file
from omnimemory.index._vector_rows import Rows
from omnimemory.model.facts import Hit, Node, Passage, Recorded, owner
from omnimemory.store.base import GraphView, check_ids

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of passages encoded so far."""

BATCH_PASSAGES: Final = 4_096
"""After about so many new passages what was encoded is kept."""

_TENANT: Final = "tenant:omnimemory:self"
_LEAST_FETCH: Final = 32
_OVERFETCH: Final = 4
_ALL: Final = 1 << 40

_Name: TypeAlias = tuple[str, bytes]
"""A passage's id and the digest of its text."""


class VectorIndex:
    """The vectors of a tenant's passages, of every version that any view may show.

    Safe to share between threads.

    Args:
        encoder: What encodes.
        path: Where it is saved; without one it lives as long as the process.
        anew: Whether to pass over what the file holds.
    """

    def __init__(self, encoder: Encoder, path: Path | None = None, *, anew: bool = False) -> None:
        self.encoder = encoder
        self.revision = 0
        self._path = path
        self._catching_up = threading.Lock()
        self._lock = threading.RLock()
        self._opened = anew
        self._dirty = False
        self._clear()

    def __len__(self) -> int:
        return len(self._rows)

    def search(
        self,
        view: GraphView,
        query: str,
        *,
        within: Collection[str] | None = None,
        limit: int,
    ) -> list[Hit]:
        """Return the passages nearest to ``query`` in meaning by cosine, best first, ties by id.

        What the view shows and the index has not seen is encoded first.

        Args:
            view: Where to look.
            query: Any text; one that the model finds nothing in finds nothing.
            within: Only passages about these nodes; None is the whole tenant.
            limit: Largest number of hits.

        Raises:
            EmbedderError: The embedder failed, or gave back what is no vector of each text.
        """
        check_ids(within)
        if limit < 1 or not query.strip():
            return []
        (vector,) = self.encoder.encode([query])
        if not vector.any():
            return []
        self.catch_up(view)
        fetch = max(_LEAST_FETCH, 2 * limit)
        while True:
            near = self._near(vector, fetch, within)
            hits = _seen(view, near)
            if len(hits) >= limit or len(near) < fetch:
                return hits[:limit]
            fetch *= _OVERFETCH

    def cosines(self, view: GraphView, query: str, about: Collection[str]) -> dict[str, float]:
        """Return how near to ``query`` in meaning each node's nearest passage is, by node id.

        Raises:
            EmbedderError: The embedder failed.
        """
        out: dict[str, float] = {}
        for hit in self.search(view, query, within=about, limit=_ALL):
            out.setdefault(hit.passage.about, hit.score)
        return out

    def catch_up(self, view: GraphView, *, on_progress: Progress | None = None) -> int:
        """Encode what the view's store has recorded since the index last looked.

        What was encoded is kept in batches that end where a commit ends, so a failure leaves
        the index at an earlier revision and whole.

        Returns:
            How many texts were encoded.
        """
        with self._catching_up:
            self._open(view)
            if view.revision <= self.revision:
                return 0
            done = 0
            for news in _batches(view.scan(since=self.revision), self._known):
                told = None if on_progress is None else _from(done, on_progress)
                vectors = self.encoder.encode(list(news.texts.values()), on_progress=told)
                done += len(news.texts)
                self._take(news, vectors)
                if news.erased:
                    self._purge(view)
            with self._lock:
                self.revision = view.revision
                self._rows.settle()
            self._dirty = True
            return done

    def forget(self, view: GraphView) -> None:
        """Let go of every vector whose text the store no longer holds; nothing is encoded."""
        with self._catching_up:
            self._open(view)
            self._purge(view)

    def save(self) -> None:
        """Write the index to its file, if it has one and anything has changed.

        Raises:
            StoreError: The file cannot be written; the one that was there stands.
        """
        with self._catching_up, self._lock:
            if self._path is None or not self._dirty:
                return
            if self._rows.has_holes:
                self._compact()
            header = file.Header(
                store=self._store,
                model=self.encoder.name,
                dim=self.encoder.dim,
                probe=self.encoder.probe().tolist(),
                revision=self.revision,
                rows=len(self._rows),
                names=0,
                cut_at=self._rows.cut_at,
            )
            names = [self._names[number] for number in range(len(self._rows))]
            matrix = self._rows.all(range(len(names)))
            file.write(self._path, header, names, matrix, self._rows.saved_lists())
            self._dirty = False

    def _open(self, view: GraphView) -> None:
        """Read the file once, if it is of this store and model; start anew if the store did."""
        store = _mark(view)
        if not self._opened:
            self._opened = True
            saved = file.read(self._path) if self._path else None
            if saved is not None and self._fits(saved.header, store, view):
                self._restore(saved)
            else:
                self._dirty = self._path is not None and self._path.exists()
        elif self._store and self._store != store:
            self._clear()
        self._store = store

    def _fits(self, header: file.Header, store: str, view: GraphView) -> bool:
        return (
            header.store == store
            and header.model == self.encoder.name
            and header.dim == self.encoder.dim
            and header.revision <= view.revision
            and self.encoder.knows(header.probe)
        )

    def _restore(self, saved: file.Saved) -> None:
        with self._lock:
            self._rows.restore(saved.matrix, saved.lists, saved.header.cut_at)
            for number, name in enumerate(saved.names):
                self._enter(number, name)
            self.revision = saved.header.revision

    def _clear(self) -> None:
        with self._lock:
            self.revision = 0
            self._store = ""
            self._rows = Rows(self.encoder.dim)
            self._numbers: dict[_Name, int] = {}
            self._names: dict[int, _Name] = {}
            self._of: dict[str, list[int]] = {}

    def _enter(self, number: int, name: _Name) -> None:
        self._numbers[name] = number
        self._names[number] = name
        self._of.setdefault(owner(name[0]), []).append(number)

    def _known(self, passage: Passage) -> bool | None:
        """Return whether this very text is indexed; None where another text of its place is."""
        with self._lock:
            if (passage.id, digest(passage.text)) in self._numbers:
                return True
            there = self._of.get(passage.about, ())
            return None if any(self._names[one][0] == passage.id for one in there) else False

    def _take(self, news: _News, vectors: Vectors) -> None:
        with self._lock:
            numbers = self._rows.add(vectors)
            for number, name in zip(numbers, news.texts, strict=True):
                self._enter(number, name)
            self.revision = news.revision
            self._dirty = True

    def _purge(self, view: GraphView) -> None:
        """Forget every vector whose text the store no longer holds in any version."""
        held = {
            (event.fact.id, digest(event.fact.text))
            for event in view.scan()
            if isinstance(event.fact, Passage)
        }
        with self._lock:
            gone = {name: number for name, number in self._numbers.items() if name not in held}
            self._rows.remove(list(gone.values()))
            for name, number in gone.items():
                del self._numbers[name], self._names[number]
                left = self._of[owner(name[0])]
                left.remove(number)
                if not left:
                    del self._of[owner(name[0])]
            self._dirty |= bool(gone)

    def _compact(self) -> None:
        """Number the rows anew from 0, without holes."""
        names, numbers = list(self._numbers), list(self._numbers.values())
        matrix, revision, store = self._rows.all(numbers), self.revision, self._store
        self._clear()
        self._rows.restore(matrix, b"", 0)
        self.revision, self._store = revision, store
        for number, name in enumerate(names):
            self._enter(number, name)
        self._rows.settle()

    def _near(
        self, vector: Vectors, fetch: int, within: Collection[str] | None
    ) -> list[tuple[_Name, float]]:
        with self._lock:
            among = None
            if within is not None:
                among = [one for id in dict.fromkeys(within) for one in self._of.get(id, ())]
            found = self._rows.nearest(vector, fetch, among)
            named = ((self._names.get(number), score) for number, score in found)
            return [(name, score) for name, score in named if name is not None]


class _News(msgspec.Struct):
    """Texts to encode, up to a revision, and whether anything was erased on the way."""

    revision: int
    texts: dict[_Name, str]
    erased: bool = False


def drop_file(folder: Path, tenant: str) -> None:
    """Remove a tenant's saved index, which may hold what was erased; it is a cache.

    Raises:
        StoreError: The file cannot be removed.
    """
    try:
        file.file_of(folder, tenant).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"the saved vectors in {folder} cannot be removed: {error}") from error


def open_index(
    encoder: Encoder, folder: Path | None, tenant: str, *, anew: bool = False
) -> VectorIndex:
    """Return a tenant's index; what was saved in the folder is read when it is first needed."""
    path = None if folder is None else file.file_of(folder, tenant)
    return VectorIndex(encoder, path, anew=anew)


def _seen(view: GraphView, near: Collection[tuple[_Name, float]]) -> list[Hit]:
    """Return those of the proposed passages that the view shows with this very text."""
    about = {owner(id) for (id, _), _ in near}
    shown = {(one.id, digest(one.text)): one for one in view.passages(about)}
    hits = [Hit(shown[name], score) for name, score in near if name in shown]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _batches(
    events: Iterator[Recorded], known: Callable[[Passage], bool | None]
) -> Iterator[_News]:
    """Yield what is new in batches that end where a commit ends."""
    news = _News(0, {})
    for revision, commit in groupby(events, key=lambda event: event.revision):
        news.revision = revision
        closed: set[str] = set()
        for event in commit:
            match event.fact:
                case Node(kind="Tombstone"):
                    news.erased = True
                case Passage() as passage if event.closed:
                    closed.add(passage.id)
                case Passage() as passage:
                    there = known(passage)
                    news.erased |= there is None and passage.id not in closed
                    if not there:
                        news.texts[passage.id, digest(passage.text)] = passage.text
                case _:
                    pass
        if len(news.texts) >= BATCH_PASSAGES:
            yield news
            news = _News(revision, {})
    if news.texts or news.erased:
        yield news


def _from(done: int, on_progress: Progress) -> Progress:
    return lambda more: on_progress(done + more)


def _mark(view: GraphView) -> str:
    """Return what tells this store's tenant from another of its name, without its secret."""
    for node in view.nodes([_TENANT]):
        return blake2b(str(node.props.get("salt")).encode(), digest_size=16).hexdigest()
    return ""
