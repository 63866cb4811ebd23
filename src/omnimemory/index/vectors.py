"""A tenant's vectors beside the store, searched by meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from omnimemory.embed.encoder import Encoder
from omnimemory.index import _file as file
from omnimemory.index._near import Near
from omnimemory.index._vector_rows import PARTS, Rows
from omnimemory.index.passages import PassageIndex, Progress
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView, check_ids

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors

SUFFIX: Final = ".vec"
_ALL: Final = 1 << 40


class VectorIndex(PassageIndex):
    """The vectors of a tenant's passages, of every version that any view may show.

    Args:
        encoder: What encodes.
        path: Where it is saved; without one it lives as long as the process.
        anew: Whether to pass over what the file holds.
    """

    types: ClassVar[Mapping[str, str]] = PARTS
    mapped: ClassVar[Collection[str]] = frozenset(PARTS)

    def __init__(self, encoder: Encoder, path: Path | None = None, *, anew: bool = False) -> None:
        self.encoder = encoder
        self.warned = False
        """Whether the log says already that much waits to be encoded."""
        super().__init__(path, anew=anew)

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
        vector = self._asked(query)
        if limit < 1 or vector is None:
            return []
        self.catch_up(view)
        return self._sound(lambda: self._hits(view, limit, partial(self._nearest, vector, within)))

    def propose(self, view: GraphView, query: str, *, limit: int) -> list[Near]:
        """Return what `search` would look up in the view, at most so many, best first.

        Raises:
            EmbedderError: The embedder failed.
        """
        vector = self._asked(query)
        if limit < 1 or vector is None:
            return []
        self.catch_up(view)
        return self._sound(lambda: self._proposed(limit, partial(self._nearest, vector, None)))[0][
            :limit
        ]

    def cosines(self, view: GraphView, query: str, passages: Sequence[Passage]) -> dict[str, float]:
        """Return how near to ``query`` in meaning each node's nearest passage is, by node id.

        Only what is new of these passages of a view is encoded, so that a first search of one
        customer need not wait for all.

        Raises:
            EmbedderError: The embedder failed.
        """
        vector = self._asked(query)
        if vector is None:
            return {}
        return self._sound(lambda: self._cosines(view, vector, passages))

    def _cosines(
        self, view: GraphView, vector: Vectors, passages: Sequence[Passage]
    ) -> dict[str, float]:
        out: dict[str, float] = {}
        with self._catching_up:
            numbers = self.take_in(view, passages)
            with self._lock:
                scores = self._rows.cosines(vector, numbers)
        for passage, score in zip(passages, scores, strict=True):
            out[passage.about] = max(score, out.get(passage.about, score))
        return out

    def _asked(self, query: str) -> Vectors | None:
        """Return the vector of a query, if the model finds anything in it."""
        if not query.strip():
            return None
        (vector,) = self.encoder.encode([query])
        return vector if vector.any() else None

    def _nearest(
        self, vector: Vectors, within: Collection[str] | None, most: int
    ) -> tuple[Any, Any]:
        among = None if within is None else self._names.of(within)
        np: Any = import_module("numpy")
        found = self._rows.nearest(vector, most, among)
        return np.array([at for at, _ in found], dtype=np.int64), np.array([by for _, by in found])

    def _make(self, texts: Sequence[str], on_progress: Progress | None) -> Vectors:
        return self.encoder.encode(texts, on_progress=on_progress)

    def _put(self, made: Vectors) -> None:
        self._rows.add(made)

    def _drop(self, numbers: Sequence[int]) -> None:
        self._rows.remove(numbers)

    def _compact(self, kept: Sequence[int]) -> None:
        self._rows.compact(kept)

    def _reset(self) -> None:
        self._rows = Rows(self.encoder.dim)

    def _settle(self) -> None:
        self._rows.settle()

    def _header(self) -> file.Header:
        return file.Header(
            store="",
            model=self.encoder.name,
            revision=0,
            facts={"dim": self.encoder.dim, "cut_at": self._rows.cut_at},
            probe=self.encoder.probe().tolist(),
        )

    def _made_by_us(self, header: file.Header) -> bool:
        return (
            header.model == self.encoder.name
            and header.facts.get("dim") == self.encoder.dim
            and self.encoder.knows(header.probe)
        )

    def _parts(self) -> Mapping[str, Any]:
        return self._rows.parts()

    def _restore(self, saved: file.Saved) -> None:
        self._rows.restore(saved.parts, saved.header.facts.get("cut_at", 0))
        if self._rows.used != self._names.used:
            raise ValueError


def open_index(
    encoder: Encoder, folder: Path | None, tenant: str, *, anew: bool = False
) -> VectorIndex:
    """Return a tenant's index; what was saved in the folder is read when it is first needed."""
    path = None if folder is None else file.file_of(folder, tenant, SUFFIX)
    return VectorIndex(encoder, path, anew=anew)
