"""What a memory searches by: its words, its vectors, when they are saved, changed, dropped."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from omnimemory.embed import Embedder, Encoder
from omnimemory.errors import InputError, StoreError
from omnimemory.index._file import file_of
from omnimemory.index.passages import Progress
from omnimemory.index.search import Proposals, propose, search
from omnimemory.index.signals import Nearness
from omnimemory.index.vectors import SUFFIX, VectorIndex, open_index
from omnimemory.index.words import WordIndex, open_words
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView


class Indexes:
    """The words of one tenant, and its vectors if it has an embedder.

    Args:
        tenant: Whose.
        embedder: What encodes; without one there is search by words.
        folder: Where they are saved.
    """

    def __init__(self, tenant: str, embedder: Embedder | None, folder: str | Path | None) -> None:
        self._tenant = tenant
        self._folder = None if folder is None else Path(folder)
        self._encoder = None if embedder is None else Encoder(embedder)
        self._words: WordIndex | None = None
        self._vectors: VectorIndex | None = None
        self._opening = threading.Lock()
        self._swapping = threading.Lock()

    def search(self, view: GraphView, query: str, limit: int) -> Sequence[Hit]:
        """Return the best passages of the tenant by words, and by meaning if it has vectors."""
        words, vectors = self._opened()
        return search(view, query, limit, words=words, vectors=vectors)

    def propose(
        self, view: GraphView, query: str, limit: int, of: tuple[str, ...] = ()
    ) -> Proposals:
        """Return what `search` would look up in the view."""
        words, vectors = self._opened()
        return propose(view, query, limit, of, words=words, vectors=vectors)

    def nearness(self) -> Nearness | None:
        """Return what tells how near nodes are to a query in meaning, if there is an embedder."""
        return None if self._encoder is None else self._cosines

    def reindex(
        self, view: GraphView, embedder: Embedder | None, *, on_progress: Progress | None = None
    ) -> int:
        """Build an index beside the one that answers, save it, and let it answer from then on.

        Raises:
            EmbedderError: The embedder failed; the index that there was stands.
            InputError: There is no embedder.
        """
        with self._swapping:
            if embedder is not None:
                encoder = Encoder(embedder)
            elif self._encoder is not None:
                encoder = self._encoder
            else:
                raise InputError("there is no embedder; name one, such as embedder='minilm'")
            index = open_index(encoder, self._folder, self._tenant, anew=True)
            count = index.catch_up(view, on_progress=on_progress)
            index.save()
            with self._opening:
                self._encoder, self._vectors = encoder, index
            return count

    def forget(self, view: GraphView) -> None:
        """Let go of what was erased, in memory and in the saved files."""
        words, vectors = self._opened()
        for index in (words, vectors):
            if index is not None:
                index.forget(view)
                index.save()
        if vectors is None and self._folder is not None:
            _remove(file_of(self._folder, self._tenant, SUFFIX))

    def save(self) -> None:
        """Save what there is, if it has changed.

        Raises:
            StoreError: A file cannot be written.
        """
        for index in (self._words, self._vectors):
            if index is not None:
                index.save()

    def _opened(self) -> tuple[WordIndex, VectorIndex | None]:
        """Return both indexes; they are opened when first needed, as they need numpy."""
        with self._opening:
            if self._words is None:
                self._words = open_words(self._folder, self._tenant)
            if self._vectors is None and self._encoder is not None:
                self._vectors = open_index(self._encoder, self._folder, self._tenant)
            return self._words, self._vectors

    def _cosines(
        self, view: GraphView, query: str, passages: Sequence[Passage]
    ) -> Mapping[str, float]:
        _, vectors = self._opened()
        return {} if vectors is None else vectors.cosines(view, query, passages)


def _remove(saved: Path) -> None:
    """Remove a saved index that nobody here has open, and that may hold what was erased.

    Raises:
        StoreError: It cannot be removed.
    """
    try:
        saved.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"the saved index {saved} cannot be removed: {error}") from error
