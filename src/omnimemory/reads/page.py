"""Pages: some items, and the cursor that continues after the last of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from omnimemory.errors import InputError
from omnimemory.out import tables
from omnimemory.pictured import Pictured

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Page(Collection[T], Pictured, Generic[T]):
    """A run of items in order.

    It is no `Sequence`, since data-frame libraries take those apart before they ask for Arrow.

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

    def __contains__(self, one: object) -> bool:
        return one in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the items as JSON, in order."""
        return [_said(one) for one in self._items]

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas frame, a row for each item; properties are columns ``props.NAME``.

        Raises:
            MissingExtraError: The extra ``pandas`` is not installed.
        """
        return tables.to_pandas(self._rows())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the same as an Arrow C stream, for polars, pyarrow, DuckDB and others.

        Raises:
            MissingExtraError: The extra ``arrow`` is not installed.
        """
        return tables.Stream(self._rows()).__arrow_c_stream__(requested_schema)

    def _rows(self) -> list[dict[str, Any]]:
        """Return flat rows whose time is a datetime."""
        rows = tables.flat(self.to_dicts())
        for row, one in zip(rows, self._items, strict=True):
            at = getattr(one, "at", None)
            if isinstance(at, datetime):
                row["at"] = at
        return rows

    def __str__(self) -> str:
        return "\n".join(map(str, self._items))

    def __repr__(self) -> str:
        more = ", more to come" if self.cursor else ""
        return f"<Page of {len(self)}{more}>\n{self}" if self._items else "<Page, empty>"


def _said(one: Any) -> dict[str, Any]:
    """Return an item as JSON, by its own account where it gives one."""
    return one.to_dict() if hasattr(one, "to_dict") else {"value": one}


def check_limit(limit: int) -> int:
    """Return the limit.

    Raises:
        InputError: It is not a whole number above 0.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"limit is {limit!r}; it must be a whole number above 0")
    return limit
