"""The connection to a Neo4j server: statements, transactions, errors and the schema."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, LiteralString, TypeVar

from omnimemory.errors import ClosedError, MissingExtraError, SchemaError, StoreError
from omnimemory.store import _neo4j_schema as schema

try:
    import neo4j
    from neo4j import exceptions
except ImportError as error:
    raise MissingExtraError("neo4j", extra="neo4j") from error

T = TypeVar("T")
Row = tuple[Any, ...]

OLDEST_SERVER: Final = (5, 26)
"""The first server that takes labels and relationship types as parameters."""

_TRIES: Final = 3
_UNAVAILABLE: Final = (
    exceptions.ServiceUnavailable,
    exceptions.SessionExpired,
    exceptions.ConnectionAcquisitionTimeoutError,
)


class TooMuchError(StoreError):
    """A statement takes more memory than the server has for it."""


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

    def rows(self, statement: LiteralString, args: dict[str, Any], **options: Any) -> list[Row]:
        """Return the rows of a statement that only reads, in one round trip; see `marked_rows`."""
        return self.marked_rows(statement, args, **options)[0]

    def marked_rows(
        self,
        statement: LiteralString,
        args: dict[str, Any],
        *,
        after: neo4j.Bookmarks | None = None,
        divisible: bool = False,
    ) -> tuple[list[Row], neo4j.Bookmarks]:
        """Return rows, and a mark of the last commit that they may show a part of.

        A commit becomes visible record by record, what is found by index last. Statements that
        are given the mark wait until the whole of it is there.

        Args:
            statement: What to ask.
            args: Its parameters.
            after: The mark to wait for.
            divisible: Whether less can be asked at a time, and what takes more memory than the
                server has for it is not tried again.

        Raises:
            TooMuchError: The server has not the memory.
        """
        with self._errors(), self._session(neo4j.READ_ACCESS, after) as session:
            try:
                rows = _values(session, statement, args)
            except (exceptions.Neo4jError, exceptions.DriverError) as error:
                if not error.is_retryable() or (divisible and _is_too_much(error)):
                    raise
                rows = session.execute_read(_values, statement, args)
            return rows, session.last_bookmarks()

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
            for statement in schema.CREATE:
                self._change(statement)
            self._change("CALL db.awaitIndexes(120)")
            self._change(schema.MARK, version=schema.VERSION)
        elif version > schema.VERSION:
            raise SchemaError(
                f"{self.url} has schema version {version} and this omnimemory knows up to "
                f"{schema.VERSION}; upgrade omnimemory-graph"
            )
        elif version < schema.VERSION:
            self._migrate(version)

    def _migrate(self, version: int) -> None:
        """Bring a database of before up to date, once, whoever else opens it meanwhile."""
        if version not in schema.MIGRATIONS:
            raise SchemaError(
                f"{self.url} has schema version {version}, of a development version; this "
                f"omnimemory needs {schema.VERSION}: name another database=… and take the data "
                "in again"
            )
        with self._errors(), self._session() as held, held.begin_transaction() as guard:
            version = guard.run(schema.HOLD).single(strict=True).value()
            while version < schema.VERSION:
                for statement in schema.MIGRATIONS[version]:
                    with self._session() as session:
                        session.run(statement).consume()
                version += 1
            guard.run(schema.RELEASE, version=version)
            guard.commit()

    def _version(self) -> int | None:
        marks = self.rows(schema.MARKED, {})
        if marks:
            return marks[0][0]
        if self.rows(schema.FOREIGN, {}):
            raise SchemaError(
                f"{self.url} holds the data of another program; name another database=…"
            )
        return None

    def _change(self, statement: LiteralString, **args: Any) -> None:
        self.write(lambda tx: _values(tx, statement, args))

    def _session(
        self, mode: str = neo4j.WRITE_ACCESS, after: neo4j.Bookmarks | None = None
    ) -> neo4j.Session:
        return self._driver.session(  # pyright: ignore[reportUnknownMemberType]
            database=self._database, default_access_mode=mode, bookmarks=after
        )

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
            if _is_too_much(error):
                raise TooMuchError(
                    f"{self.url} has too little memory for this; raise "
                    f"dbms.memory.transaction.total.max there ({error})"
                ) from error
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


def _is_too_much(error: Exception) -> bool:
    code = error.code if isinstance(error, exceptions.Neo4jError) else None
    return code is not None and code.endswith("OutOfMemoryError")
