"""The demo: the sample company's exports as files, into a store, out as a context pack."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from omnimemory.memory import Memory, connect
from omnimemory.testing import company
from omnimemory.testing.company.reading import sources

QUERY: Final = "Where is my refund?"


def build(folder: Path) -> Memory:
    """Write the exports, take them in, and return the memory; what is done stays done.

    Args:
        folder: Where the exports and the store go; it is made when missing.
    """
    exports = folder / "exports"
    company.write_exports(exports)
    memory = connect(f"sqlite:///{folder / 'support.db'}", tenant=company.TENANT)
    for what, records in sources(exports):
        report = memory.ingest(records)
        _say(f"{what}: {report}")
    return memory


def sample() -> Memory:
    """Return the sample company's memory, kept in memory, to try things on."""
    memory = connect("sqlite://", tenant=company.TENANT)
    with tempfile.TemporaryDirectory() as folder:
        company.write_exports(Path(folder))
        for _, records in sources(Path(folder)):
            memory.ingest(records)
    return memory


def run(folder: Path, *, as_json: bool) -> int:
    """Build the sample company's memory and print the pack of the customer at its heart."""
    with build(folder) as memory:
        dana = memory.customer(company.DANA.email, as_of=company.NOW)
        pack = memory.context_pack(dana, QUERY, budget=2_000, as_of=company.NOW)
        _say(f"\n{memory!r}\nasking for {dana}: {QUERY!r}\n")
        print(json.dumps(pack.json(), ensure_ascii=False, indent=2) if as_json else pack.markdown())
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)
