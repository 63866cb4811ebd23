"""Connections to one SQLite database: one that writes, a few that read, and their errors."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, TypeAlias

from omnimemory.errors import ClosedError, StoreError
from omnimemory.store import _sqlite_schema

MEMORY: Final = ":memory:"
BUSY_SECONDS = 30.0
_PAUSE_SECONDS: Final = 0.01

Row: TypeAlias = tuple[Any, ...]
Connect: TypeAlias = Callable[[str], sqlite3.Connection]

_ADVICE: Final = {
    "SQLITE_FULL": "the disk is full; free some space and try again",
    "SQLITE_IOERR": "the disk failed or is full; check it and try again",
    "SQLITE_BUSY": f"another process kept it locked for {BUSY_SECONDS:g} s; try again",
    "SQLITE_LOCKED": "another reader or writer holds it; try again",
    "SQLITE_READONLY": "the file or its folder cannot be written; check its permissions",
    "SQLITE_CANTOPEN": "the file cannot be opened; its folder must exist and be writable",
    "SQLITE_PERM": "access was denied; check the permissions of the file",
    "SQLITE_NOTADB": "the file is no SQLite database; choose another path",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_TOOBIG": "a text is larger than SQLite can hold; cut it into passages",
    "SQLITE_NOMEM": "memory ran out",
}


class Connections:
    """The open connections of one store.

    A file has one writer, and readers that are made when needed and used again, so that
    their number is that of the threads that read at once. A database in memory has one
    connection that all share.

    Args:
        path: The file, or ``:memory:``.
        connect: Opens a connection to the path, in autocommit mode.
    """

    def __init__(self, path: str, connect: Connect | None = None) -> None:
        self.path = path
        self._connect = connect or _connect
        self._lock = RLock()
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        with self._errors():
            self._writer = self._connect(path)
            try:
                self._set_up()
            except BaseException:
                self._writer.close()
                raise

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """Give the writer, alone, inside a transaction that ends with the block."""
        with self.alone() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def alone(self) -> Generator[sqlite3.Connection]:
        """Give the writer, alone in this process, outside of any transaction."""
        with self._lock, self._errors():
            self._check_open()
            yield self._writer

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Give a connection that reads; whoever takes it leaves no cursor open."""
        self._check_open()
        if self.path == MEMORY:
            with self.alone() as db:
                yield db
            return
        with self._errors():
            db = self._take()
            try:
                yield db
            finally:
                self._idle.append(db)
                if self._closed:
                    self._close_idle()

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection]:
        """Give a connection that reads the database as it is at one moment."""
        with self.reading() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    def rows(self, sql: str, args: dict[str, Any]) -> list[Row]:
        """Return all rows of one query."""
        with self.reading() as db:
            return db.execute(sql, args).fetchall()

    def close(self) -> None:
        """Close every connection that is not reading at this moment; the rest follow."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._close_idle()
                self._writer.close()

    def _set_up(self) -> None:
        db = self._writer
        db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA cache_size = -65536")
        db.execute("PRAGMA temp_store = MEMORY")
        _sqlite_schema.prepare(db, self.path)
        if self.path != MEMORY:
            _use_log(db)
            db.execute("PRAGMA synchronous = FULL")

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            db = self._connect(self.path)
            db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA cache_size = -32768")
            return db

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError(f"{self.path} was closed; open it again with omnimemory.connect")

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Translate the driver's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or ""
            advice = next((text for code, text in _ADVICE.items() if name.startswith(code)), "")
            raise StoreError(f"{self.path}: {advice or 'the database failed'} ({error})") from error


def _use_log(db: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; while others open the file SQLite refuses and does not wait."""
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
