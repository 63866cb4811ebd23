"""Reads the sample company's exports back through the sources, as a team would its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from omnimemory import sources as known
from omnimemory.sources import Item
from omnimemory.testing.company.people import VENDOR_DOMAIN


class Export(NamedTuple):
    """One export: what it is, where it stands in the folder, and which source reads it how."""

    description: str
    path: str
    source: str
    options: dict[str, Any]


EXPORTS: Final = (
    Export("CRM companies and contacts", "crm", "hubspot", {}),
    Export("Zendesk tickets and articles", "zendesk", "zendesk", {}),
    Export("Support mailbox", "support.mbox", "mbox", {"ours": f"@{VENDOR_DOMAIN}"}),
    Export("Chat transcripts", "chats.jsonl", "chat", {"tickets": "zendesk"}),
    Export("Call records", "calls.jsonl", "calls", {"tickets": "zendesk"}),
    Export("Product usage", "segment.jsonl", "segment", {}),
    Export("Engineering issues", "github", "github", {}),
    Export("Promises, attempts and decisions", "records.jsonl", "records", {}),
)


def sources(folder: Path) -> list[tuple[str, Iterator[Item]]]:
    """Return what each export holds, with a description for a progress display.

    Args:
        folder: Where `write_exports` wrote them.
    """
    return [
        (export.description, known.named(export.source)(folder / export.path, **export.options))
        for export in EXPORTS
    ]
