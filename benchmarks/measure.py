"""What both benchmarks share: percentiles, the machine, and tables."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Row = Mapping[str, Any]

CALIBRATION_LOOP: Final = 2_000_000


def percentiles(
    call: Callable[[], object],
    *,
    runs: int,
    warm: int = 3,
    before: Callable[[], object] | None = None,
) -> dict[str, float]:
    """Return the p50 and p95 of a call, and the p50 of its processor time, in milliseconds.

    What is to be done before each call is not measured.
    """
    return alternating(call, runs=runs, warm=warm, before=before)[0]


def alternating(
    *calls: Callable[[], object],
    runs: int,
    warm: int = 3,
    before: Callable[[], object] | None = None,
) -> tuple[dict[str, float], ...]:
    """Return the p50 and p95 of each of some calls, and the p50 of processor time, in milliseconds.

    They take turns, so that a machine that slows down slows all of them. Where others keep the
    processors busy a long call waits for its turn more often than a short one; processor time,
    which is that of all threads of this process, leaves the waiting out.
    """
    times: list[list[tuple[float, float]]] = [[] for _ in calls]
    for _ in range(warm + runs):
        for call, some in zip(calls, times, strict=True):
            if before is not None:
                before()
            begin, worked = time.perf_counter(), time.process_time()
            call()
            some.append((time.perf_counter() - begin, time.process_time() - worked))
    return tuple(_percentiles(some[warm:]) for some in times)


def _percentiles(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    passed, worked = (sorted(one * 1_000 for one in some) for some in zip(*times, strict=True))
    return {
        "p50_ms": passed[len(passed) // 2],
        "p95_ms": passed[int(len(passed) * 0.95)],
        "cpu_ms": worked[len(worked) // 2],
    }


def calibrate() -> float:
    """Return how long a fixed loop of plain Python takes here and now, in milliseconds.

    Machines differ and are noisy; this tells how fast this one was during the run.
    """
    begin = time.perf_counter()
    total = 0
    for n in range(CALIBRATION_LOOP):
        total += n * n
    return (time.perf_counter() - begin) * 1_000


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the code."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_1m": round(os.getloadavg()[0], 2),
        "loop_ms": round(calibrate(), 1),
        "command": " ".join(["python -m", *sys.orig_argv[2:]]),
    }


def memory_mb() -> float:
    """Return how much memory this process holds now, in MB; 0 where the system does not tell."""
    told = Path("/proc/self/statm")
    pages = int(told.read_text().split()[1]) if told.exists() else 0
    return pages * resource.getpagesize() / 1_048_576


def peak_memory_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def show(rows: Sequence[Row], *, as_json: bool, about: Row) -> None:
    """Print rows as a table, or with what they depend on as JSON."""
    if as_json:
        print(json.dumps({"machine": about, "rows": rows}, indent=2))
        return
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    names = list(dict.fromkeys(name for row in rows for name in row))
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(_cell(row.get(name, "")) for name in names) + " |")


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
