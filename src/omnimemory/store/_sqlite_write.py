"""One commit to SQLite, inside a transaction that the store opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, by_type
from omnimemory.model.time import FOREVER
from omnimemory.store import _rows
from omnimemory.store._rows import DAY
from omnimemory.store._sqlite_tally import (
    Cells,
    EdgeEnd,
    add_to,
    count_added,
    count_removed,
    forget_targets,
)

_TABLES = ("node", "edge", "passage")
_NO_PROPS = "{}"

_KNOWN = """
    SELECT t.id, t.ref, t.kind, t.touched FROM json_each(:ids) w
    CROSS JOIN thing t ON t.tenant = :tenant AND t.id = w.value
"""
_KEYS_TOUCHED = f"""
    SELECT DISTINCT k.key FROM json_each(:keys) w
    CROSS JOIN node_key k ON k.tenant = :tenant AND k.key = w.value
    CROSS JOIN node n ON n.thing = k.thing
    WHERE (n.recorded_from > :base OR (n.recorded_to > :base AND n.recorded_to < {FOREVER}))
        AND EXISTS (SELECT 1 FROM json_each(n.keys) WHERE value = k.key)
"""
_OPEN = f"recorded_to = {FOREVER}"
_ENDS = """
    SELECT DISTINCT e.ref, e.target, e.kind, s.kind, e.valid_from, e.valid_to, e.recorded_to
    FROM json_each(:refs) w CROSS JOIN edge e ON e.{end} = w.value
    CROSS JOIN thing s ON s.ref = e.source
