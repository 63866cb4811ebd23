"""Reading properties whose type a source may have got wrong: what does not fit is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def text(value: Any) -> str:
    """Return a text, or a number as one; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def texts(value: Any) -> list[str]:
    """Return the texts of a list; a text alone is a list of one."""
    if isinstance(value, list | tuple):
        found = [text(one) for one in cast("list[Any]", value)]
        return [one for one in found if one]
    return [text(value)] if text(value) else []


def amount(value: Any) -> float | None:
    """Return a number; None where it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the JSON objects of a list."""
    found = cast("list[Any]", value) if isinstance(value, list | tuple) else []
    return [one for one in found if isinstance(one, Mapping)]


def named(value: Any) -> dict[str, Mapping[str, Any]]:
    """Return the JSON objects of an object, by their names."""
    if not isinstance(value, Mapping):
        return {}
    found = cast("Mapping[str, Any]", value)
    return {name: one for name, one in found.items() if isinstance(one, Mapping)}
