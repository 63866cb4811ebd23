"""JSON in few words: what a record says besides its text.

In one line, lists of objects come as their identifiers and names, and objects of texts, such
as addresses, as their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from omnimemory.context.safe import quote, word

VALUE_CHARACTERS: Final = 80
"""Longer values are texts, of which one line shows the beginning."""
_TEXT_CHARACTERS: Final = 2_000
_MOST_ROWS: Final = 40
_MOST_DEPTH: Final = 4
_NAMES: Final = frozenset({"name", "title", "label", "number", "sku", "code", "type", "status"})
_AN_ID: Final = re.compile(r"(?:^|_)(?:id|ids|number|no|code|sku|key|ref|tracking)$")


def named(name: str, value: Any, *, brief: bool = False) -> str:
    """Return a field as ``name value``; empty where there is nothing to say.

    Args:
        name: What it is called.
        value: Any JSON.
        brief: Whether of a list of objects only identifiers and names are wanted.
    """
    said = _said(value, name, brief=brief, depth=0)
    return f"{_plain(name)} {said}" if said else ""


def _said(value: Any, name: str, *, brief: bool, depth: int) -> str:
    if value is None or value == "" or depth > _MOST_DEPTH:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return _value(value, brief=brief)
    if isinstance(value, Mapping):
        return _object(cast("Mapping[str, Any]", value), brief=brief, depth=depth)
    if isinstance(value, list | tuple):
        return _list(cast("Sequence[Any]", value), name, brief=brief, depth=depth)
    return ""


def _value(value: Any, *, brief: bool) -> str:
    text = str(value)
    if len(text) <= VALUE_CHARACTERS:
        return word(text)
    return quote(text, VALUE_CHARACTERS if brief else _TEXT_CHARACTERS)


def _plain(name: Any) -> str:
    return word(str(name).replace("_", " "))


def _object(given: Mapping[str, Any], *, brief: bool, depth: int) -> str:
    """Return an object's members; where names are ids of objects, the ids alone if brief."""
    if _is_table(given):
        return ", ".join(
            _row(key, cast("Mapping[str, Any]", one), brief=brief, depth=depth)
            for key, one in list(given.items())[:_MOST_ROWS]
        )
    said = (
        (key, _said(one, key, brief=brief, depth=depth + 1))
        for key, one in list(given.items())[:_MOST_ROWS]
    )
    is_flat = all(isinstance(one, str) for one in given.values())
    if is_flat and brief:
        return ", ".join(one for _, one in said if one)
    return ", ".join(f"{_plain(key)} {one}" for key, one in said if one)


def _is_table(given: Mapping[str, Any]) -> bool:
    """Return whether the names of an object are ids of its members."""
    keys = list(given)
    return bool(keys) and all(
        isinstance(given[key], Mapping) and any(one.isdigit() for one in str(key)) for key in keys
    )


def _row(key: str, row: Mapping[str, Any], *, brief: bool, depth: int) -> str:
    if brief:
        return _value(key, brief=True)
    rest = {name: one for name, one in row.items() if one != key}
    more = _object(rest, brief=brief, depth=depth + 1) if rest else ""
    id = _value(key, brief=True)
    return f"{id} ({more})" if more else id


def _list(given: Sequence[Any], name: str, *, brief: bool, depth: int) -> str:
    rows = [cast("Mapping[str, Any]", one) for one in given if isinstance(one, Mapping)]
    if len(rows) < len(given):
        said = (_said(one, name, brief=brief, depth=depth + 1) for one in given[:_MOST_ROWS])
        return ", ".join(one for one in said if one) + _more(given)
    columns = _columns(rows, name, brief=brief)
    lines = [
        " ".join(_said(row.get(key), key, brief=brief, depth=depth + 1) or "-" for key in columns)
        for row in rows[:_MOST_ROWS]
    ]
    head = "" if brief else f"({' '.join(_plain(key) for key in columns)}): "
    return f"{head}{', '.join(lines)}{_more(given)}" if columns else ""


def _more(given: Sequence[Any]) -> str:
    return f", {len(given) - _MOST_ROWS} more" if len(given) > _MOST_ROWS else ""


def _columns(rows: Sequence[Mapping[str, Any]], name: str, *, brief: bool) -> list[str]:
    """Return the members that any row has; if brief, its names and its own identifier.

    Of items that is ``item_id`` or ``id``; where there is neither, all that are identifiers.
    """
    every = list(dict.fromkeys(key for row in rows for key in row))
    if not brief:
        return every
    names = [key for key in every if key in _NAMES]
    own = [key for key in every if key in ("id", f"{name.removesuffix('s')}_id")]
    return names + (own or [key for key in every if _AN_ID.search(key) and key not in names])
