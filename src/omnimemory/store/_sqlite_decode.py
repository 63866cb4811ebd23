"""Rows of a SQLite store as the facts that a view of a revision sees."""

from __future__ import annotations

from typing import Any, Final

from omnimemory.model.facts import Edge, JsonObject, Node, Passage
from omnimemory.model.time import FOREVER, Span
from omnimemory.store import _rows
from omnimemory.store._sqlite_driver import Row

_NO_KEYS: Final[frozenset[str]] = frozenset()


def node(row: Row, revision: int) -> Node:
    """Return the node of a row of `omnimemory.store._sqlite_sql.NODE`."""
    id, kind, keys, props, start, end, recorded, closed = row
    return Node(
        id=id,
        kind=kind,
        keys=frozenset(_rows.load(keys)) if keys else _NO_KEYS,
        props=_rows.load(props),
        span=_span(start, end, recorded, closed, revision),
    )


def edge(row: Row, revision: int) -> Edge:
    """Return the edge of a row of `omnimemory.store._sqlite_sql.EDGE`."""
    source, kind, target, props, start, end, recorded, closed = row
    return Edge(
        source=source,
        kind=kind,
        target=target,
        props=_props(props),
        span=_span(start, end, recorded, closed, revision),
    )


def passage(row: Row, revision: int) -> Passage:
    """Return the passage of a row of `omnimemory.store._sqlite_sql.PASSAGE`."""
    about, part, text, start, end, recorded, closed = row
    span = _span(start, end, recorded, closed, revision)
    return Passage(about=about, part=part, text=text, span=span)


def _props(text: Any) -> JsonObject:
    return {} if text == "{}" else _rows.load(text)


def _span(start: int, end: int, recorded: int, closed: int, revision: int) -> Span:
    """Return a span as it stood at the revision: what was closed later is still open."""
    return Span(start, end, recorded, closed if closed <= revision else FOREVER)
