"""Erasure: everything of a customer, in every version, and the proof of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import omnimemory


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "support.db"
        message = {
            "type": "message",
            "source": "mail",
            "id": "m1",
            "author": {"email": "ada@example.org", "name": "Ada Lovelace"},
            "occurred_at": "2026-03-01T00:00:00Z",
            "text": "Please forget me.",
        }
        with omnimemory.connect(f"sqlite:///{path}", tenant="acme") as memory:
            memory.ingest(message)
            print(memory.erase("ada@example.org"))
            print(memory.ingest(message))  # it does not come back
        print("her words are in the file:", b"forget me" in path.read_bytes())


if __name__ == "__main__":
    main()
