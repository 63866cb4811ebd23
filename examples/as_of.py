"""Two clocks: how things were on a day, and what the store knew then."""

from __future__ import annotations

import omnimemory
from omnimemory import AsOf


def ticket(status: str, day: int) -> dict[str, object]:
    return {
        "type": "ticket",
        "source": "zendesk",
        "id": "7",
        "subject": "Late parcel",
        "status": status,
        "requester": {"email": "ada@example.org"},
        "created_at": "2026-03-01T00:00:00Z",
        "updated_at": f"2026-03-{day:02}T00:00:00Z",
    }


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="acme") as memory:
        memory.ingest(ticket("open", 2))
        known_first = memory.view().revision
        memory.ingest(ticket("solved", 9))
        memory.ingest(ticket("pending", 5))  # late
        print("on 6 March it was", memory.ticket("zendesk:7", as_of="2026-03-06")["status"])
        then = AsOf(recorded=known_first)
        print("at first we knew", memory.ticket("zendesk:7", as_of=then)["status"])
        for version in memory.ticket("zendesk:7").history():
            print(version)


if __name__ == "__main__":
    main()
