"""GitHub → records: issues, comments and events as its REST API lists them, and webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, Unpack

from omnimemory.errors import InputError
from omnimemory.model.records import Record
from omnimemory.sources._exports import Layout, Mapper, mapped, payloads
from omnimemory.sources._github_issue import (
    Events,
    Options,
    Reading,
    comment,
    issue,
)
from omnimemory.sources._reading import Fields, Item, Json, member, one
from omnimemory.sources._source import Given, Source, objects


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return the collection of an object, by the fields that only its kind has."""
    if "event" in value and "created_at" in value:
        return "events"
    if "issue_url" in value and "body" in value:
        return "comments"
    return "issues" if "number" in value and "title" in value else None


LAYOUT: Final = Layout(
    source="github",
    collections={
        "issues": ("issue",),
        "comments": ("comment", "issue_comments"),
        "events": ("event", "issue_events", "timeline"),
    },
    ignored=frozenset({"total_count", "incomplete_results", "labels", "milestones"}),
    guess=_guess,
)


def _read(given: Given, **options: Unpack[Options]) -> Iterator[Item]:
    """GitHub: ``issues.json``, ``comments.json``, ``events.json`` as the REST API lists them.

    Args:
        given: A folder or file of them, or decoded objects.
        options: ``name``, ``repository``, ``ticket_pattern``, ``ticket_source``, ``parts`` and
            ``public``.
    """
    how = Reading(options)
    mappers: dict[str, Mapper] = {
        "issues": partial(issue, options=how),
        "comments": lambda fields: [comment(fields, how)],
        "events": Events(how).records,
    }
    return mapped(payloads(given, LAYOUT), mappers, source=how.source)


def _event(body: Json, **options: Unpack[Options]) -> Iterator[Item]:
    """Read a webhook body: an issue, or a comment with its issue."""
    how = Reading(options)
    for position, event in enumerate(objects(body)):
        where = f"{member(event, 'action') or 'event'}[{position}]"
        yield from one(event, partial(_happened, options=how), source=how.source, where=where)


def _happened(event: Json, *, options: Reading) -> Iterator[Record]:
    """Yield what one webhook body says.

    Raises:
        InputError: It carries no issue.
    """
    fields = Fields(event)
    about = member(event, "issue") or member(event, "pull_request")
    if about is None:
        raise InputError("the event carries no issue and no pull request of GitHub")
    private = fields.object("repository").flag("private") if "repository" in fields else None
    action = fields.text("action")
    moved = member(member(event, "changes"), "new_issue") if action == "transferred" else None
    (found,) = issue(Fields(about if moved is None else moved), options, private=private)
    if action == "deleted" and "comment" not in fields:
        yield found.model_copy(update={"deleted_at": found.updated_at})
        return
    yield found
    if "comment" in fields:
        said = comment(fields.object("comment"), options, about=found.id, private=private)
        gone = {"deleted_at": said.updated_at} if action == "deleted" else {}
        yield said.model_copy(update=gone)


github = Source("github", _read, _event)
