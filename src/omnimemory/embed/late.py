"""Late interaction: every word piece of a query compared with every one of a text.

Each piece of the query looks for its nearest in the text (MaxSim of Khattab and Zaharia, ColBERT,
2020), on the vectors that all-MiniLM-L6-v2 has before it takes their mean. A piece is weighed
by how far a text stands out among the others for it, so what all texts have tells nothing.

Pieces are kept in the 64 directions in which those of customer service dialogues lie furthest,
one byte each (`python -m benchmarks.late_directions`). The embedder hands them over whenever it
encodes, so a text that it has made a vector of costs nothing more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omnimemory.embed.encoder import digest
from omnimemory.embed.minilm import MiniLMEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnimemory.embed.base import Vectors

    Pieces: TypeAlias = NDArray[np.int8]

DIRECTIONS: Final = "directions.npy"
"""The file beside this module with what pieces are kept by: float16 of shape ``(384, 64)``."""

MOST_KEPT: Final = 1 << 20
"""How many pieces are kept, by the content of their text: 64 bytes each."""

_ONE: Final = 127
"""What stands for 1."""

_LEAST_DEVIATION: Final = 1e-6


class LateInteraction:
    """Reranks by word pieces; each text is encoded once while it is kept.

    Safe to share between threads.

    Args:
        embedder: The model; that of the installed package if left out.

    Raises:
        MissingExtraError: The runtime, the tokenizer or the weights are not installed.
    """

    def __init__(self, embedder: MiniLMEmbedder | None = None) -> None:
        self._embedder = embedder or MiniLMEmbedder()
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Pieces] = OrderedDict()
        self._count = 0
        self._embedder.listener = self._keep

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        np: Any = import_module("numpy")
        asked, *pieces = self._pieces([query, *texts])
        if not texts or not asked.any():
            return np.zeros(len(texts), dtype=np.float32)
        begins = np.cumsum([0, *(len(one) for one in pieces[:-1])])
        there = np.concatenate(pieces).astype(np.float32)
        # One thread: a matrix product would wake others for a millisecond's work.
        near = np.einsum("qd,td->qt", asked.astype(np.float32), there)
        nearest = np.maximum.reduceat(near / _ONE**2, begins, axis=1)
        off = np.maximum(nearest.std(axis=1, keepdims=True), _LEAST_DEVIATION)
        return ((nearest - nearest.mean(axis=1, keepdims=True)) / off).mean(axis=0)

    def _pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Return each text's pieces; one of zeros for a text without any."""
        keys = [digest(text) for text in texts]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            made = _short(self._embedder.pieces(list(new.values())))
            found |= zip(new, made, strict=True)
            self._put({key: found[key] for key in new})
        return [found[key] for key in keys]

    def _keep(self, texts: Sequence[str], pieces: Sequence[Vectors]) -> None:
        """Keep the pieces of texts that the embedder has just encoded."""
        made = zip(texts, _short(pieces), strict=True)
        self._put({digest(text): one for text, one in made})

    def _put(self, made: dict[bytes, Pieces]) -> None:
        with self._lock:
            for key, pieces in made.items():
                self._count += len(pieces) - len(self._kept.pop(key, ()))
                self._kept[key] = pieces
            while self._count > MOST_KEPT:
                _, gone = self._kept.popitem(last=False)
                self._count -= len(gone)


def _short(pieces: Sequence[Vectors]) -> list[Pieces]:
    """Return each text's pieces in the directions that are kept, of unit length, in bytes.

    A text without any gets one of zeros.
    """
    np: Any = import_module("numpy")
    kept = np.concatenate(pieces) @ _directions()
    length = np.linalg.norm(kept, axis=1, keepdims=True)
    whole = np.round(kept / np.maximum(length, _LEAST_DEVIATION) * _ONE).astype(np.int8)
    ends = np.cumsum([len(one) for one in pieces])
    none = np.zeros((1, whole.shape[1]), dtype=np.int8)
    return [one.copy() if len(one) else none for one in np.split(whole, ends[:-1])]


@cache
def _directions() -> Vectors:
    np: Any = import_module("numpy")
    read = files("omnimemory.embed").joinpath(DIRECTIONS).read_bytes()
    return np.load(BytesIO(read), allow_pickle=False).astype(np.float32)
