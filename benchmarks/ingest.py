"""How fast records go in: in bulk, and one at a time, durable on disk.

python -m benchmarks.ingest --interactions 100000 [--store URL …] [--json]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import omnimemory
from benchmarks import company, peers, stores
from benchmarks.measure import Row, machine, peak_memory_mb, percentiles, show
from omnimemory import Memory
from omnimemory.model.records import Message

MOST_ON_NETWORKX = 100_000
SINGLES = 300


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the benchmark and print its table; return the rows."""
    options = _options(arguments)
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        rows = _of_stores(options) if options.store else _usual(options, Path(folder))
    show(rows, as_json=options.json, about=about)
    return rows


def _usual(options: Any, folder: Path) -> list[Row]:
    rows = _sqlite(options, folder)
    if options.interactions <= MOST_ON_NETWORKX:
        rows += _bulk(omnimemory.connect("networkx://", tenant="bench"), "NetworkX", options)
    return rows if options.no_peers else [*rows, *peers.ingest(folder)]


def _of_stores(options: Any) -> list[Row]:
    """Return what each store that was named takes, in tenants of its own."""
    rows: list[Row] = []
    for url in options.store:
        name, run = stores.name_of(url), uuid4().hex[:8]
        rows += _bulk(stores.connect(url, options.auth, tenant=f"bulk-{run}"), name, options)
        rows.append(_single(stores.connect(url, options.auth, tenant=f"single-{run}"), name))
    return rows


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    stores.add_options(parser)
    return parser.parse_args(arguments)


def _sqlite(options: Any, folder: Path) -> list[Row]:
    path, name = folder / "bulk.db", "SQLite"
    rows = _bulk(omnimemory.connect(f"sqlite:///{path}", tenant="bench"), name, options)
    size = sum(file.stat().st_size for file in folder.glob("bulk.db*"))
    rows[0] = {**rows[0], "file_mb": size / 1e6, "memory_mb": peak_memory_mb()}
    single = omnimemory.connect(f"sqlite:///{folder / 'single.db'}", tenant="bench")
    return [*rows, _raw(path, folder / "raw.db"), _single(single, name)]


def _bulk(empty: Memory, store: str, options: Any) -> list[Row]:
    """Return the rate of one ingest of everything, the making of the records included.

    Beside it stands the processor time of this process for each record, which others who keep
    the machine busy do not change much.
    """
    with empty as memory:
        begin, worked = time.perf_counter(), time.process_time()
        report = memory.ingest(company.records(options.interactions))
        seconds, worked = time.perf_counter() - begin, time.process_time() - worked
    total = report.records.total()
    name, spent = f"omnimemory, {store}, bulk", worked / total * 1e6
    rate = total / seconds
    return [{"what": name, "records": total, "records_per_s": rate, "cpu_us_each": spent}]


def _raw(source: Path, target: Path) -> Row:
    """Return the rate at which SQLite takes the same rows, with the same indexes, and no more."""
    with sqlite3.connect(source) as db:
        tables = ("thing", "node", "node_key", "edge", "passage")
        schema = [
            sql
            for (sql,) in db.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name IN (?,?,?,?,?) AND sql NOT NULL",
                tables,
            )
        ]
        rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        (records,) = db.execute("SELECT count(*) FROM thing").fetchone()
    db.close()
    raw = sqlite3.connect(target)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    for sql in schema:
        raw.execute(sql)
    begin = time.perf_counter()
    for table, many in rows.items():
        marks = ",".join("?" * len(many[0])) if many else ""
        chunks = iter(many)
        while chunk := list(islice(chunks, 10_000)):
            with raw:
                raw.executemany(f"INSERT INTO {table} VALUES ({marks})", chunk)
    seconds = time.perf_counter() - begin
    raw.close()
    total = sum(map(len, rows.values()))
    return {"what": "raw SQLite, the same rows", "records": total, "records_per_s": total / seconds,
            "things_per_s": records / seconds}  # fmt: skip


def _single(empty: Memory, store: str) -> Row:
    """Return how long one record takes, committed, into a company that is there."""
    with empty as memory:
        memory.ingest(company.records(2_000))
        found = company.records(60_000, seed=2)
        messages = (one for one in found if isinstance(one, Message))
        fresh = iter(
            [
                one.model_copy(update={"id": f"new-{one.id}"})
                for one in islice(messages, SINGLES + 50)
            ]
        )
        times = percentiles(lambda: memory.ingest(next(fresh)), runs=SINGLES, warm=20)
    rate = 1_000 / times["p50_ms"]
    return {"what": f"omnimemory, {store}, one durable record", "records_per_s": rate, **times}


if __name__ == "__main__":
    main()
