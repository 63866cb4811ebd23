"""A team's own kind, here a shipped one, in the timeline, in search and in the pack."""

from __future__ import annotations

import omnimemory
from omnimemory import Subscription


def main() -> None:
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        memory.register(Subscription)
        memory.ingest(
            {
                "type": "subscription",
                "source": "billing",
                "id": "sub-1",
                "plan": "Team yearly",
                "status": "past due",
                "customer": {"email": "ada@example.org", "name": "Ada"},
                "created_at": "2026-01-01T00:00:00Z",
            }
        )
        print(memory.list("Subscription", customer="ada@example.org"))
        print(memory.context_pack("ada@example.org").markdown())


if __name__ == "__main__":
    main()
