"""Vectors in memory, found by number: exact, and by inverted lists where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from omnimemory.index._blocks import Blocks
from omnimemory.index._file import PIECE_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnimemory.index._blocks import Matrix, Numbers

    Vector: TypeAlias = NDArray[np.float32]

LISTS_FROM: Final = 20_000
"""From so many rows on FAISS narrows the search down; below, comparing with all is quick enough."""

LISTS_GROWTH: Final = 2
"""After growing so many times as large the lists are cut anew."""

_CHUNK: Final = 16_384
_TRAINING_PER_LIST: Final = 40
"""So many rows a list are drawn to cut them by; every n-th would miss what comes in turns."""
_PROBES: Final = 32
_LEAST_PROBED: Final = 8_000
"""So many lists are looked through for a query, and more where they hold fewer rows than that."""
_LEAST: Final = -2.0
"""Below every cosine."""

_REFINE: Final = 4
"""How many times as many rows as wanted the lists give to the exact comparison."""


PARTS: Final = {"matrix": "<f2", "lists": "u1"}
"""The arrays that a file keeps, and their types; they stay there until they are used."""


class Rows:
    """Unit vectors in float16, numbered in the order in which they came.

    Scores are always those of an exact comparison. A removed row is overwritten.
    """

    def __init__(self, dim: int) -> None:
        self._np: Any = import_module("numpy")
        self.dim = dim
        self._rows = Blocks(dim)
        self._lists: _Lists | None = None

    def add(self, vectors: Vector) -> None:
        """Keep vectors under the next numbers."""
        first = self.used
        self._rows.add(vectors)
        if self._lists is not None and len(vectors):
            numbers = self._np.arange(first, self.used)
            self._lists.add(self._rows.take(numbers), numbers)

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget vectors; their bytes are gone from memory."""
        self._rows.clear(numbers)
        if self._lists is not None:
            self._lists.remove(numbers)

    def compact(self, kept: Sequence[int]) -> None:
        """Number the rows anew from 0: these, in their order."""
        anew = Blocks(self.dim)
        for at in range(0, len(kept), _CHUNK):
            anew.add(self._rows.take(self._np.array(kept[at : at + _CHUNK], dtype=self._np.int64)))
        self._rows, self._lists = anew, None

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
        least = _LEAST
        if most < len(scores):
            least = np.partition(scores, len(scores) - most)[len(scores) - most]
        at = np.flatnonzero(scores >= least)
        at = at[np.argsort(-scores[at], kind="stable")]
        found = at if numbers is None else numbers[at]
        return list(zip(found.tolist(), scores[at].tolist(), strict=True))

    def cosines(self, vector: Vector, numbers: Sequence[int]) -> list[float]:
        """Return the cosine of each of these rows."""
        return self._scores(vector, self._np.array(numbers, dtype=self._np.int64)).tolist()

    def settle(self) -> bool:
        """Cut the lists that narrow a search down, where there are enough rows; tell if so."""
        due = self.used >= LISTS_FROM and find_spec("faiss") is not None
        if not due or (self._lists and self.used < LISTS_GROWTH * self._lists.cut_at):
            return False
        self._lists = _Lists.cut(self._rows, self.dim)
        return True

    def parts(self) -> dict[str, Any]:
        """Return the arrays, by the names of `PARTS`, for a file."""
        np = self._np
        lists = [np.zeros(0, dtype=np.uint8)] if self._lists is None else self._lists.to_pieces()
        return {"matrix": list(self._rows.parts()), "lists": lists}

    def restore(self, parts: Mapping[str, Any], cut_at: int) -> None:
        """Take the arrays of a file.

        Raises:
            ValueError: They do not belong together.
        """
        self._rows = Blocks(self.dim, parts["matrix"])
        lists = parts["lists"].checked()
        has_lists = len(lists) and find_spec("faiss")
        self._lists = _Lists.read(lists, cut_at) if has_lists else None
        self._rows.let_go()

    @property
    def used(self) -> int:
        """The first number that was never given."""
        return self._rows.used

    @property
    def cut_at(self) -> int:
        """How many rows there were when the lists were cut."""
        return 0 if self._lists is None else self._lists.cut_at

    def _narrowed(self, vector: Vector, most: int) -> list[int] | None:
        """Return the numbers that the lists propose; None is all."""
        if self._lists is None or most * _REFINE * 4 > self.used:
            return None
        found = self._lists.near(vector, most * _REFINE)
        return found if len(found) >= most else None

    def _scores(self, vector: Vector, numbers: Numbers | None) -> Vector:
        """Return the cosine of each row, rounded so that it does not hang on the chunks."""
        np = self._np
        out = np.empty(self.used if numbers is None else len(numbers), dtype=np.float32)
        begin = 0
        for rows in self._rows.parts() if numbers is None else self._taken(numbers):
            for at in range(0, len(rows), _CHUNK):
                some = rows[at : at + _CHUNK]
                out[begin : begin + len(some)] = some.astype(np.float32) @ vector
                begin += len(some)
        self._rows.let_go()
        return np.round(out, 5)

    def _taken(self, numbers: Numbers) -> Iterator[Matrix]:
        for at in range(0, len(numbers), _CHUNK):
            yield self._rows.take(numbers[at : at + _CHUNK])


