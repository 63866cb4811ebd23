"""How fast a pack, a timeline and a search come out, beside the raw read of the same rows.

python -m benchmarks.read --interactions 100000 [--json]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import omnimemory
from benchmarks import company, peers
from benchmarks.measure import Row, machine, peak_memory_mb, percentiles, show
from omnimemory import Memory

MOST_ON_NETWORKX = 100_000


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the benchmark and print its table; return the rows."""
    options = _options(arguments)
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(options.keep or folder) / f"read-{options.interactions}.db"
        rows = _measure(f"sqlite:///{path}", "SQLite", options.interactions, options.runs, path)
        if options.interactions <= MOST_ON_NETWORKX:
            rows += _measure("networkx://", "NetworkX", options.interactions, options.runs, None)
        if not options.no_peers:
            rows += peers.search(Path(folder))
    show(rows, as_json=options.json, about=about)
    return rows


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the database here, and use it again")
    return parser.parse_args(arguments)


def _measure(url: str, store: str, interactions: int, runs: int, path: Path | None) -> list[Row]:
    with omnimemory.connect(url, tenant="bench") as memory:
        rows: list[Row] = _fill(memory, store, interactions)
        for who, email in (("180 records", company.MEDIUM), ("heavy", company.HEAVY)):
            raw = None
            if path is not None:
                raw = percentiles(_raw_read(memory, email, path), runs=runs)
                rows.append({"what": f"raw SQL read, {who}", **raw})
            for name, call in _calls(memory, email).items():
                times = percentiles(call, runs=runs)
                ratio = {} if raw is None else {"x_raw": times["p50_ms"] / raw["p50_ms"]}
                rows.append({"what": f"{store}: {name}, {who}", **times, **ratio})
        tenant = percentiles(lambda: memory.search(company.QUERY, limit=10), runs=max(5, runs // 6))
        rows.append({"what": f"{store}: search of the tenant", **tenant})
        rows.append({"what": f"{store}: peak memory", "memory_mb": peak_memory_mb()})
    return rows


def _fill(memory: Memory, store: str, interactions: int) -> list[Row]:
    """Take the company in, unless the store that was kept holds it already."""
    if memory.view().revision:
        return []
    begin = time.perf_counter()
    total = memory.ingest(company.records(interactions)).records.total()
    rate = total / (time.perf_counter() - begin)
    return [{"what": f"{store}: taken in", "records": total, "records_per_s": rate}]


def _calls(memory: Memory, email: str) -> dict[str, Callable[[], object]]:
    return {
        "customer": lambda: memory.customer(email),
        "context_pack": lambda: memory.context_pack(email, budget=2_000),
        "context_pack with a query": lambda: memory.context_pack(email, company.QUERY),
        "timeline of 50": lambda: memory.timeline(email, limit=50),
        "search": lambda: memory.search(company.QUERY, customer=email),
    }


_NEWEST = """
    SELECT e.source FROM thing t CROSS JOIN edge e ON e.target = t.ref
    WHERE t.tenant = 1 AND t.id = ? AND e.kind = ? ORDER BY e.valid_from DESC LIMIT ?
"""
_NODES = f"""
    WITH near AS ({_NEWEST})
    SELECT t.id, n.* FROM near CROSS JOIN node n ON n.thing = near.source
    CROSS JOIN thing t ON t.ref = n.thing
"""
_AROUND = (
    f"WITH near AS ({_NEWEST}) SELECT e.* FROM near CROSS JOIN edge e ON e.source = near.source"
)
_LIMITS = {"FROM": 60, "TO": 60, "REQUESTED_BY": 12, "USED_BY": 40, "OF": 12}


def _raw_read(memory: Memory, email: str, path: Path) -> Callable[[], object]:
    """Return the plainest SQL that fetches the rows that a pack of 180 records rests on.

    The newest edges at each identity, the nodes at their ends and the edges around those:
    no decoding, no ranking, no text.
    """
    db = sqlite3.connect(path)
    db.execute("PRAGMA cache_size = -32768")
    identities = memory.customer(email).identities

    def read() -> object:
        rows: list[Any] = []
        for identity in identities:
            for kind, limit in _LIMITS.items():
                rows += db.execute(_NODES, (identity, kind, limit)).fetchall()
                rows += db.execute(_AROUND, (identity, kind, limit)).fetchall()
        return rows

    return read


if __name__ == "__main__":
    main()
