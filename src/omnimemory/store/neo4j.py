"""The store on a server: every tenant in one Neo4j database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import neo4j

from omnimemory.model.facts import Changes
from omnimemory.model.time import NOW, AsOf, now
from omnimemory.store import _rows
from omnimemory.store._neo4j_driver import Server, open_server
from omnimemory.store._neo4j_read import Neo4jView
from omnimemory.store._neo4j_write import write
from omnimemory.store.base import GraphStore

_TENANTS = "MATCH (t:Om_Tenant) WHERE t.revision > 0 RETURN t.name AS name ORDER BY name"


class Neo4jStore(GraphStore):
    """Keeps facts in a Neo4j database, 5.26 or newer, that many processes may use at once.

    People who open the database see the graph as it is now: nodes labelled by their kind,
    such as ``(:Ticket {id, status, …})``, and relationships typed by the edge's kind. What
    the store itself reads, every version with both times, stands beside it under labels
    that begin with ``Om_``.

    Args:
        server: URL, such as ``neo4j://127.0.0.1:7687``, or a driver that is open already
            and that the store does not close.
        auth: User and password.
        database: Name of the database; the user's home database when left out.
        clock: Returns UTC microseconds.
        options: Passed to `neo4j.GraphDatabase.driver`.

    Raises:
        SchemaError: The server is too old, or the database is of a newer omnimemory.
        StoreError: The server cannot be reached or refuses the user.
    """

    def __init__(
        self,
        server: str | neo4j.Driver,
        *,
        auth: tuple[str, str] | None = None,
        database: str | None = None,
        clock: Callable[[], int] = now,
        **options: Any,
    ) -> None:
        self._clock = clock
        if isinstance(server, str):
            self._server = open_server(server, auth=auth, database=database, **options)
        else:
            self._server = Server("the Neo4j driver", server, owned=False, database=database)
        try:
            self._server.prepare()
        except BaseException:
            self._server.close()
            raise

    def view(self, tenant: str, as_of: AsOf = NOW) -> Neo4jView:
        _rows.check_tenant(tenant)
        return Neo4jView(self._server, tenant, as_of)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        _rows.check_tenant(tenant)
        _rows.check_changes(changes)
        token = uuid4().hex

        def work(tx: neo4j.ManagedTransaction) -> int:
            return write(tx, tenant, changes, base=base, at=at, clock=self._clock, token=token)

        return self._server.write(work)

    def tenants(self) -> list[str]:
        return [name for (name,) in self._server.rows(_TENANTS, {})]

    def close(self) -> None:
        self._server.close()

    def __repr__(self) -> str:
        return f"<Neo4jStore {self._server.url}>"
