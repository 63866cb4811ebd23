"""Rows of float16 in blocks of one size, so that new rows never move those that are there.

Those of a file stay there until they are used; all come into memory when one is let go of,
so that nothing keeps the file with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnimemory.index._file import Mapped

    Matrix: TypeAlias = NDArray[np.float16]
    Numbers: TypeAlias = NDArray[np.int64]

BLOCK_ROWS: Final = 1 << 15
"""A block is a whole number of the pieces over which a file's sums go, whatever the rows."""


class Blocks:
    """Rows, numbered from 0 in the order in which they came.

    Args:
        dim: How many numbers a row has.
        mapped: The first rows, as they stand in a file; of a block that is not full they are
            copied.

    Raises:
        ValueError: What stands in the file are no such rows.
    """

    def __init__(self, dim: int, mapped: Mapped | None = None) -> None:
        self._np: Any = import_module("numpy")
        self._dim = dim
        self._row_bytes = dim * self._np.dtype(self._np.float16).itemsize
        self._blocks: list[Matrix] = []
        self._mapped = mapped
        self.used = self._in_file = 0
        if mapped is not None:
            matrix = mapped.values.reshape(-1, dim)
            whole = len(matrix) - len(matrix) % BLOCK_ROWS
            self._blocks = [matrix[at : at + BLOCK_ROWS] for at in range(0, whole, BLOCK_ROWS)]
            self.used = self._in_file = whole
            self._check(self._np.arange(whole, len(matrix)))
            self.add(matrix[whole:])

    def add(self, rows: Any) -> None:
        """Keep rows under the next numbers."""
        at = 0
        while at < len(rows):
            place = self.used % BLOCK_ROWS
            if not place:
                self._blocks.append(self._np.zeros((BLOCK_ROWS, self._dim), dtype=self._np.float16))
            some = rows[at : at + BLOCK_ROWS - place]
            self._blocks[-1][place : place + len(some)] = some
            self.used += len(some)
            at += len(some)

    def clear(self, numbers: Sequence[int]) -> None:
        """Overwrite rows with zeros.

        Raises:
            DamagedError: The file is not what was written.
        """
        if self._in_file:
            self._blocks = [block.copy() for block in self._blocks_checked()]
            self._mapped, self._in_file = None, 0
        for number in numbers:
            self._blocks[number // BLOCK_ROWS][number % BLOCK_ROWS] = 0

    def take(self, numbers: Numbers) -> Matrix:
        """Return a copy of these rows, in their order.

        Raises:
            DamagedError: The file is not what was written.
        """
        self._check(numbers[numbers < self._in_file])
        out = self._np.empty((len(numbers), self._dim), dtype=self._np.float16)
        blocks = numbers // BLOCK_ROWS
        for block in self._np.unique(blocks):
            at = self._np.flatnonzero(blocks == block)
            out[at] = self._blocks[int(block)][numbers[at] % BLOCK_ROWS]
        self.let_go()
        return out

    def let_go(self) -> None:
        """Give back the memory of the rows of a file that were looked at."""
        if self._mapped is not None:
            self._mapped.let_go()

    def parts(self) -> Iterator[Matrix]:
        """Yield all rows, a block at a time, as they are.

        Raises:
            DamagedError: The file is not what was written.
        """
        for at, block in enumerate(self._blocks_checked()):
            yield block[: self.used - at * BLOCK_ROWS]

    def _blocks_checked(self) -> Iterator[Matrix]:
        for at, block in enumerate(self._blocks):
            begin = at * BLOCK_ROWS
            self._check(self._np.arange(begin, min(begin + BLOCK_ROWS, self._in_file)))
            yield block

    def _check(self, numbers: Numbers) -> None:
        if self._mapped is not None and len(numbers):
            self._mapped.check(numbers * self._row_bytes, self._row_bytes)
