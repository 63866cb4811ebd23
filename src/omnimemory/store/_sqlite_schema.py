"""The tables of the SQLite store, their version, and the way there from older ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from omnimemory.errors import SchemaError
from omnimemory.model.time import FOREVER
from omnimemory.store._rows import DAY

APPLICATION_ID: Final = 0x6F6D6E69
"""Marks a file as ours: the letters ``omni``."""

VERSION: Final = 4

_FIRST: Final = (
    "CREATE TABLE tenant (ref INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, revision INTEGER)",
    # Where the rows of each commit lie, so that `scan` needs no index by recorded time.
    """
    CREATE TABLE moment (
        tenant INTEGER NOT NULL, revision INTEGER NOT NULL,
        node_from INTEGER NOT NULL, node_to INTEGER NOT NULL,
        edge_from INTEGER NOT NULL, edge_to INTEGER NOT NULL,
        passage_from INTEGER NOT NULL, passage_to INTEGER NOT NULL,
        PRIMARY KEY (tenant, revision)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE thing (
        ref INTEGER PRIMARY KEY, tenant INTEGER NOT NULL,
        id TEXT NOT NULL, kind TEXT NOT NULL, touched INTEGER NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX thing_id ON thing (tenant, id)",
    "CREATE INDEX thing_kind ON thing (tenant, kind, id)",
    """
    CREATE TABLE node (
        ref INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, thing INTEGER NOT NULL,
        keys TEXT, props TEXT NOT NULL,
        valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
        recorded_from INTEGER NOT NULL, recorded_to INTEGER NOT NULL
    )
    """,
    "CREATE INDEX node_thing ON node (thing)",
    """
    CREATE TABLE node_key (
        tenant INTEGER NOT NULL, key TEXT NOT NULL, thing INTEGER NOT NULL,
        PRIMARY KEY (tenant, key, thing)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE edge (
        ref INTEGER PRIMARY KEY, tenant INTEGER NOT NULL,
        source INTEGER NOT NULL, kind TEXT NOT NULL, target INTEGER NOT NULL, props TEXT NOT NULL,
        valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
        recorded_from INTEGER NOT NULL, recorded_to INTEGER NOT NULL
    )
    """,
    "CREATE INDEX edge_source ON edge (source, kind, valid_from)",
    "CREATE INDEX edge_target ON edge (target, kind, valid_from)",
    """
    CREATE TABLE passage (
        ref INTEGER PRIMARY KEY, tenant INTEGER NOT NULL,
        about INTEGER NOT NULL, part INTEGER NOT NULL,
        text TEXT NOT NULL, vector BLOB, encoder TEXT,
        valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
        recorded_from INTEGER NOT NULL, recorded_to INTEGER NOT NULL
    )
    """,
    "CREATE INDEX passage_about ON passage (about, part)",
    *(
        f"CREATE INDEX {table}_closed ON {table} (tenant, recorded_to) "
        f"WHERE recorded_to < {FOREVER}"
        for table in ("node", "edge", "passage")
    ),
    """
    CREATE VIRTUAL TABLE passage_text USING fts5 (
        text, content='passage', content_rowid='ref',
        tokenize="unicode61 remove_diacritics 2"
    )
    """,
)

_SECOND: Final = (
    # How many open-ended edges end at a thing, by day, so that `tally` never counts rows.
    """
    CREATE TABLE tally (
        target INTEGER NOT NULL, edge_kind TEXT NOT NULL, day INTEGER NOT NULL,
        node_kind TEXT NOT NULL, count INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (target, edge_kind, day, node_kind)
    ) WITHOUT ROWID
    """,
    f"""
    INSERT INTO tally
    SELECT e.target, e.kind, (e.valid_from - ((e.valid_from % {DAY}) + {DAY}) % {DAY}) / {DAY},
        s.kind, count(*), min(e.valid_from), max(e.valid_from)
    FROM edge e JOIN thing s ON s.ref = e.source
    WHERE e.recorded_to = {FOREVER} AND e.valid_to = {FOREVER} GROUP BY 1, 2, 3, 4
    """,
    f"""
    CREATE INDEX edge_ended ON edge (target, kind, valid_from)
    WHERE recorded_to = {FOREVER} AND valid_to < {FOREVER}
    """,
)

# Texts are searched by an index beside the store, the same on every store.
_THIRD: Final = (
    "DROP TABLE passage_text",
    "ALTER TABLE passage DROP COLUMN vector",
    "ALTER TABLE passage DROP COLUMN encoder",
)

# When anything was erased last: who keeps what was read must let go of it then.
_FOURTH: Final = ("ALTER TABLE tenant ADD COLUMN erased INTEGER NOT NULL DEFAULT 0",)

STEPS: Final = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""What leads from each version to the next; a step is never changed once released."""


def prepare(db: sqlite3.Connection, name: str) -> None:
    """Bring a database to today's schema, in one transaction.

    Args:
        db: A connection outside of any transaction.
        name: What error messages call the database.

    Raises:
        SchemaError: It is another program's, or was written by a newer omnimemory.
    """
    with _transaction(db, "BEGIN"):
        if _version(db, name) == VERSION:
            return
    with _transaction(db, "BEGIN IMMEDIATE"):
        for step in STEPS[_version(db, name) :]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Generator[None]:
    """Run the block in a transaction; what it reads is of one moment, whoever writes."""
    db.execute(begin)
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _version(db: sqlite3.Connection, name: str) -> int:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise SchemaError(f"{name} is the database of another program; choose another path")
    if version > VERSION:
        raise SchemaError(
            f"{name} has schema version {version} and this omnimemory knows up to {VERSION}; "
            "upgrade omnimemory-graph"
        )
    return version