class _Lists(msgspec.Struct):
    """FAISS's inverted lists with one byte a number (IVF, SQ8): which rows may be near.

    Jégou, Douze, Schmid: Product Quantization for Nearest Neighbor Search, 2011.
    """

    faiss: Any
    index: Any
    cut_at: int

    @classmethod
    def cut(cls, rows: Blocks, dim: int) -> _Lists:
        np: Any = import_module("numpy")
        faiss: Any = import_module("faiss")
        lists = max(1, int(2 * rows.used**0.5))
        inner = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(
            inner, dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter = 8
        few = min(rows.used, lists * _TRAINING_PER_LIST)
        drawn = np.random.default_rng(0).choice(rows.used, few, replace=False)
        index.train(rows.take(np.sort(drawn)).astype(np.float32))
        out = cls(faiss, index, rows.used)
        for at in range(0, rows.used, _CHUNK):
            numbers = np.arange(at, min(at + _CHUNK, rows.used))
            out.add(rows.take(numbers), numbers)
        return out

    def add(self, rows: Matrix, numbers: Numbers) -> None:
        np: Any = import_module("numpy")
        self.index.add_with_ids(rows.astype(np.float32), numbers)

    def remove(self, numbers: Sequence[int]) -> None:
        np: Any = import_module("numpy")
        self.index.remove_ids(np.array(numbers, dtype=np.int64))

    def near(self, vector: Vector, most: int) -> list[int]:
        index = self.index
        index.nprobe = max(_PROBES, _LEAST_PROBED * index.nlist // max(1, index.ntotal))
        _, numbers = index.search(vector[None, :], most)
        return [number for number in numbers[0].tolist() if number >= 0]

    def to_pieces(self) -> list[Any]:
        """Return the index as bytes, in pieces for a file, so that it stands in memory once."""
        pieces = _Pieces()
        self.faiss.write_index(self.index, self.faiss.PyCallbackIOWriter(pieces.write))
        return pieces.all()

    @classmethod
    def read(cls, saved: Any, cut_at: int) -> _Lists:
        """Return the index of the bytes of a file, which are copied once."""
        faiss: Any = import_module("faiss")
        reader = faiss.PyCallbackIOReader(_Reader(saved).read)
        return cls(faiss, faiss.read_index(reader), cut_at)


class _Pieces:
    """Bytes as they come, put together to pieces as a file wants them."""

    def __init__(self) -> None:
        self._np: Any = import_module("numpy")
        self._pieces: list[Any] = []
        self._last = bytearray()

    def write(self, some: bytes) -> None:
        self._last += some
        if len(self._last) >= _PIECE:
            self._pieces.append(self._np.frombuffer(bytes(self._last[:_PIECE]), dtype="u1"))
            del self._last[:_PIECE]

    def all(self) -> list[Any]:
        return [*self._pieces, self._np.frombuffer(bytes(self._last), dtype="u1")]


_PIECE: Final = 64 * PIECE_BYTES


class _Reader:
    """Gives some bytes out in order."""

    def __init__(self, saved: Any) -> None:
        self._saved = saved
        self._at = 0

    def read(self, size: int) -> bytes:
        begin, self._at = self._at, self._at + size
        return self._saved[begin : self._at].tobytes()
