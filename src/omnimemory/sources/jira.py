"""Jira → records: search results with changelogs, tables, and webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import Issue, Record, StatusClass, Ticket
from omnimemory.sources._exports import Layout, Mapper, mapped, payloads
from omnimemory.sources._jira_issue import (
    CATEGORIES,
    changes,
    comment,
    issue,
    reference,
    tickets_in,
)
from omnimemory.sources._jira_tables import Tables
from omnimemory.sources._reading import Fields, Item, Json, member, one
from omnimemory.sources._source import Given, Source, objects


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return the collection of an object, by the fields that only its kind has."""
    if isinstance(value.get("fields"), Mapping) and "key" in value:
        return "issues"
    if isinstance(value.get("object"), Mapping) and "relationship" in value:
        return "remote_links"
    return None


LAYOUT: Final = Layout(
    source="jira",
    collections={
        "status_categories": ("status_category",),
        "statuses": ("status",),
        "priorities": ("priority",),
        "resolutions": ("resolution",),
        "issue_types": ("issue_type",),
        "users": ("user",),
        "components": ("component",),
        "issue_links": ("issue_link",),
        "issues": ("issue", "search", "values"),
        "field_history": ("issue_field_history",),
        "comments": ("comment",),
        "remote_links": ("remotelinks",),
    },
    ignored=frozenset(
        "epic version project sprint field field_option issue_multiselect_history issuelinktypes "
        "transitions statuscategories expand startAt maxResults total isLast nextPageToken".split()
    ),
    guess=_guess,
)


class _Export:
    """One export on its way through: what its earlier objects said that its later ones need."""

    def __init__(self, source: str, tickets: Iterable[str], names: Mapping[str, str]) -> None:
        self._source = source
        self.tickets = frozenset(tickets)
        self._names = names
        self.classes: dict[str, StatusClass] = dict(CATEGORIES)
        self._tables = Tables(source)

    def mappers(self) -> dict[str, Mapper]:
        """Return what reads each collection."""
        tables = self._tables
        return {
            "status_categories": tables.status_category,
            "statuses": self._status,
            "priorities": partial(tables.name, "priority"),
            "resolutions": partial(tables.name, "resolution"),
            "issue_types": partial(tables.name, "issue_type"),
            "users": tables.user,
            "components": tables.component,
            "issue_links": tables.link,
            "issues": self._issue,
            "field_history": tables.change,
            "comments": tables.comment,
            "remote_links": self._remote,
        }

    def _status(self, fields: Fields) -> Iterable[Record]:
        if "status_category_id" in fields:
            return self._tables.status(fields)
        category = member(fields.take("statusCategory"), "key")
        named = str(fields.need("name")).lower()
        if category in CATEGORIES:
            self.classes[named] = CATEGORIES[str(category)]
        return ()

    def _issue(self, fields: Fields) -> Iterable[Record]:
        if "fields" not in fields:
            return self._tables.issue(fields)
        return issue(
            fields,
            source=self._source,
            tickets=self.tickets,
            names=self._names,
            classes=self.classes,
        )

    def _remote(self, fields: Fields) -> Iterable[Record]:
        """Return the tickets that wait for the issue that a remote link hangs on."""
        url = str(fields.object("object").need("url"))
        dependents = tuple(tickets_in(url))
        owner = str(fields.need("self")).partition("/remotelink/")[0].rpartition("/")[2]
        if not dependents:
            raise InputError("the remote link leads to no ticket that is known here")
        return [Issue(source=self._source, id=owner, dependents=dependents)]


def _read(
    given: Given,
    *,
    name: str = "jira",
    tickets: Iterable[str] = (),
    fields: Mapping[str, str] | None = None,
) -> Iterator[Item]:
    """Jira: a folder or file of search results or tables, or decoded objects.

    Args:
        given: ``issues.json`` as ``/search`` answers it, best with ``expand=changelog``, or
            CSV tables ``issue.csv``, ``comment.csv``, ``issue_field_history.csv`` and their kin.
        name: What to call the source, where there is more than one Jira.
        tickets: Keys of the projects whose issues are requests of customers.
        fields: Names of custom fields by id, such as ``{"customfield_10105": "points"}``.
    """
    export = _Export(name, tickets, fields or {})
    return mapped(payloads(given, LAYOUT), export.mappers(), source=name)


def _event(
    body: Json,
    *,
    name: str = "jira",
    tickets: Iterable[str] = (),
    fields: Mapping[str, str] | None = None,
) -> Iterator[Item]:
    """Read a webhook body: an issue with what changed in it, or a comment."""
    export = _Export(name, tickets, fields or {})
    for position, event in enumerate(objects(body)):
        where = f"{member(event, 'webhookEvent') or 'event'}[{position}]"
        happened = partial(_happened, export=export, source=name)
        yield from one(event, happened, source=name, where=where)


def _happened(event: Json, *, export: _Export, source: str) -> Iterator[Record]:
    """Yield what one event says.

    Raises:
        InputError: It carries no issue.
    """
    fields = Fields(event)
    type = str(fields.take("webhookEvent", ""))
    if "issue" not in fields:
        raise InputError(f"the event {type or 'without a type'!r} carries no issue of Jira")
    about = fields.take("issue")
    id = str(Fields(about).need("id"))
    ref = reference(id, Fields(about).text("key"), export.tickets)
    if type.endswith("issue_deleted"):
        when = fields.time("timestamp")
        make = Ticket if ref.kind == "Ticket" else Issue
        yield make(source=source, id=id, deleted_at=when, updated_at=when)
        return
    if member(about, "fields") is not None:
        yield from export.mappers()["issues"](Fields(about))
    if "changelog" in fields:
        entry = Fields(
            {
                "created": fields.take("timestamp"),
                "author": fields.take("user"),
                "items": member(fields.take("changelog"), "items"),
            }
        )
        yield from changes(entry, ref, source=source, classes=export.classes)
    if "comment" in fields:
        yield comment(fields.object("comment"), about=ref, source=source)


jira = Source("jira", _read, _event)
