"""An embedder that needs no model: words and their pieces, hashed into a vector.

It knows spellings and not meanings: "refunds" is near to "refund", and "money back" is not.
Signed feature hashing is of Weinberger et al. (Feature Hashing for Large Scale Multitask
Learning, 2009).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from math import sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from omnimemory.embed.base import Vectors

_WORD: Final = re.compile(r"[^\W_]+")
_PIECE: Final = 3
_PIECE_WEIGHT: Final = 0.7


class HashEmbedder:
    """Turns texts into vectors by hashing; deterministic on every machine.

    Args:
        dim: How many numbers a vector has; more of them mix fewer words up.
    """

    def __init__(self, dim: int = 256) -> None:
        self.dim = dim
        self.name = f"hash-{dim}-1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np  # noqa: PLC0415

        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for feature, weight in _features(text):
                at, sign = _slot(feature, self.dim)
                row[at] += sign * weight
        length = np.linalg.norm(out, axis=1, keepdims=True)
        out /= np.where(length > 0, length, 1)
        return out


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Yield the words of a text and their pieces of three letters, with weights."""
    for word, count in Counter(_WORD.findall(text.casefold())).items():
        weight = sqrt(count)
        yield word, weight
        edged = f"^{word}$"
        for at in range(len(edged) - _PIECE + 1):
            yield edged[at : at + _PIECE], weight * _PIECE_WEIGHT


def _slot(feature: str, dim: int) -> tuple[int, float]:
    """Return where a feature is added in the vector, and with which sign."""
    number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")
    return (number >> 1) % dim, 1.0 if number & 1 else -1.0
