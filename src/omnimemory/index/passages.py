"""An index of a tenant's passages beside the store: a cache that knows the revision it has seen.

The store stays the only truth. What an index proposes is looked up in the view, so a search
never returns what was erased, what has changed, or what does not hold at the view's time.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

import msgspec

from omnimemory.index import _file as file
from omnimemory.index._names import PARTS, Names, least_marks, mark
from omnimemory.index._near import LEAST_FETCH, Near, looked_up
from omnimemory.index._news import batches
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView

T = TypeVar("T")

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of passages taken so far."""

Nearest: TypeAlias = Callable[[int], tuple[Any, Any]]
"""Returns at least so many numbers of passages, if there are, and their scores, best first."""

_TENANT: Final = "tenant:omnimemory:self"
_HOLES: Final = 4
_OVERFETCH: Final = 4


class PassageIndex(ABC):
    """What is known of a tenant's passages, of every version that any view may show.

    Safe to share between threads.

    Args:
        path: Where it is saved; without one it lives as long as the process.
        anew: Whether to pass over what the file holds.
    """

    types: ClassVar[Mapping[str, str]]
    """The arrays that it saves besides the names, and their types."""
    mapped: ClassVar[Collection[str]] = frozenset()
    """Those of them that stay in the file until they are used."""

    def __init__(self, path: Path | None = None, *, anew: bool = False) -> None:
        self.revision = 0
        self._path = path
        self._catching_up = threading.RLock()
        self._lock = threading.RLock()
        self._opened = anew
        self._dirty = False
        self._clear()

    def __len__(self) -> int:
        return len(self._names)

    def catch_up(self, view: GraphView, *, on_progress: Progress | None = None) -> int:
        """Take in what the view's store has recorded since the index last looked.

        It is kept in batches that end where a commit ends, so a failure leaves the index at
        an earlier revision and whole.

        Returns:
            How many texts were taken in.
        """
        with self._catching_up:
            return self._sound(lambda: self._caught_up(view, on_progress))

    def _caught_up(self, view: GraphView, on_progress: Progress | None) -> int:
        self._open(view)
        if view.revision <= self.revision:
            return 0
        done, purged = 0, False
        for news in batches(view.scan(since=self.revision), self._known):
            told = None if on_progress is None else _from(done, on_progress)
            made = self._make(list(news.texts.values()), told)
            done += len(news.texts)
            with self._lock:
                self._names.add(news.texts)
                self._put(made)
                self.revision = news.revision
                self._dirty = True
            if news.erased and not purged:
                self._purge(view)
                purged = True
        with self._lock:
            self.revision = view.revision
            self._names.settle()
            self._settle()
        self._dirty = True
        return done

    def is_behind(self, view: GraphView, most: int) -> bool:
        """Return whether more than so many passages wait to be taken in.

        The answer stands until so many have been taken in that it may be another, so that
        searches of an index that is far behind do not each count what waits.
        """
        with self._catching_up:
            self._open(view)
            if view.revision <= self.revision:
                return False
            known = self._behind
            if known and known.revision <= view.revision and self._names.used < known.until:
                return True
            waiting = self._count_waiting(view, 2 * most)
            spare = waiting - most
            self._behind = _Behind(view.revision, self._names.used + spare) if spare > 0 else None
            return spare > 0

    def _count_waiting(self, view: GraphView, most: int) -> int:
        """Return how many passages wait to be taken in, at most so many and one."""
        new = (
            event.fact
            for event in view.scan(since=self.revision)
            if isinstance(event.fact, Passage) and not event.closed
        )
        waiting = (one for one in new if not self._known(one))
        return sum(1 for _ in islice(waiting, most + 1))

    def take_in(self, view: GraphView, passages: Sequence[Passage]) -> Sequence[int]:
        """Take in these passages of a view, if they are not here; others wait for `catch_up`.

        Returns:
            The number of each, as long as nothing is let go of.
        """
        marks = [mark(one.id, one.text) for one in passages]
        with self._catching_up:
            self._open(view)
            numbers = self._names.numbers(marks)
            new = {
                told: one
                for told, one, number in zip(marks, passages, numbers, strict=True)
                if number is None
            }
            if new:
                made = self._make([one.text for one in new.values()], None)
                with self._lock:
                    self._names.add((one.id, told) for told, one in new.items())
                    self._put(made)
                self._dirty = True
                numbers = self._names.numbers(marks)
            return [number for number in numbers if number is not None]

    def forget(self, view: GraphView) -> None:
        """Let go of every passage whose text the store no longer holds; nothing is taken in."""
        with self._catching_up:
            self._open(view)
            if len(self):
                self._sound(lambda: self._purge(view))

    def save(self) -> None:
        """Write the index to its file, if it has one and anything has changed.

        Raises:
            StoreError: The file cannot be written; the one that was there stands.
        """
        with self._catching_up, self._lock:
            if self._path is not None and self._dirty:
                self._sound(partial(self._write, self._path))
                self._dirty = False

    def _write(self, path: Path) -> None:
        header = msgspec.structs.replace(self._header(), store=self._store, revision=self.revision)
        file.write(path, header, {**self._names.parts(), **self._parts()})

    def _sound(self, ask: Callable[[], T]) -> T:
        """Return what is asked; where the file turns out to be damaged, of an index begun anew."""
        try:
            return ask()
        except file.DamagedError:
            with self._catching_up:
                self._clear()
                self._dirty = True
            return ask()

    @abstractmethod
    def _make(self, texts: Sequence[str], on_progress: Progress | None) -> Any:
        """Return what is to be known of new texts; no lock is held meanwhile."""

    @abstractmethod
    def _put(self, made: Any) -> None:
        """Keep what was made of texts under the next numbers."""

    @abstractmethod
    def _drop(self, numbers: Sequence[int]) -> None:
        """Let go of texts; their numbers stay unused."""

    @abstractmethod
    def _compact(self, kept: Sequence[int]) -> None:
        """Number the texts anew from 0: these, in their order."""

    @abstractmethod
    def _reset(self) -> None:
        """Begin with nothing."""

    @abstractmethod
    def _header(self) -> file.Header:
        """Return what made the index, for its file."""

    @abstractmethod
    def _made_by_us(self, header: file.Header) -> bool:
        """Return whether what made a file would make the same again."""

    @abstractmethod
    def _parts(self) -> Mapping[str, Any]:
        """Return the arrays to save, in the order of `types`."""

    @abstractmethod
    def _restore(self, saved: file.Saved) -> None:
        """Take the arrays of a file, or raise `ValueError` where they do not fit."""

    def _settle(self) -> None:  # noqa: B027 - an index may have nothing to do
        """Tidy up after a catch-up."""

    def _open(self, view: GraphView) -> None:
        """Read the file once, if it is of this store and model; start anew if the store did."""
        if self._opened and view.revision == self._told_at:
            return
        store, self._told_at = _told_apart(view), view.revision
        if not self._opened:
            self._opened = True
            there = self._path is not None and self._path.exists()
            self._dirty = there and not self._read(store, view)
        elif self._store and self._store != store:
            self._clear()
        self._store = store

    def _read(self, store: str, view: GraphView) -> bool:
        """Take what the file holds, if all of it fits; return whether it did."""
        saved = (
            None
            if self._path is None
            else file.read(self._path, {**PARTS, **self.types}, self.mapped)
        )
        if saved is None or saved.header.store != store or not self._made_by_us(saved.header):
            return False
        if saved.header.revision > view.revision:
            return False
        with self._lock:
            try:
                self._names.restore(saved.parts)
                self._restore(saved)
            except ValueError:
                self._clear()
                return False
            self.revision = saved.header.revision
        return True

    def _clear(self) -> None:
        with self._lock:
            self.revision = 0
            self._store = ""
            self._told_at = -1
            self._names = Names()
            self._behind: _Behind | None = None
            self._reset()

    def _known(self, passage: Passage) -> bool | None:
        """Return whether this very text is here; None where another text of its place is."""
        with self._lock:
            if self._names.number(mark(passage.id, passage.text)) is not None:
                return True
            there = self._names.of([passage.about])
            return None if any(self._names.id(one) == passage.id for one in there) else False

    def _purge(self, view: GraphView) -> None:
        """Forget every passage whose text the store no longer holds in any version."""
        held = {
            mark(event.fact.id, event.fact.text)
            for event in view.scan()
            if isinstance(event.fact, Passage)
        }
        with self._lock:
            gone = self._names.unlike(held)
            if not gone:
                return
            self._dirty = True
            self._behind = None
            self._names.forget(gone)
            self._drop(gone)
            if self._names.holes * _HOLES > self._names.used:
                self._compact(self._names.compact())
                self._settle()

    def _hits(
        self,
        view: GraphView,
        limit: int,
        nearest: Nearest,
    ) -> list[Hit]:
        """Return the best passages that the view shows with this very text."""
        fetch = max(LEAST_FETCH, 2 * limit)
        while True:
            near, is_all = self._proposed(fetch, nearest)
            hits = looked_up(view, near, limit)
            if len(hits) >= limit or is_all:
                return hits
            fetch *= _OVERFETCH

    def _proposed(self, most: int, nearest: Nearest) -> tuple[list[Near], bool]:
        """Return the best passages of any version, ties by mark, and whether there are no more.

        A common answer may tie in many thousands of passages, so their ids are not looked at:
        the mark, which no store and no order of commits changes, says which of them come first.
        """
        with self._lock:
            found, given = nearest(most)
            numbers, scores = self._first(found, given, most)
            told = self._names.told(numbers.tolist())
        near = [(*one, score) for one, score in zip(told, scores.tolist(), strict=True) if one[0]]
        return sorted(near, key=lambda one: (-one[2], one[1])), len(found) < most

    def _first(self, numbers: Any, scores: Any, most: int) -> tuple[Any, Any]:
        """Return so many of what was found, best first; of those that tie, the least marks."""
        if len(numbers) <= most:
            return numbers, scores
        last = scores[most - 1]
        above = int((scores > last).sum())
        tied = numbers[above:][scores[above:] == last]
        numbers[above:most] = tied[least_marks(self._names.marks(tied), most - above)]
        return numbers[:most], scores[:most]


class _Behind(msgspec.Struct, frozen=True):
    """That an index is far behind views from a revision on, until it has grown so large."""

    revision: int
    until: int


def _from(done: int, on_progress: Progress) -> Progress:
    return lambda more: on_progress(done + more)


def _told_apart(view: GraphView) -> str:
    """Return what tells this store's tenant from another of its name, without its secret."""
    for node in view.nodes([_TENANT]):
        return blake2b(str(node.props.get("salt")).encode(), digest_size=16).hexdigest()
    return ""
