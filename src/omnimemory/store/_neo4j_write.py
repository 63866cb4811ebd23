"""One commit to Neo4j, inside a transaction that the store opened.

The truth is kept as versions: `Om_Node`, `Om_Edge` and `Om_Passage`, found by index. What a version
says never moves, because the server isolates readers no more than read committed: closing one
sets its end, and a later one stands beside it. What people see is the `Om_Entity`, which holds
the first version of a node for ever: labelled by its kind, with the properties of the version
that is open and has no end, and with a relationship for each such edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, LiteralString, TypeAlias

import neo4j

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, by_type
from omnimemory.model.time import FOREVER
from omnimemory.store import _neo4j_changes as cypher
from omnimemory.store import _neo4j_tally as tally
from omnimemory.store import _rows
from omnimemory.store._neo4j_shown import readable

BATCH: Final = 2_000
"""Rows a statement: the server runs one while the next is packed."""

_Row: TypeAlias = list[Any]
_Version: TypeAlias = tuple[str, int]
"""The id of a fact and the start of its valid time."""


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
    begun = tx.run(cypher.BEGIN, tenant=tenant, token=token, base=base).single(strict=True)
    head, edge_kinds, landed = begun.values()
    if landed is not None:
        return landed
    revision = _rows.next_revision(head, at=at, clock=clock)
    writer = _Writer(tx, tenant, revision, moved_from=None if head == base else base)
    owners = writer.write(changes)
    added = {fact.kind for fact in changes.add if isinstance(fact, Edge)}
    kinds = sorted(added.union(edge_kinds))
    tx.run(
        cypher.END, tenant=tenant, at=revision, edge_kinds=kinds, token=token, owners=owners
    ).consume()
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
        self._given = {"tenant": tenant, "at": at, "forever": FOREVER}
        self._moved_from = moved_from
        self._kinds: dict[str, str] = {}
        self._shown: dict[str, int] = {}
        """Where the version starts that people see, of each node that shows one."""
        self._hidden: set[str] = set()
        """Nodes that showed a version which this batch closes."""
        self._ended: Counter[tally.End] = Counter()

    def write(self, changes: Changes) -> list[str]:
        """Write the batch and return the ids of the nodes that own what it says."""
        self._look_up(changes)
        if changes.erase:
            self._erase(changes.erase)
        fresh = _rows.settle(changes.add, self._kinds, base=self._moved_from)
        retired = [fact for fact in changes.retire if fact.owner in self._kinds]
        self._retire(retired)
        owners = sorted({fact.owner for fact in (*retired, *changes.add)})
        self._run(cypher.TOUCH, [id for id in owners if id not in fresh])
        self._add(changes.add, fresh)
        self._run(tally.REMOVE, [[*end, count] for end, count in sorted(self._ended.items())])
        return owners

    def _run(self, statement: LiteralString, rows: Collection[Any], **more: Any) -> None:
        """Send a statement over rows, a batch at a time, and do not wait for it."""
        for some in _batches(rows):
            self._tx.run(statement, self._given, rows=some, **more)

    def _values(self, statement: LiteralString, rows: Collection[Any], **more: Any) -> list[_Row]:
        """Return what a statement gives over rows, asked a batch at a time."""
        asked = [self._tx.run(statement, self._given, rows=some, **more) for some in _batches(rows)]
        return [row for result in asked for row in result.values()]

    def _look_up(self, changes: Changes) -> None:
        """Learn the kinds of all nodes that the batch names, and refuse it if they moved on."""
        owners = changes.owners
        ids = owners | {fact.target for fact in changes.add if isinstance(fact, Edge)}
        moved: set[str] = set()
        for id, kind, touched, shown in self._values(cypher.KNOWN, _rows.names(ids)):
            self._kinds[id] = kind
            if shown is not None:
                self._shown[id] = shown
            if self._moved_from is not None and touched > self._moved_from and id in owners:
                moved.add(id)
        if self._moved_from is not None:
            keys = _rows.names(changes.keys)
            touched_keys = self._values(cypher.KEYS_TOUCHED, keys, base=self._moved_from)
            moved.update(key for (key,) in touched_keys)
            if moved:
                raise ConflictError(base=self._moved_from, touched=moved)

    def _erase(self, erased: Collection[str]) -> None:
        ids = _rows.names(erased)
        ends = self._values(tally.STARTING_AT, ids)
        self._ended.update(tally.End(*end) for end in ends if end[0] not in erased)
        revisions = {at for (at,) in self._values(cypher.REVISIONS, ids)}
        self._run(cypher.FORGET, sorted(revisions), gone=dict.fromkeys(ids, True))
        for statement in (*cypher.ERASE, tally.FORGET):
            self._run(statement, ids)
        for id in erased:
            self._kinds.pop(id, None)
            self._shown.pop(id, None)

    def _retire(self, facts: Iterable[Fact]) -> None:
        nodes, edges, passages = by_type(facts)
        edges = list({_version(edge): edge for edge in edges}.values())
        for node in nodes:
            if self._shown.get(node.id) == node.span.valid_from:
                del self._shown[node.id]
                self._hidden.add(node.id)
        self._run(cypher.CLOSE_NODES, [list(_version(node)) for node in nodes])
        versions = [[e.source, e.kind, e.target, e.span.valid_from] for e in edges]
        for *end, valid_to in self._values(cypher.CLOSE_EDGES, versions):
            if valid_to == FOREVER:
                self._ended[tally.End(*end)] += 1
        self._run(cypher.UNLINK, versions)
        self._run(cypher.CLOSE_PASSAGES, [[p.about, p.part, p.span.valid_from] for p in passages])

    def _add(self, facts: Iterable[Fact], fresh: Mapping[str, str]) -> None:
        nodes, edges, passages = by_type(facts)
        self._add_nodes(nodes, fresh)
        self._run(cypher.ADD_KEYS, [[key, n.id] for n in nodes for key in sorted(n.keys)])
        live = [edge for edge in edges if _is_live(edge)]
        plain = [edge for edge in live if not edge.props]
        told = [edge for edge in live if edge.props]
        self._run(cypher.SHOW_PLAIN_EDGES, [self._edge(edge) for edge in plain])
        self._run(cypher.SHOW_EDGES, [[*self._edge(e), readable(e.props)] for e in told])
        self._run(cypher.ADD_EDGES, [self._edge(e) for e in edges if not _is_live(e)])
        self._run(tally.ADD, tally.added(live, self._kinds))
        self._run(cypher.ADD_PASSAGES, [[p.about, p.part, p.text, *_held(p)] for p in passages])

    def _add_nodes(self, nodes: Iterable[Node], fresh: Mapping[str, str]) -> None:
        """Add versions, and show the last one without an end where nothing is shown."""
        live = {
            node.id: node
            for node in sorted(nodes, key=_rows.version_order)
            if _is_live(node) and node.id not in self._shown
        }
        first = {id: node for id, node in live.items() if id in fresh}
        later = [node for id, node in live.items() if id not in fresh]
        self._run(cypher.SHOW_NEW, [[*_node(n), readable(n.props)] for n in first.values()])
        self._run(cypher.NAME, [[id, kind] for id, kind in fresh.items() if id not in live])
        self._run(cypher.HIDE, sorted(self._hidden.difference(live)))
        self._run(cypher.SHOW, [[*_version(node), readable(node.props)] for node in later])
        beside = [node for node in nodes if first.get(node.id) is not node]
        self._run(cypher.ADD_NODES, [_node(node) for node in beside])

    def _edge(self, edge: Edge) -> _Row:
        props = _rows.dump(edge.props) if edge.props else None
        kind = self._kinds[edge.source]
        return [edge.source, edge.kind, edge.target, kind, props, *_held(edge)]


def _node(node: Node) -> _Row:
    return [node.id, node.kind, sorted(node.keys), _rows.dump(node.props), *_held(node)]


def _held(fact: Fact) -> tuple[int, int]:
    return fact.span.valid_from, fact.span.valid_to


def _version(fact: Fact) -> _Version:
    return fact.id, fact.span.valid_from


def _is_live(fact: Fact) -> bool:
    return fact.span.valid_to == FOREVER


def _batches(rows: Collection[Any]) -> Iterable[list[Any]]:
    given = list(rows)
    return (given[start : start + BATCH] for start in range(0, len(given), BATCH))
