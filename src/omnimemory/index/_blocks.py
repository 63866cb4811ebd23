"""Rows of float16 in blocks of one size, so that new rows never move those that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float16]
    Numbers: TypeAlias = NDArray[np.int64]

BLOCK_ROWS: Final = 1 << 15
"""A block is a whole number of the pieces over which a file's checksum goes, whatever the rows."""


class Blocks:
    """Rows, numbered from 0 in the order in which they came.

    Args:
        dim: How many numbers a row has.
        matrix: The first rows; all but the last block of them are used as they are.
    """

    def __init__(self, dim: int, matrix: Matrix | None = None) -> None:
        self._np: Any = import_module("numpy")
        self._dim = dim
        self._blocks: list[Matrix] = []
        self.used = 0
        if matrix is not None:
            whole = len(matrix) - len(matrix) % BLOCK_ROWS
            self._blocks = [matrix[at : at + BLOCK_ROWS] for at in range(0, whole, BLOCK_ROWS)]
            self.used = whole
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
        """Overwrite rows with zeros."""
        for number in numbers:
            self._blocks[number // BLOCK_ROWS][number % BLOCK_ROWS] = 0

    def take(self, numbers: Numbers) -> Matrix:
        """Return a copy of these rows, in their order."""
        out = self._np.empty((len(numbers), self._dim), dtype=self._np.float16)
        blocks = numbers // BLOCK_ROWS
        for block in self._np.unique(blocks):
            at = self._np.flatnonzero(blocks == block)
            out[at] = self._blocks[int(block)][numbers[at] % BLOCK_ROWS]
        return out

    def parts(self) -> Iterator[Matrix]:
        """Yield all rows, a block at a time, as they are."""
        for at, block in enumerate(self._blocks):
            yield block[: self.used - at * BLOCK_ROWS]
