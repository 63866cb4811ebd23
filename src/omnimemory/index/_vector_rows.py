"""Vectors in memory, found by number: exact, and by inverted lists where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float16]
    Numbers: TypeAlias = NDArray[np.int64]

LISTS_FROM: Final = 20_000
"""From so many rows on FAISS narrows the search down; below, comparing with all is quick enough."""

LISTS_GROWTH: Final = 2
"""After growing so many times as large the lists are cut anew."""

_CHUNK: Final = 16_384
_TRAINING_PER_LIST: Final = 40
_PROBES: Final = 32
_GONE: Final = -2.0
"""Below every cosine."""

_REFINE: Final = 4
"""How many times as many rows as wanted the lists give to the exact comparison."""


class Rows:
    """Unit vectors in float16, each under the number that `add` gave it.

    Scores are always those of an exact comparison. A removed row is overwritten, and its
    number is given away again.
    """

    def __init__(self, dim: int) -> None:
        self._np: Any = import_module("numpy")
        self.dim = dim
        self._matrix: Matrix = self._np.zeros((0, dim), dtype=self._np.float16)
        self._used = 0
        self._free: list[int] = []
        self._lists: _Lists | None = None

    def __len__(self) -> int:
        return self._used - len(self._free)

    def add(self, vectors: Vector) -> list[int]:
        """Keep vectors and return the number of each."""
        again = [self._free.pop() for _ in range(min(len(self._free), len(vectors)))]
        fresh = len(vectors) - len(again)
        numbers = [*again, *range(self._used, self._used + fresh)]
        self._used += fresh
        self._reserve(self._used)
        if numbers:
            self._matrix[numbers] = vectors
            if self._lists is not None:
                self._lists.add(self._matrix[numbers], numbers)
        return numbers

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget vectors; their bytes are gone from memory."""
        if not numbers:
            return
        self._matrix[list(numbers)] = 0
        self._free += numbers
        if self._lists is not None:
            self._lists.remove(numbers)

    def all(self, numbers: Sequence[int]) -> Matrix:
        """Return the vectors with these numbers, in their order."""
        return self._matrix[list(numbers)]

    def nearest(
        self, vector: Vector, most: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return numbers and cosines of the nearest rows, best first, and all ties of the last.

        Args:
            vector: Of unit length.
            most: How many rows, not counting ties.
            among: Only rows with these numbers, each once.
        """
        np = self._np
        if among is None:
            among = self._narrowed(vector, most)
        numbers = None if among is None else np.array(among, dtype=np.int64)
        scores = self._scores(vector, numbers)
        if numbers is None:
            scores[self._free] = _GONE
        least = _GONE
        if most < len(scores):
            least = np.partition(scores, len(scores) - most)[len(scores) - most]
        at = np.flatnonzero((scores >= least) & (scores > _GONE))
        at = at[np.argsort(-scores[at], kind="stable")]
        found = at if numbers is None else numbers[at]
        return list(zip(found.tolist(), scores[at].tolist(), strict=True))

    def settle(self) -> bool:
        """Cut the lists that narrow a search down, where there are enough rows; tell if so."""
        due = len(self) >= LISTS_FROM and find_spec("faiss") is not None
        if not due or (self._lists and len(self) < LISTS_GROWTH * self._lists.cut_at):
            return False
        gone = set(self._free)
        kept = [number for number in range(self._used) if number not in gone]
        self._lists = _Lists.cut(self._matrix, kept)
        return True

    def saved_lists(self) -> bytes:
        """Return the lists as bytes, for `restore`; none if there are none."""
        return b"" if self._lists is None else self._lists.to_bytes()

    def restore(self, matrix: Matrix, lists: bytes, cut_at: int) -> None:
        """Take the rows and lists of a file, numbered from 0."""
        self._matrix, self._used, self._free = matrix, len(matrix), []
        self._lists = _Lists.from_bytes(lists, cut_at) if lists and find_spec("faiss") else None

    @property
    def cut_at(self) -> int:
        """How many rows there were when the lists were cut."""
        return 0 if self._lists is None else self._lists.cut_at

    @property
    def has_holes(self) -> bool:
        """Whether there are removed rows among the others."""
        return bool(self._free)

    def _narrowed(self, vector: Vector, most: int) -> list[int] | None:
        """Return the numbers that the lists propose; None is all."""
        if self._lists is None or most * _REFINE * 4 > len(self):
            return None
        found = self._lists.near(vector, most * _REFINE)
        return found if len(found) >= most else None

    def _scores(self, vector: Vector, numbers: Numbers | None) -> Vector:
        """Return the cosine of each row, rounded so that it does not hang on the chunks."""
        np = self._np
        count = self._used if numbers is None else len(numbers)
        out = np.empty(count, dtype=np.float32)
        for begin in range(0, count, _CHUNK):
            part = slice(begin, min(begin + _CHUNK, count))
            rows = self._matrix[part] if numbers is None else self._matrix[numbers[part]]
            out[part] = rows.astype(np.float32) @ vector
        return np.round(out, 5)

    def _reserve(self, rows: int) -> None:
        if rows <= len(self._matrix):
            return
        np = self._np
        room = max(rows, len(self._matrix) + len(self._matrix) // 8, 64)
        grown = np.zeros((room, self.dim), dtype=np.float16)
        grown[: len(self._matrix)] = self._matrix
        self._matrix = grown


class _Lists(msgspec.Struct):
    """FAISS's inverted lists with one byte a number (IVF, SQ8): which rows may be near.

    Jégou, Douze, Schmid: Product Quantization for Nearest Neighbor Search, 2011.
    """

    faiss: Any
    index: Any
    cut_at: int

    @classmethod
    def cut(cls, matrix: Matrix, numbers: Sequence[int]) -> _Lists:
        np: Any = import_module("numpy")
        faiss: Any = import_module("faiss")
        dim = matrix.shape[1]
        lists = max(1, int(2 * len(numbers) ** 0.5))
        inner = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(
            inner, dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = 8
        step = max(1, len(numbers) // (lists * _TRAINING_PER_LIST))
        index.train(matrix[list(numbers[::step])].astype(np.float32))
        out = cls(faiss, index, len(numbers))
        for at in range(0, len(numbers), _CHUNK):
            some = list(numbers[at : at + _CHUNK])
            out.add(matrix[some], some)
        return out

    def add(self, rows: Matrix, numbers: Sequence[int]) -> None:
        np: Any = import_module("numpy")
        self.index.add_with_ids(rows.astype(np.float32), np.array(numbers, dtype=np.int64))

    def remove(self, numbers: Sequence[int]) -> None:
        np: Any = import_module("numpy")
        self.index.remove_ids(np.array(numbers, dtype=np.int64))

    def near(self, vector: Vector, most: int) -> list[int]:
        self.index.nprobe = _PROBES
        _, numbers = self.index.search(vector[None, :], most)
        return [number for number in numbers[0].tolist() if number >= 0]

    def to_bytes(self) -> bytes:
        return self.faiss.serialize_index(self.index).tobytes()

    @classmethod
    def from_bytes(cls, saved: bytes, cut_at: int) -> _Lists:
        np: Any = import_module("numpy")
        faiss: Any = import_module("faiss")
        return cls(faiss, faiss.deserialize_index(np.frombuffer(saved, dtype=np.uint8)), cut_at)
