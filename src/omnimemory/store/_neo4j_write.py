"""One commit to Neo4j, inside a transaction that the store opened.

The truth is kept as versions: `Om_Node`, `Om_Edge` and `Om_Passage`, found by index. Beside them
stands the graph as it is now, for people: an entity for each node, labelled by its kind and with
its properties, and a relationship for each edge, typed by its kind.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, LiteralString

import neo4j

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.time import FOREVER
from omnimemory.store import _neo4j_tally as tally
from omnimemory.store import _rows
from omnimemory.store._neo4j_shown import readable

BATCH: Final = 5_000
"""Rows a statement; more raise the server's memory and not its speed."""

_LOCK: Final[LiteralString] = """
    MERGE (t:Om_Tenant {name: $tenant}) ON CREATE SET t.revision = 0, t.edge_kinds = []
    SET t.locked = true
    RETURN t.revision, t.edge_kinds
"""
_WRITTEN: Final[LiteralString] = """
    MATCH (m:Om_Moment {tenant: $tenant, token: $token}) WHERE m.revision > $base RETURN m.revision
"""
_STAMP: Final[LiteralString] = """
    MATCH (t:Om_Tenant {name: $tenant})
    SET t.revision = $at, t.edge_kinds = $edge_kinds REMOVE t.locked
    CREATE (:Om_Moment {tenant: $tenant, revision: $at, token: $token})
"""
_KNOWN: Final[LiteralString] = """
    UNWIND $ids AS id MATCH (e:Om_Entity {tenant: $tenant, id: id})
    RETURN e.id, e._kind, e._touched
"""
_KEYS_TOUCHED: Final[LiteralString] = """
    UNWIND $keys AS key
    MATCH (k:Om_Key {tenant: $tenant, key: key})
    MATCH (v:Om_Node {tenant: $tenant, id: k.id})
    WHERE (v.recorded_from > $base OR ($base < v.recorded_to AND v.recorded_to < $forever))
        AND key IN v.keys
    RETURN DISTINCT key
"""
_ERASE: Final[tuple[LiteralString, ...]] = (
    "UNWIND $ids AS id MATCH (v:Om_Node {tenant: $tenant, id: id}) DELETE v",
    """UNWIND $ids AS id MATCH (v:Om_Edge {tenant: $tenant, source: id})
        WHERE v.kind IS NOT NULL AND v.valid_from IS NOT NULL DELETE v""",
    """UNWIND $ids AS id MATCH (v:Om_Edge {tenant: $tenant, target: id})
        WHERE v.kind IS NOT NULL AND v.valid_from IS NOT NULL DELETE v""",
    tally.FORGET,
    "UNWIND $ids AS id MATCH (v:Om_Passage {tenant: $tenant, about: id}) DELETE v",
    "UNWIND $ids AS id MATCH (k:Om_Key {tenant: $tenant, id: id}) DELETE k",
    "UNWIND $ids AS id MATCH (e:Om_Entity {tenant: $tenant, id: id}) DETACH DELETE e",
)
_TOUCH: Final[LiteralString] = """
    UNWIND $ids AS id MATCH (e:Om_Entity {tenant: $tenant, id: id}) SET e._touched = $at
"""
_CLOSE_NODES: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (v:Om_Node {tenant: $tenant, id: row.id})
    WHERE v.valid_from = row.valid_from AND v.recorded_to = $forever
    SET v.recorded_to = $at, v.closed = $at
"""
_CLOSE_EDGES: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (v:Om_Edge {
        tenant: $tenant, source: row.source, kind: row.kind, valid_from: row.valid_from
    })
    WHERE v.target = row.target AND v.recorded_to = $forever SET v.recorded_to = $at, v.closed = $at
    RETURN v.target, v.kind, v.source_kind, v.valid_to
"""
_UNLINK: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (a:Om_Entity {tenant: $tenant, id: row.source})
    CALL (a, row) {
        MATCH (a)-[r]->(b)
        WHERE type(r) = row.kind AND b.id = row.target AND r._valid_from = row.valid_from
        DELETE r
    }
"""
_CLOSE_PASSAGES: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (v:Om_Passage {tenant: $tenant, about: row.about})
    WHERE v.part = row.part AND v.valid_from = row.valid_from AND v.recorded_to = $forever
    SET v.recorded_to = $at, v.closed = $at
"""
_HIDE: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (e:Om_Entity {tenant: $tenant, id: row.id})
    REMOVE e:$(row.kind) SET e = row.shown
"""
_NAME: Final[LiteralString] = """
    UNWIND $rows AS row CREATE (e:Om_Entity:$(row.labels)) SET e = row.shown
