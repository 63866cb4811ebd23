"""What was read of a tenant lately, kept for the next read until it moves.

An answer is kept with the revision that it was read at, and given again as long as nothing that
it rests on has moved. A node, its passages and the edges that start at it move when their owner
is written, the edges that end at it when one of their kind is. What has moved is read off the
rows of the commits since, in the snapshot of whoever asks, so it does not matter which process
wrote them. After an erasure all is let go.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from omnimemory.model.facts import Edge, Node, Passage, Tally
from omnimemory.model.time import FOREVER
from omnimemory.store.walk import EdgeSide

_MOST_OWNED: Final = 8_192
"""Of nodes at least so many are kept; a pack rests on some 200."""
_MOST_EDGES: Final = 32_768
"""The same of answers about edges."""
_MOST_PAGED: Final = 131_072
"""So many edges stand on the pages that are kept; a search of a customer has one of thousands."""
_MOST_MOVED: Final = 20_000
"""After more new rows all is let go: to look at each would take longer than to read anew."""
_MOST_MARKS: Final = 100_000
_MOST_TENANTS: Final = 8

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Kinds: TypeAlias = tuple[str, ...] | None
Touching: TypeAlias = tuple[EdgeSide, Kinds, int]
"""All edges of some kinds that have a thing as one end."""

_HEAD: Final = "SELECT revision, erased FROM tenant WHERE ref = :tenant"
_SINCE: Final = "m.tenant = :tenant AND m.revision > :since AND m.revision <= :head"
_COUNT: Final = f"""
    SELECT sum(node_to - node_from + edge_to - edge_from + passage_to - passage_from)
    FROM moment m WHERE {_SINCE}
"""


def _moved(table: str, columns: str) -> str:
    """Return the query for what was added to a table or closed in it since a revision."""
    return f"""
        SELECT {columns} FROM moment m
        CROSS JOIN {table} r ON r.ref >= m.{table}_from AND r.ref < m.{table}_to
        WHERE {_SINCE} AND r.tenant = :tenant
        UNION ALL
        SELECT {columns} FROM {table} r
        WHERE r.tenant = :tenant AND r.recorded_to BETWEEN :since + 1 AND :head
            AND r.recorded_to < {FOREVER}
    """


_MOVED_EDGES: Final = _moved("edge", "r.source, r.kind, r.target")
_MOVED_OWNERS: Final = (_moved("node", "r.thing"), _moved("passage", "r.about"))


class Met(NamedTuple):
    """An edge with the numbers of its ends; they sort as `GraphView.edges` gives them."""

    newest_first: int
    id: str
    recorded_from: int
    ref: int
    source: int
    target: int
    edge: Edge


class Page(NamedTuple):
    """A question about some things at once: their newest edges, or how many there are."""

    ends: tuple[EdgeSide, ...]
    kinds: Kinds
    things: tuple[int, ...]
    newest: int = 0
    before: int = FOREVER


class Shelf(Generic[K, V]):
    """Answers, each with the revision that it was read at; the least asked for make room.

    Args:
        most: So many are kept at least, and at most about three times as many.
        size: As how many an answer counts.
    """

    def __init__(self, most: int, size: Callable[[V], int] = lambda _: 1) -> None:
        self._most = most
        self._size = size
        self._filled = 0
        self._young: dict[K, tuple[int, V]] = {}
        self._old: dict[K, tuple[int, V]] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: K) -> tuple[int, V] | None:
        """Return an answer and when it was read, if it is here."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self._young[key] = found
            self._filled += self._size(found[1])
        return found

    def put(self, answers: Mapping[K, V], at: int) -> None:
        """Keep answers that were read at a revision."""
        if self._filled >= self._most:
            self._young, self._old, self._filled = {}, self._young, 0
        self._young.update((key, (at, value)) for key, value in answers.items())
        self._filled += sum(map(self._size, answers.values()))


def _edges_of(page: tuple[Met, ...]) -> int:
    """Return as how many a page counts: its edges, and one for an empty one."""
    return 1 + len(page)


