"""The durable store: every tenant in one SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from os import PathLike, fspath

from omnimemory.model.facts import Changes
from omnimemory.model.time import NOW, AsOf, now
from omnimemory.store import _rows, _sqlite_keep
from omnimemory.store._sqlite_driver import MEMORY, Connect, Connections
from omnimemory.store._sqlite_read import SqliteView
from omnimemory.store._sqlite_recent import Recents
from omnimemory.store._sqlite_write import write
from omnimemory.store.base import GraphStore

_NEWEST = "SELECT ref, revision FROM tenant WHERE name = :name"
_MOMENT = """
    SELECT max(revision) FROM moment WHERE tenant = :tenant AND revision <= :recorded
"""


class SqliteStore(GraphStore):
    """Keeps facts in one file that many threads and processes may use at once.

    A commit is on the disk when it returns (write-ahead log, ``synchronous=FULL``).

    Args:
        path: File to open, made when missing; ``:memory:`` for a private database.
        clock: Returns UTC microseconds.
        connect: Opens a connection in autocommit mode, instead of `sqlite3.connect`.

    Raises:
        SchemaError: The file is another program's, or of a newer omnimemory.
        StoreError: The file cannot be opened or made; the message says what to do.
    """

    def __init__(
        self,
        path: str | PathLike[str] = MEMORY,
        *,
        clock: Callable[[], int] = now,
        connect: Connect | None = None,
    ) -> None:
        self._clock = clock
        self._connections = Connections(fspath(path), connect)
        self._recents = Recents()

    def view(self, tenant: str, as_of: AsOf = NOW) -> SqliteView:
        _rows.check_tenant(tenant)
        found = self._connections.rows(_NEWEST, {"name": tenant})
        ref, revision = found[0] if found else (0, 0)
        if as_of.recorded < revision:
            args = {"tenant": ref, "recorded": as_of.recorded}
            ((earlier,),) = self._connections.rows(_MOMENT, args)
            revision = earlier or 0
        recent = self._recents.of(tenant) if ref and as_of.valid == NOW.valid else None
        return SqliteView(self._connections, ref, revision=revision, as_of=as_of, recent=recent)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        _rows.check_tenant(tenant)
        _rows.check_changes(changes)
        with self._connections.writing() as db:
            revision = write(db, tenant, changes, base=base, at=at, clock=self._clock)
        if changes.erase:
            self._recents.of(tenant).forget(revision)
        return revision

    def tenants(self) -> list[str]:
        rows = self._connections.rows("SELECT name FROM tenant ORDER BY name", {})
        return [name for (name,) in rows]

    def scrub(self) -> None:
        _sqlite_keep.scrub(self._connections)

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return _sqlite_keep.contains_bytes(self._connections.path, needles)

    def check(self) -> list[str]:
        return _sqlite_keep.check(self._connections)

    def backup(self, path: str | PathLike[str]) -> None:
        _sqlite_keep.backup(self._connections, fspath(path))

    def close(self) -> None:
        self._connections.close()

    def __repr__(self) -> str:
        return f"<SqliteStore {self._connections.path}>"
