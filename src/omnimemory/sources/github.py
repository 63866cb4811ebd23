"""GitHub → records: issues, comments and events as its REST API lists them, and webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import Record
from omnimemory.sources._exports import Layout, Mapper, mapped, payloads
from omnimemory.sources._github_issue import (
    TICKET,
    Events,
    Options,
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


def _read(
    given: Given,
    *,
    name: str = "github",
    repository: str | None = None,
    ticket_pattern: str = TICKET,
    ticket_source: str = "zendesk",
    parts: str = "area:",
    public: bool = False,
) -> Iterator[Item]:
    """GitHub: ``issues.json``, ``comments.json``, ``events.json`` as the REST API lists them.

    Args:
        given: A folder or file of them, or decoded objects.
        name: What to call the source, where there is more than one GitHub.
        repository: ``owner/name`` of payloads that do not say it.
        ticket_pattern: How a text names the tickets that wait for an issue; the groups of
            this regular expression are their ids.
        ticket_source: Whose tickets those are.
        parts: Prefix of labels that name parts of the product.
        public: Whether the repository is public, where payloads do not say it.
    """
    options = _options(name, repository, ticket_pattern, ticket_source, parts, public=public)
    mappers: dict[str, Mapper] = {
        "issues": partial(issue, options=options),
        "comments": lambda fields: [comment(fields, options)],
        "events": Events(options).records,
    }
    return mapped(payloads(given, LAYOUT), mappers, source=name)


def _options(
    name: str,
    repository: str | None,
    ticket_pattern: str,
    ticket_source: str,
    parts: str,
    *,
    public: bool,
) -> Options:
    return Options(
        name,
        repository=repository,
        ticket_pattern=ticket_pattern,
        ticket_source=ticket_source,
        parts=parts,
        public=public,
    )


def _event(
    body: Json,
    *,
    name: str = "github",
    repository: str | None = None,
    ticket_pattern: str = TICKET,
    ticket_source: str = "zendesk",
    parts: str = "area:",
    public: bool = False,
) -> Iterator[Item]:
    """Read a webhook body: an issue, or a comment with its issue."""
    options = _options(name, repository, ticket_pattern, ticket_source, parts, public=public)
    for position, event in enumerate(objects(body)):
        where = f"{member(event, 'action') or 'event'}[{position}]"
        yield from one(event, partial(_happened, options=options), source=name, where=where)


def _happened(event: Json, *, options: Options) -> Iterator[Record]:
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
