"""Rows → flat columns, pandas frames and Arrow streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from omnimemory.errors import MissingExtraError
from omnimemory.model.time import micros

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
Column = list[Any]


def columns(rows: Sequence[Row]) -> dict[str, Column]:
    """Return the values by column, the columns in the order they are first met.

    A column holds values of one type, or None: text, whole numbers, numbers, truth or times.
    Objects and lists become JSON, and so does a column whose values are of several types.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _column([row.get(name) for row in rows]) for name in names}


def _column(values: Column) -> Column:
    kinds = set(map(_type, filter(_is_told, values)))
    if kinds <= {int, float} and kinds == {int, float}:
        return [None if one is None else float(one) for one in values]
    if len(kinds) <= 1 and kinds <= _PLAIN:
        return values
    return [one if one is None or isinstance(one, str) else _json(one) for one in values]


def _is_told(value: object) -> bool:
    return value is not None


def _type(value: object) -> type[object]:
    return type(value)


_PLAIN: Final[frozenset[type[object]]] = frozenset({str, int, float, bool, datetime})
_MOST_INT: Final = 2**63 - 1


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def to_pandas(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a pandas frame; times are aware, in UTC.

    Raises:
        MissingExtraError: The extra ``pandas`` is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("pandas", extra="pandas") from error
    return pd.DataFrame(columns(rows))


class Stream:
    """Rows as an Arrow C stream, of one batch, and nothing else."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the capsule; the stream comes in its own schema, whatever is requested.

        Raises:
            MissingExtraError: The extra ``arrow`` is not installed.
        """
        del requested_schema
        try:
            na: Any = import_module("nanoarrow")
        except ImportError as error:
            raise MissingExtraError("nanoarrow", extra="arrow") from error
        children = {name: _arrow(values, na) for name, values in columns(self._rows).items()}
        schema = na.struct({name: child.schema for name, child in children.items()})
        batch = na.c_array_from_buffers(
            schema, len(self._rows), buffers=[None], children=list(children.values())
        )
        return na.Array(batch).__arrow_c_stream__()


def _arrow(values: Column, na: Any) -> Any:
    """Return a column as an Arrow array."""
    kind = next(map(_type, filter(_is_told, values)), str)
    if kind is int and any(one is not None and abs(one) > _MOST_INT for one in values):
        values, kind = [None if one is None else str(one) for one in values], str
    if kind is datetime:
        stamps = na.c_array([None if one is None else micros(one) for one in values], na.int64())
        clock = na.timestamp("us", timezone="UTC")
        return na.c_array_from_buffers(clock, len(values), list(stamps.view().buffers))
    made: dict[type[object], Any] = {
        str: na.string,
        int: na.int64,
        float: na.float64,
        bool: na.bool_,
    }
    return na.c_array(values, made[kind]())


def flat(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows with the properties under ``props`` as columns of their own, ``props.NAME``."""
    out: list[dict[str, Any]] = []
    for row in rows:
        inner = row.get("props")
        own = {name: value for name, value in row.items() if name != "props"}
        if isinstance(inner, Mapping):
            props = cast("Row", inner)
            own |= {f"props.{name}": value for name, value in props.items()}
        out.append(own)
    return out
