"""Keeping a SQLite file: rewrite it without what was erased, search it, check it, copy it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from omnimemory.errors import StoreError
from omnimemory.store import _rows
from omnimemory.store._sqlite_driver import MEMORY, Connections

_SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")

_POINTS: Final = (
    ("edges without a source", "edge", "source"),
    ("edges without a target", "edge", "target"),
    ("passages without a node", "passage", "about"),
    ("versions without a node", "node", "thing"),
)


def scrub(connections: Connections) -> None:
    """Rewrite the database and its log, so that no erased byte is left.

    ``secure_delete`` overwrites rows as they go; the log keeps old pages until it is cut.

    Raises:
        StoreError: Another process kept the log in use; run it again when it has finished.
    """
    with connections.alone() as db:
        db.execute("VACUUM")
        if connections.path == MEMORY:
            return
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            f"{connections.path}: a reader in another process keeps old pages in the log; "
            "erase again when it has finished"
        )


def contains_bytes(path: str, needles: Collection[bytes]) -> list[bytes]:
    """Return which of these byte strings stand in the database's files."""
    if path == MEMORY:
        return []
    return _rows.in_files([Path(path + end) for end in _SIDE_FILES], needles)


def check(connections: Connections) -> list[str]:
    """Return what is wrong with the file, in sentences."""
    with connections.reading() as db:
        return list(_problems(db))


def _problems(db: sqlite3.Connection) -> Iterator[str]:
    found = [text for (text,) in db.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        yield from (f"the file is damaged: {text}" for text in found)
    for what, table, column in _POINTS:
        sql = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT ref FROM thing)"
        (count,) = db.execute(sql).fetchone()
        if count:
            yield f"there are {count} {what}"


def backup(connections: Connections, path: str) -> None:
    """Copy the database to a new file, while others go on reading and writing.

    Raises:
        StoreError: The file exists already, or cannot be written.
    """
    if Path(path).exists():
        raise StoreError(f"{path} exists already; choose another path, or remove it first")
    with connections.reading() as db:
        target = sqlite3.connect(path)
        try:
            db.backup(target, pages=4_096)
        finally:
            target.close()