"""


def write(
    db: sqlite3.Connection,
    tenant: str,
    changes: Changes,
    *,
    base: int,
    at: int | None,
    clock: Callable[[], int],
) -> int:
    """Write one batch and return its revision; the caller commits or rolls back."""
    ref, newest = _tenant(db, tenant)
    revision = _rows.next_revision(newest, at=at, clock=clock)
    writer = _Writer(db, ref, revision, moved_from=None if newest == base else base)
    writer.write(changes)
    moved = "revision = :at, erased = :at" if changes.erase else "revision = :at"
    db.execute(f"UPDATE tenant SET {moved} WHERE ref = :ref", {"at": revision, "ref": ref})
    return revision


def _tenant(db: sqlite3.Connection, name: str) -> tuple[int, int]:
    found = db.execute("SELECT ref, revision FROM tenant WHERE name = ?", (name,)).fetchone()
    if found is not None:
        return found
    cursor = db.execute("INSERT INTO tenant (name, revision) VALUES (?, 0)", (name,))
    return cursor.lastrowid or 0, 0


class _Writer:
    """What one commit knows while it runs.

    Args:
        db: The connection, inside a transaction.
        tenant: The tenant's row.
        at: The revision to stamp.
        moved_from: The revision that the batch was planned from, if there were others since.
    """

    def __init__(
        self, db: sqlite3.Connection, tenant: int, at: int, *, moved_from: int | None
    ) -> None:
        self._db = db
        self._tenant = tenant
        self._at = at
        self._moved_from = moved_from
        self._refs: dict[str, int] = {}
        self._kinds: dict[str, str] = {}

    def write(self, changes: Changes) -> None:
        owners = changes.owners
        nodes, edges, passages = by_type(changes.add)
        self._look_up(owners, edges, changes.keys)
        if changes.erase:
            self._erase([self._refs[id] for id in changes.erase if id in self._refs])
            for id in changes.erase:
                self._refs.pop(id, None)
        self._touch([self._refs[id] for id in owners if id in self._refs])
        self._retire(changes.retire)
        starts = [self._next_row(table) for table in _TABLES]
        self._name(nodes)
        self._add_nodes(nodes)
        self._add_edges(edges)
        self._add_passages(passages)
        # SQLite numbers new rows from the highest on, and this connection alone writes.
        added = zip(starts, map(len, (nodes, edges, passages)), strict=True)
        spans = [row for start, count in added for row in (start, start + count)]
        self._db.execute(
            "INSERT INTO moment VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (self._tenant, self._at, *spans)
        )

    def _look_up(self, owners: frozenset[str], edges: Iterable[Edge], keys: frozenset[str]) -> None:
        """Learn the rows of all things that the batch names, and refuse it if they moved on."""
        ids = owners | {edge.target for edge in edges}
        moved: set[str] = set()
        args = {"ids": _rows.dump(sorted(ids)), "tenant": self._tenant}
        for id, ref, kind, touched in self._db.execute(_KNOWN, args):
            self._refs[id] = ref
            self._kinds[id] = kind
            if self._moved_from is not None and touched > self._moved_from and id in owners:
                moved.add(id)
        if self._moved_from is not None:
            moved.update(self._moved_keys(keys, self._moved_from))
            if moved:
                raise ConflictError(base=self._moved_from, touched=moved)

    def _moved_keys(self, keys: Collection[str], base: int) -> list[str]:
        args = {"keys": _rows.dump(sorted(keys)), "tenant": self._tenant, "base": base}
        return [key for (key,) in self._db.execute(_KEYS_TOUCHED, args)]

    def _touch(self, refs: Collection[int]) -> None:
        self._many("UPDATE thing SET touched = ? WHERE ref = ?", [(self._at, ref) for ref in refs])

    def _erase(self, refs: list[int]) -> None:
        if not refs:
            return
        args = {"refs": _rows.dump(refs)}
        going = "IN (SELECT value FROM json_each(:refs))"
        self._erase_edges(args, set(refs))
        self._db.execute(f"DELETE FROM passage WHERE about {going}", args)
        self._forget_keys(args)
        self._db.execute(f"DELETE FROM node WHERE thing {going}", args)
        self._db.execute(f"DELETE FROM thing WHERE ref {going}", args)

    def _erase_edges(self, args: dict[str, Any], refs: set[int]) -> None:
        rows = {
            row[0]: row
            for end in ("source", "target")
            for row in self._db.execute(_ENDS.format(end=end), args)
        }
        forget_targets(self._db, args)
        self._many("DELETE FROM edge WHERE ref = ?", [(ref,) for ref in rows])
        removed = [
            EdgeEnd(target, edge_kind, node_kind, start)
            for _, target, edge_kind, node_kind, start, end, closed in rows.values()
            if end == closed == FOREVER and target not in refs
        ]
        count_removed(self._db, removed)

    def _forget_keys(self, args: dict[str, Any]) -> None:
        rows = self._db.execute(
            """
            SELECT DISTINCT k.value, n.thing
            FROM json_each(:refs) w CROSS JOIN node n ON n.thing = w.value
            CROSS JOIN json_each(n.keys) k
            """,
            args,
        ).fetchall()
        self._many(
            "DELETE FROM node_key WHERE tenant = ? AND key = ? AND thing = ?",
            [(self._tenant, key, thing) for key, thing in rows],
        )

    def _retire(self, facts: Iterable[Fact]) -> None:
        nodes: list[tuple[int, int, int]] = []
        edges: list[Edge] = []
        passages: list[tuple[int, int, int, int]] = []
        for fact in facts:
            owner = self._refs.get(fact.owner)
            if owner is None:
                continue
            match fact:
                case Node():
                    nodes.append((self._at, owner, fact.span.valid_from))
                case Edge():
                    edges.append(fact)
                case Passage():
                    passages.append((self._at, owner, fact.part, fact.span.valid_from))
        close = "UPDATE {0} SET recorded_to = ? WHERE {1} AND valid_from = ? AND " + _OPEN
        self._many(close.format("node", "thing = ?"), nodes)
        self._many(close.format("passage", "about = ? AND part = ?"), passages)
        if edges:
            self._close_edges(edges)

    def _close_edges(self, edges: Iterable[Edge]) -> None:
        wanted = [[self._refs[e.source], e.kind, e.target, e.span.valid_from] for e in edges]
        rows = self._db.execute(
            f"""
            SELECT DISTINCT e.ref, e.target, e.kind, s.kind, e.valid_from, e.valid_to
            FROM json_each(:edges) w
            CROSS JOIN edge e ON e.source = w.value ->> 0 AND e.kind = w.value ->> 1
                AND e.valid_from = w.value ->> 3 AND e.{_OPEN}
            CROSS JOIN thing t ON t.ref = e.target AND t.id = w.value ->> 2
            CROSS JOIN thing s ON s.ref = e.source
            """,
            {"edges": _rows.dump(wanted)},
        ).fetchall()
        closed = [(self._at, row[0]) for row in rows]
        self._many("UPDATE edge SET recorded_to = ? WHERE ref = ?", closed)
        count_removed(self._db, [EdgeEnd(*row[1:5]) for row in rows if row[5] == FOREVER])

    def _name(self, nodes: Iterable[Node]) -> None:
        """Give each new node its row among the things."""
        fresh: list[tuple[int, int, str, str, int]] = []
        ref = 0
        for node in nodes:
            if node.id not in self._refs:
                ref = ref or self._next_row("thing")
                fresh.append((ref, self._tenant, node.id, node.kind, self._at))
                self._refs[node.id] = ref
                self._kinds[node.id] = node.kind
                ref += 1
            elif self._kinds[node.id] != node.kind:
                raise _rows.other_kind(node, self._kinds[node.id])
        self._many("INSERT INTO thing VALUES (?, ?, ?, ?, ?)", fresh)

    def _add_nodes(self, nodes: Iterable[Node]) -> None:
        rows: list[tuple[Any, ...]] = []
        keys: list[tuple[int, str, int]] = []
        tenant, at, refs = self._tenant, self._at, self._refs
        for node in nodes:
            ref, span = refs[node.id], node.span
            listed = _rows.dump(sorted(node.keys)) if node.keys else None
            times = (span.valid_from, span.valid_to, at, FOREVER)
            rows.append((tenant, ref, listed, _rows.dump(node.props), *times))
            if listed is not None:
                keys += [(tenant, key, ref) for key in node.keys]
        self._many(
            """
            INSERT INTO node
                (tenant, thing, keys, props, valid_from, valid_to, recorded_from, recorded_to)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows,
        )
        self._many("INSERT OR IGNORE INTO node_key VALUES (?, ?, ?)", keys)

    def _add_edges(self, edges: Iterable[Edge]) -> None:
        rows: list[tuple[Any, ...]] = []
        cells: Cells = {}
        tenant, at, refs, kinds = self._tenant, self._at, self._refs, self._kinds
        for edge in edges:
            source, target = refs.get(edge.source), refs.get(edge.target)
            if source is None or target is None:
                unknown = edge.source if source is None else edge.target
                raise _rows.unknown_end(edge, unknown, base=self._moved_from)
            start, end, kind = edge.span.valid_from, edge.span.valid_to, edge.kind
            props = _rows.dump(edge.props) if edge.props else _NO_PROPS
            rows.append((tenant, source, kind, target, props, start, end, at, FOREVER))
            if end == FOREVER:
                add_to(cells, (target, kind, start // DAY, kinds[edge.source]), start)
        self._many(
            """
            INSERT INTO edge (tenant, source, kind, target, props,
                valid_from, valid_to, recorded_from, recorded_to)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows,
        )
        count_added(self._db, cells)

    def _add_passages(self, passages: Iterable[Passage]) -> None:
        rows: list[tuple[Any, ...]] = []
        for passage in passages:
            about = self._refs.get(passage.about)
            if about is None:
                raise _rows.unknown_end(passage, passage.about, base=self._moved_from)
            rows.append((self._tenant, about, passage.part, passage.text, *self._span(passage)))
        self._many(
            """
            INSERT INTO passage
                (tenant, about, part, text, valid_from, valid_to, recorded_from, recorded_to)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows,
        )

    def _span(self, fact: Fact) -> tuple[int, int, int, int]:
        return fact.span.valid_from, fact.span.valid_to, self._at, FOREVER

    def _next_row(self, table: str) -> int:
        (last,) = self._db.execute(f"SELECT max(ref) FROM {table}").fetchone()
        return (last or 0) + 1

    def _many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            self._db.executemany(sql, rows)
