"""Late interaction: every word piece of a query compared with every one of a text.

Each piece of the query looks for its nearest in the text (MaxSim of Khattab and Zaharia, ColBERT,
2020), on the vectors that all-MiniLM-L6-v2 has before it takes their mean. A piece is weighed
by how far a text stands out among the others for it, so what all texts have tells nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from omnimemory.embed.encoder import digest
from omnimemory.embed.minilm import MiniLMEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnimemory.embed.base import Vectors

MOST_CACHED: Final = 4_096
"""How many texts' pieces are kept, by content: about 20 kB each."""

_LEAST_DEVIATION: Final = 1e-6


class LateInteraction:
    """Reranks by word pieces; each text is encoded once while it is kept.

    Args:
        embedder: The model; that of the installed package if left out.

    Raises:
        MissingExtraError: The runtime, the tokenizer or the weights are not installed.
    """

    def __init__(self, embedder: MiniLMEmbedder | None = None) -> None:
        self._embedder = embedder or MiniLMEmbedder()
        self._lock = threading.Lock()
        self._cache: OrderedDict[bytes, Vectors] = OrderedDict()

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        np: Any = import_module("numpy")
        (asked,) = self._embedder.pieces([query])
        pieces = self._pieces(texts)
        if not texts or not len(asked):
            return np.zeros(len(texts), dtype=np.float32)
        begins = np.cumsum([0, *(len(one) for one in pieces[:-1])])
        near = np.concatenate(pieces).astype(np.float32) @ asked.T
        nearest = np.maximum.reduceat(near, begins, axis=0)
        off = np.maximum(nearest.std(axis=0), _LEAST_DEVIATION)
        return ((nearest - nearest.mean(axis=0)) / off).mean(axis=1)

    def _pieces(self, texts: Sequence[str]) -> list[Any]:
        """Return the vectors of each text's pieces; one of zeros for a text without any."""
        np: Any = import_module("numpy")
        keys = [digest(text) for text in texts]
        with self._lock:
            found = {key: self._cache[key] for key in keys if key in self._cache}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        made = self._embedder.pieces(list(new.values())) if new else []
        for key, one in zip(new, made, strict=True):
            found[key] = (one if len(one) else np.zeros((1, one.shape[1]))).astype(np.float16)
        with self._lock:
            self._cache.update((key, found[key]) for key in new)
            while len(self._cache) > MOST_CACHED:
                self._cache.popitem(last=False)
        return [found[key] for key in keys]
