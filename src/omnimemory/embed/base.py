"""What an embedder is: anything that turns texts into vectors, under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors whose cosine tells how near the texts are in meaning.

    The same text must give the same vector under the same name, whatever stands beside it
    in the batch. Another model needs another name.
    """

    @property
    def name(self) -> str:
        """Which model this is, with its version."""
        ...

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text: float32 of shape ``(len(texts), dim)``."""
        ...
