"""Pages: some items, and the cursor that continues after the last of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

from omnimemory.errors import InputError
from omnimemory.pictured import Pictured

T = TypeVar("T")


class Page(Sequence[T], Pictured, Generic[T]):
    """A run of items in order.

    Attributes:
        cursor: Pass it as ``after`` to go on; None when nothing is left.
    """

    def __init__(self, items: Sequence[T], cursor: str | None = None) -> None:
        self._items = tuple(items)
        self.cursor = cursor

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __str__(self) -> str:
        return "\n".join(map(str, self._items))

    def __repr__(self) -> str:
        more = ", more to come" if self.cursor else ""
        return f"<Page of {len(self)}{more}>\n{self}" if self._items else "<Page, empty>"


def check_limit(limit: int) -> int:
    """Return the limit.

    Raises:
        InputError: It is not a whole number above 0.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"limit is {limit!r}; it must be a whole number above 0")
    return limit
