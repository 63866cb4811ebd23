"""A small made-up company, Tillwright, and half a year of its customers' history as real files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from omnimemory.testing.company import clocks, crm, github, notes, segment, talk, zendesk
from omnimemory.testing.company.background import background
from omnimemory.testing.company.edges import EDGES
from omnimemory.testing.company.expected import DANA, Expected
from omnimemory.testing.company.mailbox import mbox
from omnimemory.testing.company.people import ACCOUNTS, AGENTS, CUSTOMERS
from omnimemory.testing.company.shapes import NOW, Day, Line, together
from omnimemory.testing.company.story import STORY

TENANT: Final = "tillwright"


def history() -> Day:
    """Return all that happened, in no system's format."""
    return together((STORY, EDGES, background()))


def counts() -> dict[str, int]:
    """Return how many of each thing the exports hold, for tests that must account for all."""
    day = history()
    return {
        "accounts": len(ACCOUNTS),
        "customers": len(CUSTOMERS),
        "agents": len(AGENTS),
        "tickets": len(day.cases),
        "comments": sum(len(case.comments) for case in day.cases),
        "mails": len(day.mails),
        "chats": len(day.chats),
        "chat messages": sum(isinstance(line, Line) for one in day.chats for line in one.lines),
        "calls": len(day.calls),
        "usage events": len(day.events),
        "issues": len(github.BUGS),
        "statements": sum(one["type"] == "statement" for one in notes.records()),
    }


def write_exports(folder: Path) -> dict[str, Path]:
    """Write the exports of every system into ``folder`` and return each file's path by its name.

    The bytes are the same at every call.
    """
    return {name: _write(folder / name, content) for name, content in _contents(history()).items()}


def _contents(day: Day) -> dict[str, bytes]:
    cases = day.cases
    return {
        "support.mbox": mbox(day.mails),
        "zendesk/organizations.json": _pretty(zendesk.organizations()),
        "zendesk/groups.json": _pretty(zendesk.groups()),
        "zendesk/users.json": _pretty(zendesk.users()),
        "zendesk/tickets.json": _pretty(zendesk.tickets(cases)),
        "zendesk/ticket_comments.json": _pretty(zendesk.comments(cases)),
        "zendesk/ticket_audits.json": _pretty(zendesk.audits(cases)),
        "zendesk/ticket_metric_events.json": _pretty(clocks.metric_events(cases)),
        "zendesk/articles.json": _pretty(crm.articles()),
        "chats.jsonl": _lines(map(talk.chat, day.chats)),
        "calls.jsonl": _lines(map(talk.call, day.calls)),
        "segment.jsonl": _lines(segment.segment(day.events)),
        "github/issues.json": _pretty(github.issues()),
        "github/comments.json": _pretty(github.comments()),
        "github/events.json": _pretty(github.events()),
        "crm/contacts.csv": crm.contacts().encode(),
        "crm/companies.csv": crm.companies().encode(),
        "records.jsonl": _lines(notes.records()),
    }


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _lines(values: Iterable[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


__all__ = ["DANA", "NOW", "TENANT", "Expected", "counts", "history", "write_exports"]
