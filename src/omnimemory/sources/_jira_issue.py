"""Jira's issues: fields, links, comments and changelogs, as its REST API gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from omnimemory.model.records import (
    Attachment,
    Issue,
    IssueChange,
    Message,
    Part,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
    Visibility,
)
from omnimemory.sources._changes import Delta
from omnimemory.sources._jira_text import plain
from omnimemory.sources._reading import Fields, Json

CATEGORIES: Final[dict[str, StatusClass]] = {
    "new": StatusClass.NEW,
    "undefined": StatusClass.NEW,
    "to do": StatusClass.NEW,
    "indeterminate": StatusClass.IN_PROGRESS,
    "in progress": StatusClass.IN_PROGRESS,
    "done": StatusClass.RESOLVED,
}
"""Status categories, by key and by name, in the one vocabulary of status classes."""

_DROPPED: Final = frozenset({"won't do", "won't fix", "duplicate", "cannot reproduce", "declined"})
_ICONS: Final = ("self", "iconUrl", "avatarUrls", "avatarId", "colorName", "expand")
_TICKET: Final = re.compile(
    r"https?://[^\s/]+\.zendesk\.com/(?:agent/)?tickets/(\d+)|\b(?:ZD-|zendesk:)(\d+)",
    re.IGNORECASE,
)


def person(fields: Fields) -> Person:
    """Return a user as records name one; a service-desk customer is a customer."""
    fields.skip(*_ICONS, "active", "timeZone", "locale", "applicationRoles", "groups")
    id = fields.first("accountId", "key", "name")
    fields.skip("accountId", "key", "name")
    type = fields.text("accountType")
    kind = "customer" if type == "customer" else "bot" if type == "app" else "agent"
    return Person(
        id=id or str(fields.need("displayName")),
        kind=kind,
        name=fields.text("displayName"),
        email=fields.text("emailAddress"),
    )


def _maybe(fields: Fields, name: str) -> Person | None:
    return person(fields.object(name)) if name in fields else None


def status_class(status: Fields, resolution: str | None) -> StatusClass | None:
    """Return what a status means: by its category, and by why it was resolved."""
    category = status.object("statusCategory")
    category.skip(*_ICONS, "id")
    named = [category.text("key") or "", category.text("name") or ""]
    found = next((CATEGORIES[one.lower()] for one in named if one.lower() in CATEGORIES), None)
    if found is StatusClass.RESOLVED and (resolution or "").lower() in _DROPPED:
        return StatusClass.CANCELED
    return found


def issue(
    fields: Fields,
    *,
    source: str,
    tickets: frozenset[str],
    names: Mapping[str, str],
    classes: dict[str, StatusClass],
) -> Iterator[Record]:
    """Yield an issue with its components, comments and history.

    Args:
        fields: The issue.
        source: Name of the source.
        tickets: Keys of the projects whose issues are requests of customers.
        names: Names of custom fields by id.
        classes: What each status means, by its name in lower case; the issue's own is added.
    """
    fields.skip("self", "expand", "renderedFields", "names", "schema", "operations", "editmeta")
    id = str(fields.need("id"))
    key = fields.text("key")
    inner = fields.object("fields")
    history = fields.object("changelog").objects("histories") if "changelog" in fields else []
    fields.object("changelog").skip("startAt", "maxResults", "total")
    thread = inner.object("comment")
    thread.skip("startAt", "maxResults", "total", "self")
    comments = thread.objects("comments")
    components = inner.objects("components")
    about = reference(id, key, tickets)
    is_ticket = about.kind == "Ticket"
    common = _common(inner, source, id, key, names)
    said = [comment(one, about=about, source=source) for one in comments]
    if common["status"] and common["status_class"]:
        classes.setdefault(common["status"].lower(), common["status_class"])
    changed = [
        one for entry in history for one in changes(entry, about, source=source, classes=classes)
    ]
    parts = [_part(one, source) for one in components]
    yield from parts
    common["parts"] = tuple(Ref(kind="Part", id=one.id) for one in parts)
    if is_ticket:
        for name in ("issue_type", "fixed_in", "dependents", "parent", "relates_to"):
            del common[name]
        common["duplicate_of"] = None
        yield Ticket(**common, extra=fields.rest())
    else:
        yield Issue(**common, extra=fields.rest())
    yield from changed
    yield from said


def reference(id: str, key: str | None, tickets: frozenset[str]) -> Ref:
    """Return what an id stands for: a ticket in a project of requests, else an issue."""
    is_ticket = key is not None and key.rpartition("-")[0] in tickets
    return Ref(kind="Ticket" if is_ticket else "Issue", id=id)


def _part(fields: Fields, source: str) -> Part:
    fields.skip(*_ICONS)
    return Part(
        source=source,
        id=str(fields.need("id")),
        name=str(fields.need("name")),
        part_type="component",
        description=fields.text("description"),
        extra=fields.rest(),
    )


def _common(
    fields: Fields, source: str, id: str, key: str | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a ticket or an issue says."""
    resolution = _named(fields, "resolution")
    status = fields.object("status")
    status.skip(*_ICONS, "id", "description")
    body = plain(fields.take("description"))
    if body is None:
        fields.put_back("description")
    requester = _maybe(fields, "reporter") or _maybe(fields, "creator")
    if "creator" in fields and requester is not None:
        fields.repeats("creator", fields.take("reporter"))
    parent = fields.object("parent") if "parent" in fields else None
    if parent is not None:
        parent.skip("self", "key", "fields")
    return {
        "source": source,
        "id": id,
        "number": key,
        "subject": fields.text("summary") or "",
        "description": body,
        "status": status.text("name"),
        "status_class": status_class(status, resolution),
        "priority": _named(fields, "priority"),
        "priority_scheme": "jira",
        "tags": tuple(str(label) for label in fields.items("labels")),
        "resolution": resolution,
        "resolved_at": fields.time("resolutiondate"),
        "due_at": _due(fields),
        "requester": requester,
        "assignee": _maybe(fields, "assignee"),
        "parent": Ref(kind="Issue", id=str(parent.need("id"))) if parent else None,
        "issue_type": _named(fields, "issuetype"),
        "fixed_in": tuple(_versions(fields)),
        "dependents": tuple(tickets_in(body or "")),
        **_links(fields),
        "created_at": fields.time("created"),
        "updated_at": fields.time("updated"),
        "custom": _custom(fields, names),
    }


