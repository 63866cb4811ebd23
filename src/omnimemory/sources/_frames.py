"""Data frames of any library, by narwhals: their rows as mappings from column to cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from importlib import import_module
from typing import Any, Final, Protocol, TypeAlias, cast

from omnimemory.errors import InputError, MissingExtraError

_SPOKEN: Final = ("__narwhals_dataframe__", "__dataframe__", "__arrow_c_stream__", "collect_schema")


class Interchange(Protocol):
    """A data frame that speaks the interchange protocol."""

    def __dataframe__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the frame in the protocol's form."""
        ...


class ArrowStream(Protocol):
    """What gives itself away as an Arrow C stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the stream's capsule."""
        ...


Frame: TypeAlias = Interchange | ArrowStream
"""A frame of pandas, polars, pyarrow, DuckDB, Modin, cuDF, or any that streams Arrow."""


def is_frame(given: object) -> bool:
    """Return whether this is a data frame of some library."""
    return any(hasattr(type(given), name) for name in _SPOKEN)


def frame_rows(given: object) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a frame; what is missing, in any library's way, is None.

    Raises:
        InputError: No library that is installed can read it.
        MissingExtraError: The extra ``frames`` is not installed.
    """
    try:
        nw: Any = import_module("narwhals")
    except ImportError as error:
        raise MissingExtraError("narwhals", extra="frames") from error
    for row in _frame(given, nw).iter_rows(named=True):
        yield {str(name): _cell(cell) for name, cell in row.items()}


def _frame(given: object, nw: Any) -> Any:
    """Return an eager frame of narwhals; a lazy one is collected, an Arrow stream read."""
    found = nw.from_native(given, pass_through=True)
    if isinstance(found, nw.LazyFrame):
        return found.collect()
    if isinstance(found, nw.DataFrame):
        return found
    for backend in ("polars", "pyarrow", "pandas"):
        try:
            return nw.from_arrow(given, backend=backend)
        except (ImportError, ModuleNotFoundError):
            continue
        except (TypeError, ValueError) as error:
            raise InputError(f"{type(given).__name__} is no data frame: {error}") from error
    raise InputError(
        f"{type(given).__name__} streams Arrow; install polars, pyarrow or pandas to read it"
    )


def _cell(cell: object) -> object:
    """Return a cell as a table has it; NaN and NaT, which are not themselves, are missing."""
    item: Any = getattr(cell, "item", None)
    value: Any = item() if callable(item) else cell
    if isinstance(value, list | dict):
        return cast("Any", value)
    if value is None or value != value:  # noqa: PLR0124 - what is missing is not itself
        return None
    return value.isoformat() if isinstance(value, date) else value
