"""The connection to a Neo4j server: statements, transactions, errors and the schema."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, LiteralString, TypeVar

from omnimemory.errors import ClosedError, MissingExtraError, SchemaError, StoreError
from omnimemory.store import _neo4j_tally as tally

try:
    import neo4j
    from neo4j import exceptions
except ImportError as error:
    raise MissingExtraError("neo4j", extra="neo4j") from error

T = TypeVar("T")
Row = tuple[Any, ...]

VERSION: Final = 4
"""The schema that this library writes."""

OLDEST_SERVER: Final = (5, 26)
"""The first server that takes labels and relationship types as parameters."""

_MARK: Final[LiteralString] = """
    MERGE (s:Om_Schema {name: 'omnimemory'}) ON CREATE SET s.version = $version
"""
_MARKED: Final[LiteralString] = "MATCH (s:Om_Schema {name: 'omnimemory'}) RETURN s.version"
_FOREIGN: Final[LiteralString] = "MATCH (n) WHERE NOT n:Om_Schema RETURN true LIMIT 1"
_SCHEMA: Final[tuple[LiteralString, ...]] = (
    "CREATE CONSTRAINT om_schema IF NOT EXISTS FOR (s:Om_Schema) REQUIRE s.name IS UNIQUE",
    "CREATE CONSTRAINT om_tenant IF NOT EXISTS FOR (t:Om_Tenant) REQUIRE t.name IS UNIQUE",
    """CREATE CONSTRAINT om_moment IF NOT EXISTS FOR (m:Om_Moment)
        REQUIRE (m.tenant, m.revision) IS UNIQUE""",
    """CREATE CONSTRAINT om_entity IF NOT EXISTS FOR (e:Om_Entity)
        REQUIRE (e.tenant, e.id) IS UNIQUE""",
    "CREATE INDEX om_key IF NOT EXISTS FOR (k:Om_Key) ON (k.tenant, k.key)",
    "CREATE INDEX om_key_of IF NOT EXISTS FOR (k:Om_Key) ON (k.tenant, k.id)",
    "CREATE INDEX om_node IF NOT EXISTS FOR (v:Om_Node) ON (v.tenant, v.id)",
    "CREATE INDEX om_node_kind IF NOT EXISTS FOR (v:Om_Node) ON (v.tenant, v._kind, v.id)",
    """CREATE INDEX om_edge_out IF NOT EXISTS FOR (v:Om_Edge)
        ON (v.tenant, v.source, v.kind, v._valid_from)""",
    """CREATE INDEX om_edge_in IF NOT EXISTS FOR (v:Om_Edge)
        ON (v.tenant, v.target, v.kind, v._valid_from)""",
    tally.SCHEMA,
    "CREATE INDEX om_passage IF NOT EXISTS FOR (v:Om_Passage) ON (v.tenant, v.about)",
)
_TRIES: Final = 3
_UNAVAILABLE: Final = (
    exceptions.ServiceUnavailable,
    exceptions.SessionExpired,
    exceptions.ConnectionAcquisitionTimeoutError,
)


class Server:
    """A database on a Neo4j server, with one way in for reads and one for writes.

    Args:
        url: What error messages call the server.
        driver: An open driver.
        owned: Whether `close` closes the driver.
        database: Name of the database; the user's home database when left out.
    """

    def __init__(
        self, url: str, driver: neo4j.Driver, *, owned: bool, database: str | None
    ) -> None:
        self.url = url
        self._driver = driver
        self._owned = owned
        self._database = database
        self._closed = False

    def rows(self, statement: LiteralString, args: dict[str, Any]) -> list[Row]:
        """Return the rows of a statement that only reads, in one round trip."""
        with self._errors(), self._session(neo4j.READ_ACCESS) as session:
            try:
                return _values(session, statement, args)
            except (exceptions.Neo4jError, exceptions.DriverError) as error:
                if not error.is_retryable():
                    raise
            return session.execute_read(_values, statement, args)

    def write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """Return what ``work`` gives in a transaction, tried again after transient errors.

        Args:
            work: What to do; doing it again changes nothing, because the connection may be
                lost while the server commits.

        Raises:
            StoreError: The server failed. Nothing was written, unless the connection was lost
                at the commit again and again.
        """
        with self._errors():
            for _ in range(_TRIES - 1):
                try:
                    return self._execute(work)
                except exceptions.IncompleteCommit:
                    continue
            return self._execute(work)

    def _execute(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        with self._session() as session:
            return session.execute_write(work)

    def prepare(self) -> None:
        """Make the schema where it is missing.

        Raises:
            SchemaError: The server is too old, or the database was written by a newer omnimemory.
            StoreError: The server cannot be reached or refuses the user.
        """
        with self._errors():
            agent = self._driver.get_server_info().agent  # pyright: ignore[reportUnknownMemberType]
        self._check_server(agent)
        version = self._version()
        if version is None:
            for statement in _SCHEMA:
                self._change(statement)
            self._change("CALL db.awaitIndexes(120)")
            self._change(_MARK, version=VERSION)
            version = VERSION
        if version > VERSION:
            raise SchemaError(
                f"{self.url} has schema version {version} and this omnimemory knows up to "
                f"{VERSION}; upgrade omnimemory-graph"
            )
        if version < VERSION:
            raise SchemaError(
                f"{self.url} has schema version {version}, of a development version; this "
                f"omnimemory needs {VERSION}: name another database=… and take the data in again"
            )

    def _version(self) -> int | None:
        marks = self.rows(_MARKED, {})
        if marks:
            return marks[0][0]
        if self.rows(_FOREIGN, {}):
            raise SchemaError(
                f"{self.url} holds the data of another program; name another database=…"
            )
        return None

    def _change(self, statement: LiteralString, **args: Any) -> None:
        self.write(lambda tx: _values(tx, statement, args))

    def _session(self, mode: str = neo4j.WRITE_ACCESS) -> neo4j.Session:
        return self._driver.session(database=self._database, default_access_mode=mode)  # pyright: ignore[reportUnknownMemberType]

    def _check_server(self, agent: str) -> None:
        name = agent.rpartition("/")[2]
        parts = name.split(".")
        known = [int(part) for part in parts[:2] if part.isdecimal()]
        if len(known) == len(OLDEST_SERVER) and tuple(known) < OLDEST_SERVER:
            wanted = ".".join(map(str, OLDEST_SERVER))
            raise SchemaError(f"{self.url} runs Neo4j {name}; omnimemory needs {wanted} or newer")

    def close(self) -> None:
        """Close the driver if this opened it."""
        if not self._closed:
            self._closed = True
            if self._owned:
                self._driver.close()

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Raise errors of the driver as ours, with one sentence on what to do."""
        if self._closed:
            raise ClosedError("the store was closed; open it again with omnimemory.connect")
        try:
            yield
        except exceptions.AuthError as error:
            raise StoreError(f"{self.url} refuses the user; check auth=(user, password)") from error
        except _UNAVAILABLE as error:
            raise StoreError(
                f"{self.url} cannot be reached; is the server running there? ({error})"
            ) from error
        except (exceptions.Neo4jError, exceptions.DriverError) as error:
            raise StoreError(f"{self.url}: {error}") from error


def open_server(
    url: str, *, auth: tuple[str, str] | None, database: str | None, **options: Any
) -> Server:
    """Return a server with a driver of its own.

    Args:
        url: Such as ``neo4j://127.0.0.1:7687``, ``bolt://…`` or ``neo4j+s://…``.
        auth: User and password.
        database: Name of the database; the user's home database when left out.
        options: Passed to `neo4j.GraphDatabase.driver`.

    Raises:
        StoreError: The driver refuses the URL or the options.
    """
    defaults: dict[str, Any] = {
        "notifications_min_severity": "OFF",
        "max_transaction_retry_time": 15.0,
        "connection_timeout": 10.0,
        "connection_acquisition_timeout": 15.0,
    }
    try:
        driver = neo4j.GraphDatabase.driver(url, auth=auth, **(defaults | options))  # pyright: ignore[reportUnknownMemberType]
    except (exceptions.DriverError, ValueError) as error:
        raise StoreError(f"{url}: {error}") from error
    return Server(url, driver, owned=True, database=database)


def _values(
    runner: neo4j.Session | neo4j.ManagedTransaction,
    statement: LiteralString,
    args: dict[str, Any],
) -> list[Row]:
    return [tuple(record.values()) for record in runner.run(statement, args)]