def _named(fields: Fields, name: str) -> str | None:
    if name not in fields:
        return None
    inner = fields.object(name)
    inner.skip(*_ICONS, "id", "description", "subtask", "hierarchyLevel")
    return inner.text("name")


def _due(fields: Fields) -> Any:
    """Return the end of the due day; a date has no zone, and Jira means the whole day."""
    day = fields.text("duedate")
    return f"{day}T23:59:59Z" if day and len(day) == _DATE_LENGTH else None


_DATE_LENGTH: Final = 10


def _versions(fields: Fields) -> Iterator[str]:
    for version in fields.objects("fixVersions"):
        version.skip(*_ICONS, "id", "description", "archived", "released", "releaseDate")
        yield str(version.need("name"))


def _custom(fields: Fields, names: Mapping[str, str]) -> dict[str, Json]:
    rest = fields.rest()
    found = {name: value for name, value in rest.items() if name.startswith("customfield_")}
    fields.skip(*found)
    return {names.get(name, name): value for name, value in found.items()}


def _links(fields: Fields) -> dict[str, Any]:
    """Return the issues that links lead to: duplicates by their own edge, others as related."""
    related: list[Ref] = []
    duplicate: Ref | None = None
    for link in fields.objects("issuelinks"):
        link.skip("id", "self")
        type = link.object("type")
        for side, name in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
            if side not in link:
                continue
            other = link.object(side)
            ref = Ref(kind="Issue", id=str(other.take("id") or other.need("key")))
            other.skip("key", "self", "fields")
            said = str(type.take(name) or type.take("name") or "").lower()
            if name == "outward" and said.startswith("duplicate"):
                duplicate = ref
            else:
                related.append(ref)
                link.put_back("type")
    return {"relates_to": tuple(related), "duplicate_of": duplicate}


def tickets_in(text: str) -> Iterator[Ref]:
    """Yield the Zendesk tickets that a text names, each once."""
    ids = dict.fromkeys(one or other for one, other in _TICKET.findall(text))
    return (Ref(kind="Ticket", source="zendesk", id=id) for id in ids)


def comment(fields: Fields, *, about: Ref, source: str) -> Record:
    """Return a comment; on a service desk it is public or internal, else internal."""
    fields.skip("self", "renderedBody", "updateAuthor")
    author = person(fields.object("author"))
    public = fields.flag("jsdPublic")
    restricted = "visibility" in fields
    level = Visibility.EXTERNAL if public and not restricted else Visibility.INTERNAL
    if restricted:
        fields.put_back("visibility")
    return Message(
        source=source,
        id=str(fields.need("id")),
        form="comment",
        channel="web",
        author=author,
        occurred_at=fields.time("created"),  # pyright: ignore[reportArgumentType]
        updated_at=fields.time("updated"),
        visibility=level,
        about=(about,),
        text=plain(fields.take("body")) or "",
        attachments=tuple(_attachment(one) for one in fields.objects("attachments")),
        extra=fields.rest(),
    )


def _attachment(fields: Fields) -> Attachment:
    return Attachment(
        name=fields.text("filename"),
        media_type=fields.text("mimeType"),
        size_bytes=fields.take("size"),
        url=fields.text("content"),
    )


_FIELDS: Final = {
    "summary": "subject",
    "description": "description",
    "priority": "priority",
    "resolution": "resolution",
    "issuetype": "issue_type",
    "key": "number",
    "duedate": "due_at",
}


def changes(
    fields: Fields, about: Ref, *, source: str, classes: Mapping[str, StatusClass]
) -> Iterator[Record]:
    """Yield what one entry of a changelog says.

    Args:
        fields: The entry.
        about: The issue or the ticket that changed.
        source: Name of the source.
        classes: What each status means, by its name in lower case.
    """
    delta = Delta()
    assignee: Person | None = None
    unassigned = False
    for item in fields.objects("items"):
        name = str(item.need("field")).lower()
        to = item.take("to")
        old, new = item.text("fromString"), item.text("toString")
        item.skip("fieldtype", "fieldId", "from", "tmpFromAccountId", "tmpToAccountId")
        match name:
            case "assignee":
                unassigned = to is None
                assignee = None if to is None else Person(id=str(to), kind="agent", name=new)
            case "status":
                delta.set("status", old, new)
                meant = [classes.get((one or "").lower()) for one in (old, new)]
                delta.set("status_class", *meant)
            case "labels":
                delta.set("tags", (old or "").split(), (new or "").split())
            case _ if name in _FIELDS:
                delta.set(_FIELDS[name], old, new)
            case _:
                delta.nest("extra", name, old, new)
    make = TicketChange if about.kind == "Ticket" else IssueChange
    yield make(
        source=source,
        id=about.id,
        changed_at=fields.time("created"),  # pyright: ignore[reportArgumentType]
        changes=delta.changes(),
        assignee=assignee,
        unassigned=unassigned,
        author=_maybe(fields, "author"),
    )
