"""A memory's search by meaning: which index answers, and when it is saved, changed, dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from omnimemory.embed import Embedder, Encoder
from omnimemory.errors import InputError
from omnimemory.index.search import fused, search
from omnimemory.index.signals import Nearness
from omnimemory.index.vectors import Progress, VectorIndex, drop_file, open_index
from omnimemory.model.facts import Hit
from omnimemory.store.base import GraphView

_Search: TypeAlias = Callable[[GraphView, str, Collection[str] | None, int], Sequence[Hit]]


class Meaning:
    """The vectors of one tenant, if it has an embedder.

    Args:
        tenant: Whose.
        embedder: What encodes; without one there is search by words.
        folder: Where vectors are saved.
    """

    def __init__(self, tenant: str, embedder: Embedder | None, folder: str | Path | None) -> None:
        self._tenant = tenant
        self._folder = None if folder is None else Path(folder)
        self._index = None if embedder is None else self._open(Encoder(embedder))
        self._swapping = threading.Lock()

    def searcher(self) -> _Search:
        """Return what finds passages: by words and meaning, or by words."""
        return search if self._index is None else partial(fused, vectors=self._index)

    def nearness(self) -> Nearness | None:
        """Return what tells how near nodes are to a query in meaning, if there is an embedder."""
        return None if self._index is None else self._index.cosines

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
            elif self._index is not None:
                encoder = self._index.encoder
            else:
                raise InputError("there is no embedder; name one, such as embedder='minilm'")
            index = self._open(encoder, anew=True)
            count = index.catch_up(view, on_progress=on_progress)
            index.save()
            self._index = index
            return count

    def forget(self, view: GraphView) -> None:
        """Let go of what was erased, in memory and in the saved file."""
        if self._index is not None:
            self._index.forget(view)
            self._index.save()
        elif self._folder is not None:
            drop_file(self._folder, self._tenant)

    def save(self) -> None:
        """Save the vectors, if there are any and they have changed.

        Raises:
            StoreError: The file cannot be written.
        """
        if self._index is not None:
            self._index.save()

    def _open(self, encoder: Encoder, *, anew: bool = False) -> VectorIndex:
        return open_index(encoder, self._folder, self._tenant, anew=anew)
