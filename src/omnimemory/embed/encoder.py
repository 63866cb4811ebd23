"""Encoding with any embedder: in batches, once a text, and with every answer checked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from omnimemory.embed.base import Embedder
from omnimemory.errors import EmbedderError, InputError

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors

BATCH_TEXTS: Final = 256
MOST_CACHED: Final = 4_096
"""How many vectors are kept by the content of their text."""

PROBES: Final = ("Where is my refund?", "The invoice 2041 shows the wrong address.")
"""Texts whose vectors tell one model from another of the same name."""

_MOST_CHARACTERS: Final = 20_000
_SAME_MODEL: Final = 0.02
"""How far a probe's numbers may lie apart: processors round int8 models differently."""


class Encoder:
    """Gives vectors of unit length from a user's embedder.

    Safe to share between threads if the embedder is.

    Args:
        embedder: What encodes.

    Raises:
        InputError: It is no `Embedder`, or its name or size cannot be used.
    """

    def __init__(self, embedder: Embedder) -> None:
        if not isinstance(embedder, Embedder):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(
                f"{type(embedder).__name__} is no embedder; it needs name, dim and encode(texts)"
            )
        self._embedder = embedder
        self.name = _name(embedder)
        self.dim = _dim(embedder)
        self._lock = threading.Lock()
        self._cache: OrderedDict[bytes, Vectors] = OrderedDict()

    @cached_property
    def _np(self) -> Any:
        return import_module("numpy")

    def encode(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Return the unit vectors of ``texts`` in their order; none for no texts.

        A text that the model finds nothing in has a vector of zeros, near to nothing.

        Args:
            texts: Texts of any length; of very long ones the beginning counts.
            on_progress: Called after each batch with the number of texts encoded.

        Raises:
            EmbedderError: The embedder raised, or gave back what is no vector of each text.
        """
        out = self._np.zeros((len(texts), self.dim), dtype=self._np.float32)
        at = 0
        for batch in _batches(texts):
            out[at : at + len(batch)] = self._batch(batch)
            at += len(batch)
            if on_progress is not None:
                on_progress(at)
        return out

    def probe(self) -> Vectors:
        """Return the vectors of `PROBES`, which know the model whatever its name."""
        return self._checked(PROBES)

    def knows(self, earlier: Vectors | Sequence[Sequence[float]]) -> bool:
        """Return whether vectors of `PROBES` from earlier are this model's."""
        mine = self.probe()
        probe = self._np.asarray(earlier, dtype=self._np.float32)
        return mine.shape == probe.shape and bool(abs(mine - probe).max() <= _SAME_MODEL)

    def _batch(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of one batch; each different text is encoded once."""
        keys = [digest(text) for text in texts]
        with self._lock:
            found = {key: self._cache[key] for key in keys if key in self._cache}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            found |= zip(new, self._checked(list(new.values())), strict=True)
            self._keep({key: found[key] for key in new})
        return self._np.stack([found[key] for key in keys])

    def _keep(self, vectors: dict[bytes, Vectors]) -> None:
        with self._lock:
            self._cache.update(vectors)
            while len(self._cache) > MOST_CACHED:
                self._cache.popitem(last=False)

    def _checked(self, texts: Sequence[str]) -> Vectors:
        """Return what the embedder makes of texts, as unit vectors, or say what is wrong."""
        np = self._np
        try:
            raw = np.asarray(self._embedder.encode([text[:_MOST_CHARACTERS] for text in texts]))
        except Exception as error:
            raise EmbedderError(f"{self.name} failed on {len(texts)} texts: {error}") from error
        if raw.shape != (len(texts), self.dim):
            raise EmbedderError(
                f"{self.name} gave an array of shape {raw.shape} for {len(texts)} texts; "
                f"({len(texts)}, {self.dim}) is wanted"
            )
        if raw.dtype.kind not in "fiu":
            raise EmbedderError(f"{self.name} gave {raw.dtype} values; float32 is wanted")
        vectors = raw.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(bad):
            raise EmbedderError(
                f"{self.name} gave NaN or infinity for {len(bad)} of {len(texts)} texts, "
                f"the first at position {bad[0]}"
            )
        scale = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0)
        vectors /= np.where(scale > 0, scale, 1.0)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length > 0, length, 1.0)


def digest(text: str) -> bytes:
    """Return what stands for the content of a text: the same bytes for the same text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(texts), BATCH_TEXTS):
        yield texts[at : at + BATCH_TEXTS]


def _name(embedder: Any) -> str:
    name = embedder.name
    if not isinstance(name, str) or not name or not name.isprintable():
        raise InputError(f"the embedder's name is {name!r}; a text such as 'minilm' is wanted")
    return name


def _dim(embedder: Any) -> int:
    dim = embedder.dim
    if not isinstance(dim, int) or isinstance(dim, bool) or dim < 1:
        raise InputError(f"the embedder's dim is {dim!r}; a whole number from 1 up is wanted")
    return dim
