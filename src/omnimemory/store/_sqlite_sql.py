"""The queries of a SQLite view, each driven from what was asked for.

`json_each(:ids)` gives the ids and `CROSS JOIN` fixes the order of the joins, because the
planner, left to choose, scans whole tables.
"""

from __future__ import annotations

from typing import Final

from omnimemory.model.time import FOREVER
from omnimemory.store.walk import EdgeSide

PAGE: Final = 500
"""Rows that a stream fetches at a time."""

_SPAN: Final = "{0}.valid_from, {0}.valid_to, {0}.recorded_from, {0}.recorded_to"

SEEN: Final = (
    "{0}.valid_from <= :valid AND :valid < {0}.valid_to"
    " AND {0}.recorded_from <= :revision AND :revision < {0}.recorded_to"
)
THINGS: Final = "json_each(:ids) w CROSS JOIN thing t ON t.tenant = :tenant AND t.id = w.value"
NODE: Final = f"t.id, t.kind, n.keys, n.props, {_SPAN.format('n')}"
EDGE: Final = f"s.id, e.kind, t.id, e.props, {_SPAN.format('e')}"
PASSAGE: Final = f"t.id, p.part, p.text, {_SPAN.format('p')}"

NODES: Final = f"""
    SELECT {NODE} FROM {THINGS} CROSS JOIN node n ON n.thing = t.ref WHERE {SEEN.format("n")}
"""
FIND: Final = f"""
    SELECT {NODE} FROM thing t CROSS JOIN node n ON n.thing = t.ref
    WHERE t.tenant = :tenant {{kind}} {{after}} AND {SEEN.format("n")}
    ORDER BY t.id LIMIT :limit
"""
WITH_KEYS: Final = f"""
    SELECT {NODE} FROM (
        SELECT DISTINCT k.thing FROM json_each(:keys) w
        CROSS JOIN node_key k ON k.tenant = :tenant AND k.key = w.value
    ) found CROSS JOIN thing t ON t.ref = found.thing CROSS JOIN node n ON n.thing = t.ref
    WHERE {SEEN.format("n")}
"""
KEYS: Final = f"""
    SELECT DISTINCT k.key FROM node_key k CROSS JOIN node n ON n.thing = k.thing
    WHERE k.tenant = :tenant AND k.key >= :prefix {{below}} AND {SEEN.format("n")}
        AND EXISTS (SELECT 1 FROM json_each(n.keys) WHERE value = k.key)
    ORDER BY k.key LIMIT :limit
"""
ENDS: Final[tuple[EdgeSide, ...]] = ("source", "target")
PASSAGES: Final = f"""
    SELECT {PASSAGE} FROM {THINGS} CROSS JOIN passage p ON p.about = t.ref
    WHERE {SEEN.format("p")}
"""
NEXT_THINGS: Final = f"""
    SELECT id FROM thing WHERE tenant = :tenant AND id > :after ORDER BY id LIMIT {PAGE}
"""
_KNOWN: Final = "recorded_from <= :revision"
VERSIONS: Final = (
    f"SELECT {NODE} FROM {THINGS} CROSS JOIN node n ON n.thing = t.ref WHERE n.{_KNOWN}",
    f"""
    SELECT {EDGE}
    FROM json_each(:ids) w CROSS JOIN thing s ON s.tenant = :tenant AND s.id = w.value
    CROSS JOIN edge e ON e.source = s.ref CROSS JOIN thing t ON t.ref = e.target
    WHERE e.{_KNOWN}
    """,
    f"SELECT {PASSAGE} FROM {THINGS} CROSS JOIN passage p ON p.about = t.ref WHERE p.{_KNOWN}",
)
MOMENTS: Final = f"""
    SELECT revision FROM moment
    WHERE tenant = :tenant AND revision > :since AND revision <= :revision
    ORDER BY revision LIMIT {PAGE}
"""
_NODE_FROM: Final = "node n CROSS JOIN thing t ON t.ref = n.thing"
_EDGE_FROM: Final = (
    "edge e CROSS JOIN thing s ON s.ref = e.source CROSS JOIN thing t ON t.ref = e.target"
)
_PASSAGE_FROM: Final = "passage p CROSS JOIN thing t ON t.ref = p.about"
_SOURCES: Final = (
    ("node", "n", NODE, _NODE_FROM),
    ("edge", "e", EDGE, _EDGE_FROM),
    ("passage", "p", PASSAGE, _PASSAGE_FROM),
)
ADDED: Final = tuple(
    f"""
    SELECT {columns} FROM moment m CROSS JOIN {joined}
    WHERE m.tenant = :tenant AND m.revision = :at
        AND {name}.ref >= m.{table}_from AND {name}.ref < m.{table}_to
        AND {name}.tenant = :tenant AND {name}.recorded_from = :at
    """
    for table, name, columns, joined in _SOURCES
)
# The last term is there for the partial index. Beside it SQLite seeks by `BETWEEN`, but given
# `recorded_to = :at` it walks the whole index.
CLOSED: Final = tuple(
    f"""
    SELECT {columns} FROM {joined}
    WHERE {name}.tenant = :tenant AND {name}.recorded_to BETWEEN :at AND :at
        AND {name}.recorded_to < {FOREVER}
    """
    for _, name, columns, joined in _SOURCES
)
COUNT_NODES: Final = f"""
    SELECT t.kind, count(*) FROM thing t CROSS JOIN node n ON n.thing = t.ref
    WHERE t.tenant = :tenant AND {SEEN.format("n")} GROUP BY t.kind ORDER BY t.kind
"""
COUNT_PASSAGES: Final = f"""
    SELECT count(*) FROM passage p WHERE p.tenant = :tenant AND {SEEN.format("p")}
"""