"""
_SHOW: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (e:Om_Entity {tenant: $tenant, id: row.id})
    SET e:$(row.kind) SET e = row.shown
"""
_ADD_NODES: Final[LiteralString] = "UNWIND $rows AS row CREATE (v:Om_Node:Om_Version) SET v = row"
_ADD_KEYS: Final[LiteralString] = """
    UNWIND $rows AS row MERGE (:Om_Key {tenant: $tenant, key: row.key, id: row.id})
"""
_ADD_EDGES: Final[LiteralString] = "UNWIND $rows AS row CREATE (v:Om_Edge:Om_Version) SET v = row"
_LINK: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (a:Om_Entity {tenant: $tenant, id: row.source})
    MATCH (b:Om_Entity {tenant: $tenant, id: row.target})
    CREATE (a)-[r:$(row.kind)]->(b) SET r = row.shown
"""
_ADD_PASSAGES: Final[LiteralString] = (
    "UNWIND $rows AS row CREATE (v:Om_Passage:Om_Version) SET v = row"
)


def write(
    tx: neo4j.ManagedTransaction,
    tenant: str,
    changes: Changes,
    *,
    base: int,
    at: int | None,
    clock: Callable[[], int],
    token: str,
) -> int:
    """Write one batch and return its revision; the caller's transaction holds it together.

    Args:
        tx: An open transaction.
        tenant: The tenant to write to.
        changes: A batch that was checked.
        base: The revision it was planned from.
        at: Recorded time to stamp; the clock's if left out.
        clock: Returns UTC microseconds.
        token: Names this batch, so that one whose answer was lost is not written twice.
    """
    head, edge_kinds = tx.run(_LOCK, tenant=tenant).single(strict=True).values()
    landed = tx.run(_WRITTEN, tenant=tenant, token=token, base=base).values()
    if landed:
        return landed[0][0]
    revision = _rows.next_revision(head, at=at, clock=clock)
    writer = _Writer(tx, tenant, revision, moved_from=None if head == base else base)
    writer.write(changes)
    added = {fact.kind for fact in changes.add if isinstance(fact, Edge)}
    kinds = sorted(added.union(edge_kinds))
    tx.run(_STAMP, tenant=tenant, at=revision, edge_kinds=kinds, token=token).consume()
    return revision


class _Writer:
    """What one commit knows while it runs.

    Args:
        tx: The transaction.
        tenant: The tenant to write to.
        at: The revision to stamp.
        moved_from: The revision that the batch was planned from, if there were others since.
    """

    def __init__(
        self, tx: neo4j.ManagedTransaction, tenant: str, at: int, *, moved_from: int | None
    ) -> None:
        self._tx = tx
        self._tenant = tenant
        self._at = at
        self._moved_from = moved_from
        self._kinds: dict[str, str] = {}
        self._ended: Counter[tally.End] = Counter()

    def write(self, changes: Changes) -> None:
        self._look_up(changes)
        if changes.erase:
            self._erase(changes.erase)
        fresh = _rows.settle(changes.add, self._kinds, base=self._moved_from)
        self._retire([fact for fact in changes.retire if fact.owner in self._kinds])
        self._run(_TOUCH, ids=sorted(changes.owners & self._kinds.keys() - fresh.keys()))
        self._add(changes.add, fresh)
        ended = [end._asdict() | {"count": n} for end, n in sorted(self._ended.items())]
        self._run(tally.REMOVE, rows=ended)

    def _run(self, statement: LiteralString, **args: list[Any]) -> None:
        """Run a statement over a list, a batch at a time."""
        ((name, values),) = args.items()
        for start in range(0, len(values), BATCH):
            self._tx.run(
                statement,
                {name: values[start : start + BATCH]},
                tenant=self._tenant,
                at=self._at,
                forever=FOREVER,
            ).consume()

    def _look_up(self, changes: Changes) -> None:
        """Learn the kinds of all nodes that the batch names, and refuse it if they moved on."""
        owners = changes.owners
        ids = owners | {fact.target for fact in changes.add if isinstance(fact, Edge)}
        moved: set[str] = set()
        for id, kind, touched in self._values(_KNOWN, ids=_rows.names(ids)):
            self._kinds[id] = kind
            if self._moved_from is not None and touched > self._moved_from and id in owners:
                moved.add(id)
        if self._moved_from is not None:
            moved.update(self._moved_keys(changes.keys, self._moved_from))
            if moved:
                raise ConflictError(base=self._moved_from, touched=moved)

    def _moved_keys(self, keys: Collection[str], base: int) -> list[str]:
        rows = self._values(_KEYS_TOUCHED, keys=_rows.names(keys), base=base, forever=FOREVER)
        return [key for (key,) in rows]

    def _values(self, statement: LiteralString, **args: Any) -> list[list[Any]]:
        return self._tx.run(statement, args, tenant=self._tenant).values()

    def _erase(self, ids: Collection[str]) -> None:
        ends = self._values(tally.STARTING_AT, ids=_rows.names(ids), forever=FOREVER)
        self._ended.update(tally.End(*end) for end in ends if end[0] not in ids)
        for statement in _ERASE:
            self._run(statement, ids=_rows.names(ids))
        for id in ids:
            self._kinds.pop(id, None)

    def _retire(self, facts: list[Fact]) -> None:
        nodes = [fact for fact in facts if isinstance(fact, Node)]
        versions = {(e.id, e.span.valid_from): e for e in facts if isinstance(e, Edge)}
        edges = [_edge_version(edge) for edge in versions.values()]
        passages = [fact for fact in facts if isinstance(fact, Passage)]
        self._run(_CLOSE_NODES, rows=[{"id": n.id, "valid_from": n.span.valid_from} for n in nodes])
        for start in range(0, len(edges), BATCH):
            closed = self._values(
                _CLOSE_EDGES, rows=edges[start : start + BATCH], at=self._at, forever=FOREVER
            )
            self._ended.update(tally.End(*end) for *end, valid_to in closed if valid_to == FOREVER)
        self._run(_UNLINK, rows=edges)
        self._run(
            _CLOSE_PASSAGES,
            rows=[
                {"about": p.about, "part": p.part, "valid_from": p.span.valid_from}
                for p in passages
            ],
        )
        self._run(_HIDE, rows=[self._shown(n.id, n.kind, {}) for n in nodes])

    def _add(self, facts: Iterable[Fact], fresh: Mapping[str, str]) -> None:
        nodes = [fact for fact in facts if isinstance(fact, Node)]
        edges = [fact for fact in facts if isinstance(fact, Edge)]
        passages = [fact for fact in facts if isinstance(fact, Passage)]
        self._run(_ADD_NODES, rows=[self._node(node) for node in nodes])
        keys = [{"key": key, "id": node.id} for node in nodes for key in sorted(node.keys)]
        self._run(_ADD_KEYS, rows=keys)
        live = {n.id: n for n in sorted(nodes, key=_rows.version_order) if _is_live(n)}
        names = [
            self._shown(id, kind, live[id].props)
            if id in live
            else {"labels": list[str](), "shown": self._entity(id, kind)}
            for id, kind in fresh.items()
        ]
        self._run(_NAME, rows=names)
        known = [node for node in live.values() if node.id not in fresh]
        self._run(_SHOW, rows=[self._shown(n.id, n.kind, n.props) for n in known])
        self._run(_ADD_EDGES, rows=[self._edge(edge) for edge in edges])
        self._run(tally.ADD, rows=tally.added(edges, self._kinds))
        self._run(_LINK, rows=[_relationship(edge) for edge in edges if _is_live(edge)])
        self._run(_ADD_PASSAGES, rows=[self._passage(passage) for passage in passages])

    def _entity(self, id: str, kind: str) -> dict[str, Any]:
        return {"tenant": self._tenant, "id": id, "_kind": kind, "_touched": self._at}

    def _shown(self, id: str, kind: str, props: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": id, "kind": kind, "labels": [kind]} | {
            "shown": readable(props) | self._entity(id, kind)
        }

    def _node(self, node: Node) -> dict[str, Any]:
        keys = sorted(node.keys)
        content = {"id": node.id, "kind": node.kind, "keys": keys, "props": _rows.dump(node.props)}
        return content | self._span(node)

    def _edge(self, edge: Edge) -> dict[str, Any]:
        content = {"target": edge.target, "props": _rows.dump(edge.props)}
        of = {"source": edge.source, "kind": edge.kind, "source_kind": self._kinds[edge.source]}
        return of | content | self._span(edge)

    def _passage(self, passage: Passage) -> dict[str, Any]:
        content: dict[str, Any] = {
            "about": passage.about,
            "part": passage.part,
            "text": passage.text,
            "vector": None if passage.vector is None else array("f", passage.vector).tolist(),
            "encoder": passage.encoder,
        }
        return content | self._span(passage)

    def _span(self, fact: Fact) -> dict[str, Any]:
        return {
            "tenant": self._tenant,
            "valid_from": fact.span.valid_from,
            "valid_to": fact.span.valid_to,
            "recorded_from": self._at,
            "recorded_to": FOREVER,
        }


def _is_live(fact: Fact) -> bool:
    return fact.span.valid_to == FOREVER


def _edge_version(edge: Edge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "kind": edge.kind,
        "target": edge.target,
        "valid_from": edge.span.valid_from,
    }


def _relationship(edge: Edge) -> dict[str, Any]:
    shown = readable(edge.props) | {"_valid_from": edge.span.valid_from}
    return _edge_version(edge) | {"shown": shown}
