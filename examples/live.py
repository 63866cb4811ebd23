"""Live: a webhook body, a record of one's own, and an agent that writes back what it did."""

from __future__ import annotations

import omnimemory
from omnimemory import sources


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="acme") as memory:
        webhook = {
            "ticket": {
                "id": 35436,
                "subject": "Charged twice",
                "status": "open",
                "created_at": "2026-03-03T09:25:00Z",
                "requester": {"id": 7, "name": "Dana", "email": "dana@example.org"},
            }
        }
        memory.ingest(sources.zendesk.event(webhook))
        memory.ingest(
            {
                "type": "message",
                "source": "whatsapp",
                "id": "wamid.1",
                "channel": "chat",
                "occurred_at": "2026-03-04T08:00:00Z",
                "author": {"email": "dana@example.org", "name": "Dana"},
                "to": [{"kind": "ai_agent", "id": "tilly", "name": "Tilly"}],
                "text": "Any news of my refund?",
            }
        )
        memory.ingest(
            {
                "type": "action",
                "source": "billing",
                "id": "refund-77",
                "name": "refund",
                "occurred_at": "2026-03-04T08:01:00Z",
                "customer": {"email": "dana@example.org"},
                "author": {"kind": "ai_agent", "id": "tilly", "name": "Tilly"},
                "result": "189.00 EUR returned to the card",
            }
        )
        for entry in memory.timeline("dana@example.org"):
            print(entry)


if __name__ == "__main__":
    main()
