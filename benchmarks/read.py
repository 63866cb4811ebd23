"""How fast a pack, a timeline and a search come out, beside the raw read of the same rows.

python -m benchmarks.read --interactions 100000 [--store URL …] [--json]

A store that already holds the company, as one on a server or with `--keep`, is used as it is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from benchmarks import company, peers, stores
from benchmarks.measure import Row, machine, peak_memory_mb, percentiles, show
from benchmarks.raw import raw_read
from omnimemory import Memory
from omnimemory.model.records import Message, Person

_Call: TypeAlias = Callable[[], object]
MOST_ON_NETWORKX = 100_000


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the benchmark and print its table; return the rows."""
    options = _options(arguments)
    about = machine()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for url in options.store or _usual(Path(options.keep or folder), options.interactions):
            rows += _measure(url, options)
        if not options.no_peers and not options.store:
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
    stores.add_options(parser)
    return parser.parse_args(arguments)


def _usual(folder: Path, interactions: int) -> list[str]:
    urls = [stores.kept(folder, interactions)]
    return [*urls, "networkx://"] if interactions <= MOST_ON_NETWORKX else urls


def _measure(url: str, options: Any) -> list[Row]:
    store, tenant = stores.name_of(url), stores.tenant_of(options.interactions)
    with stores.connect(url, options.auth, tenant=tenant) as memory:
        rows: list[Row] = _fill(memory, store, options.interactions)
        for who, email in (("180 records", company.MEDIUM), ("heavy", company.HEAVY)):
            identities = memory.customer(email).identities
            read = raw_read(url, options.auth, tenant=tenant, identities=identities)
            raw = None if read is None else percentiles(read, runs=options.runs)
            if raw is not None:
                rows.append({"what": f"{store}: raw read, {who}", **raw})
            for name, (call, before) in _calls(memory, email).items():
                times = percentiles(call, runs=options.runs, before=before)
                ratios = _ratios(times, raw, is_here=not urlsplit(url).netloc)
                rows.append({"what": f"{store}: {name}, {who}", **times, **ratios})
        runs = max(5, options.runs // 6)
        tenant_wide = percentiles(lambda: memory.search(company.QUERY, limit=10), runs=runs)
        rows.append({"what": f"{store}: search of the tenant", **tenant_wide})
        rows.append({"what": f"{store}: peak memory", "memory_mb": peak_memory_mb()})
    return rows


def _ratios(times: Row, raw: Row | None, *, is_here: bool) -> Row:
    """Return how many times as long as the raw read a call takes.

    Where the store is in this process, also by processor time.
    """
    if raw is None:
        return {}
    by_cpu = {"x_raw_cpu": times["cpu_ms"] / raw["cpu_ms"]} if is_here else {}
    return {"x_raw": times["p50_ms"] / raw["p50_ms"], **by_cpu}


def _fill(memory: Memory, store: str, interactions: int) -> list[Row]:
    """Take the company in, unless the store that was kept holds it already."""
    if memory.view().revision:
        return []
    begin = time.perf_counter()
    total = memory.ingest(company.records(interactions)).records.total()
    rate = total / (time.perf_counter() - begin)
    return [{"what": f"{store}: taken in", "records": total, "records_per_s": rate}]


def _calls(memory: Memory, email: str) -> dict[str, tuple[_Call, _Call | None]]:
    """Return what is measured of a customer, and what is done before each time."""
    number = count()

    def write() -> None:
        """Write a message of theirs anew, so that what was read of them has moved."""
        said = Message(
            source="benchmark",
            id=email,
            author=Person(email=email),
            occurred_at=company.END,
            text=f"And once more, for the {next(number)}. time: {company.QUERY}?",
        )
        memory.ingest([said])

    def pack() -> object:
        return memory.context_pack(email, budget=2_000)

    def asked() -> object:
        return memory.context_pack(email, company.QUERY)

    return {
        "customer": (lambda: memory.customer(email), None),
        "context_pack": (pack, None),
        "context_pack with a query": (asked, None),
        "context_pack, a message since": (pack, write),
        "context_pack with a query, a message since": (asked, write),
        "timeline of 50": (lambda: memory.timeline(email, limit=50), None),
        "search": (lambda: memory.search(company.QUERY, customer=email), None),
    }


if __name__ == "__main__":
    main()