class Recent:
    """What was read of one tenant lately; safe to share between threads."""

    refs: Shelf[str, int]
    nodes: Shelf[int, tuple[Node, ...]]
    passages: Shelf[int, tuple[Passage, ...]]
    edges: Shelf[Touching, tuple[Met, ...]]
    pages: Shelf[Page, tuple[Met, ...]]
    tallies: Shelf[Page, tuple[Tally, ...]]

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._let_go(0)

    def __len__(self) -> int:
        shelves = (self.refs, self.nodes, self.passages, self.edges, self.pages, self.tallies)
        return sum(map(len, shelves))

    def catch_up(self, db: sqlite3.Connection, tenant: int) -> None:
        """Learn what has moved up to the snapshot that a connection reads."""
        head, erased = db.execute(_HEAD, {"tenant": tenant}).fetchone() or (0, 0)
        if head <= self._head:
            return
        with self._lock:
            args = {"tenant": tenant, "since": self._head, "head": head}
            if erased > self._head or self._is_much(db, args):
                self._let_go(head)
            elif head > self._head:
                self._mark(db, args)

    def forget(self, revision: int) -> None:
        """Let go of all that was read before a revision."""
        with self._lock:
            if revision > self._head:
                self._let_go(revision)

    def numbers(self, ids: Iterable[str], at: int) -> dict[str, int]:
        """Return the numbers of things that a view at a revision may take as known."""
        floor, shelf = self._floor, self.refs
        found = ((id, shelf.get(id)) for id in ids)
        return {id: one[1] for id, one in found if one and floor <= one[0] and floor <= at}

    def owned(self, shelf: Shelf[int, V], things: Iterable[int], at: int) -> dict[int, V]:
        """Return what is kept of what things own, as a view at a revision sees it."""
        written, floor = self._written, self._floor
        out: dict[int, V] = {}
        for thing in things:
            found = shelf.get(thing)
            if found is not None:
                moved = written.get(thing, floor)
                if moved <= found[0] and moved <= at:
                    out[thing] = found[1]
        return out

    def touching(
        self, end: EdgeSide, kinds: Kinds, things: Iterable[int], at: int
    ) -> dict[int, tuple[Met, ...]]:
        """Return the edges that are kept of things, as a view at a revision sees them."""
        shelf, moved_at = self.edges, self._moved
        out: dict[int, tuple[Met, ...]] = {}
        for thing in things:
            found = shelf.get((end, kinds, thing))
            if found is not None:
                moved = moved_at(end, kinds, thing)
                if moved <= found[0] and moved <= at:
                    out[thing] = found[1]
        return out

    def page(self, shelf: Shelf[Page, V], page: Page, at: int) -> V | None:
        """Return what is kept of some things at once, as a view at a revision sees it."""
        found = shelf.get(page)
        if found is None:
            return None
        each = (self._moved(end, page.kinds, one) for end in page.ends for one in page.things)
        return found[1] if max(each) <= min(found[0], at) else None

    def _moved(self, end: EdgeSide, kinds: Kinds, thing: int) -> int:
        """Return when edges of these kinds at an end last moved, as far as that is known."""
        if end == "source":
            written = self._written
            return written.get(thing, self._floor)
        by_kind = self._pointed.get(thing)
        floor = self._floor
        if by_kind is None:
            return floor
        wanted = by_kind if kinds is None else kinds
        return max((by_kind.get(kind, floor) for kind in wanted), default=floor)

    def keep(self, shelf: Shelf[K, V], answers: Mapping[K, V], at: int) -> None:
        """Keep what a view at a revision was given, unless all was let go since."""
        with self._lock:
            if at >= self._floor:
                shelf.put(answers, at)

    def _let_go(self, head: int) -> None:
        """Begin anew; who reads meanwhile looks at marks first, and then at the floor."""
        self._floor = self._head = head
        self._written: dict[int, int] = {}
        self._pointed: dict[int, dict[str, int]] = {}
        self.refs = Shelf(_MOST_EDGES)
        self.nodes, self.passages = Shelf(_MOST_OWNED), Shelf(_MOST_OWNED)
        self.edges = Shelf(_MOST_EDGES)
        self.pages, self.tallies = Shelf(_MOST_PAGED, _edges_of), Shelf(_MOST_OWNED)

    def _is_much(self, db: sqlite3.Connection, args: dict[str, Any]) -> bool:
        """Return whether so much has moved that it costs less to read anew."""
        if len(self._written) + len(self._pointed) > _MOST_MARKS:
            return True
        ((rows,),) = db.execute(_COUNT, args)
        return (rows or 0) > _MOST_MOVED

    def _mark(self, db: sqlite3.Connection, args: dict[str, Any]) -> None:
        """Mark the things that have moved with the revision up to which that was looked at."""
        head = args["head"]
        for source, kind, target in db.execute(_MOVED_EDGES, args):
            self._written[source] = head
            self._pointed.setdefault(target, {})[kind] = head
        for query in _MOVED_OWNERS:
            self._written.update((thing, head) for (thing,) in db.execute(query, args))
        self._head = head


class Recents:
    """What was read lately of some tenants, by name; the one that was not asked for makes room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tenants: dict[str, Recent] = {}

    def of(self, tenant: str) -> Recent:
        """Return what was read of a tenant."""
        with self._lock:
            found = self._tenants.pop(tenant, None)
            if found is None:
                found = Recent()
            self._tenants[tenant] = found
            if len(self._tenants) > _MOST_TENANTS:
                self._tenants.pop(next(iter(self._tenants)))
            return found
