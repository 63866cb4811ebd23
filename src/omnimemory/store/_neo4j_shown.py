"""Properties as people see them in a Neo4j database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from omnimemory.store import _rows

_RESERVED: Final = frozenset({"tenant", "id"})
_INT64: Final = range(-(2**63), 2**63)


def readable(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node's properties as Neo4j can hold them; what is nested becomes JSON text."""
    return {
        name if name not in _RESERVED else f"{name}_": _scalar(value)
        for name, value in props.items()
        if name and "\0" not in name and not name.startswith("_")
    }


def _scalar(value: Any) -> Any:
    if isinstance(value, str | bool | float | None):
        return value
    if isinstance(value, int) and value in _INT64:
        return value
    if isinstance(value, list):
        items = cast("list[object]", value)
        if all(isinstance(item, str) for item in items):
            return items
    return _rows.dump(cast("object", value))
