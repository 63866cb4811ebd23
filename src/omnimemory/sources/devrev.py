"""DevRev → records: objects as its API lists them, timeline entries, links, and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from omnimemory.errors import InputError
from omnimemory.model.records import (
    FieldChange,
    IssueChange,
    Message,
    Note,
    Record,
    Ref,
    TicketChange,
    Visibility,
)
from omnimemory.sources._devrev_people import REPEATS, account, person, team, user
from omnimemory.sources._devrev_work import (
    NODE_KINDS,
    STAGES,
    article,
    conversation,
    kind_of,
    part,
    work,
)
from omnimemory.sources._exports import Layout, Mapper, mapped, payloads
from omnimemory.sources._reading import Fields, Item, Json, member, one
from omnimemory.sources._source import Given, Source, objects

_Reader: TypeAlias = Callable[..., Iterator[Record]]

_USERS: Final = ("rev_user", "dev_user", "sys_user", "service_account")


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return the collection of an object, by its type or its id."""
    named = str(value.get("type", ""))
    if named in _USERS:
        return "users"
    if named in ("timeline_comment", "timeline_change_event"):
        return "timeline_entries"
    if "link_type" in value:
        return "links"
    kind = kind_of(Fields(value))
    return None if kind is None else _COLLECTIONS[kind]


_COLLECTIONS: Final = {
    "Account": "accounts",
    "Part": "parts",
    "Ticket": "works",
    "Issue": "works",
    "Conversation": "conversations",
    "Article": "articles",
}

LAYOUT: Final = Layout(
    source="devrev",
    collections={
        "accounts": ("account", "rev_orgs", "rev_org"),
        "users": ("rev_users", "rev_user", "dev_users", "dev_user", "service_accounts"),
        "groups": ("group",),
        "parts": ("part",),
        "works": ("work", "tickets", "ticket", "issues", "issue"),
        "conversations": ("conversation",),
        "articles": ("article",),
        "timeline_entries": ("timeline", "timeline_entry", "entries"),
        "links": ("link",),
    },
    ignored=frozenset("next_cursor prev_cursor total tags webhooks".split()),
    guess=_guess,
)


def _read(given: Given, *, name: str = "devrev") -> Iterator[Item]:
    """DevRev: a folder or file of objects as its API lists them, or decoded objects.

    Args:
        given: ``accounts.json``, ``rev_users.json``, ``works.json``, ``timeline_entries.json``
            and their kin, as JSON or JSON Lines.
        name: What to call the source, where there is more than one DevRev.
    """
    return mapped(payloads(given, LAYOUT), _mappers(name), source=name)


def _mappers(source: str) -> dict[str, Mapper]:
    readers: dict[str, _Reader] = {
        "accounts": account,
        "users": user,
        "groups": team,
        "parts": part,
        "works": work,
        "conversations": conversation,
        "articles": article,
        "timeline_entries": _entry,
        "links": _link,
    }
    return {name: partial(reader, source=source) for name, reader in readers.items()}


def _entry(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield what a timeline entry says: a comment, or a change of its object."""
    about = _object(fields)
    if fields.text("type") == "timeline_change_event":
        yield from _change(fields, about, source)
    else:
        yield _comment(fields, about, source)


def _object(fields: Fields) -> Ref | None:
    """Return the object that an entry is about: given whole, or by its id."""
    given = fields.take("object")
    value = {"id": given} if isinstance(given, str) else given
    if value is None:
        return None
    inner = Fields(value)
    kind = kind_of(inner)
    return None if kind is None else Ref(kind=kind, id=str(inner.need("id")))


def _comment(fields: Fields, about: Ref | None, source: str) -> Record:
    """Return a comment; what only the tenant's side may see is a note."""
    fields.skip(*REPEATS, "display_id", "object_display_id", "object_type", "body_type")
    author = person(fields.object("created_by"))
    level = Visibility(fields.text("visibility") or "external")
    is_note = level in (Visibility.PRIVATE, Visibility.INTERNAL)
    thread = about.id if about is not None else None
    others = about is not None and about.kind in ("Ticket", "Issue", "Account")
    common: dict[str, Any] = {
        "source": source,
        "id": str(fields.need("id")),
        "author": author,
        "occurred_at": fields.time("created_date"),
        "updated_at": fields.time("modified_date"),
        "text": fields.text("body") or "",
        "channel": "web",
        "visibility": level,
        "conversation": thread,
        "about": (about,) if others else (),
    }
    fields.skip("modified_by")
    extra = fields.rest()
    if is_note and author.kind != "customer":
        return Note(**common, extra=extra)
    return Message(**common, extra=extra)


def _change(fields: Fields, about: Ref | None, source: str) -> Iterator[Record]:
    """Yield what a change event says of a ticket or an issue.

    Raises:
        InputError: It is about something that has no changes here.
    """
    if about is None or about.kind not in ("Ticket", "Issue"):
        raise InputError("the change is of no ticket and no issue; read the object instead")
    fields.skip(*REPEATS, "object_display_id", "object_type", "labels", "panels")
    author = person(fields.object("created_by")) if "created_by" in fields else None
    event = fields.object("event")
    deltas = event.object("updated").objects("field_deltas") if "updated" in event else []
    when = fields.time("created_date")
    if when is None:
        raise InputError("the field 'created_date' is missing")
    make = TicketChange if about.kind == "Ticket" else IssueChange
    yield make(
        source=source,
        id=about.id,
        changed_at=when,
        changes=tuple(change for one in deltas for change in _delta(one)),
        author=author,
        extra={"devrev_event": rest} if (rest := fields.rest()) else {},
    )


_FIELDS: Final = {"title": "subject", "body": "description"}


def _delta(fields: Fields) -> Iterator[FieldChange]:
    """Yield how one field changed; a stage changes the status and its class."""
    name = str(fields.need("name"))
    old, new = (_plain(fields.take(side)) for side in ("old_value", "new_value"))
    if name == "stage":
        yield FieldChange(field="status", old=old, new=new)
        old_class, new_class = STAGES.get(str(old)), STAGES.get(str(new))
        yield FieldChange(field="status_class", old=old_class, new=new_class)
    else:
        yield FieldChange(field=_FIELDS.get(name, name), old=old, new=new)


def _plain(value: Json) -> Json:
    """Return a value without the name of its type around it."""
    named = member(value, "name")
    return named if named is not None else value


_LINKS: Final[Mapping[str, str]] = {
    "is_dependent_on": "depends_on",
    "is_merged_into": "merged_into",
}


def _link(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield what a link says of the ticket that it starts at.

    Raises:
        InputError: It is of a type or between kinds that have no edge here.
    """
    fields.skip(*REPEATS)
    type = str(fields.need("link_type"))
    ends = [_object(Fields({"object": fields.take(side)})) for side in ("source", "target")]
    start, end = ends
    edge = _LINKS.get(type)
    if start is None or end is None or edge is None or start.kind != "Ticket":
        raise InputError(f"a {type} link is between kinds that it cannot join here")
    when = fields.time("created_date")
    if when is None:
        raise InputError("the field 'created_date' is missing")
    fields.skip("created_by", "modified_by", "modified_date", "id")
    link: dict[str, Any] = {edge: (end,) if edge == "depends_on" else end}
    yield TicketChange(source=source, id=start.id, changed_at=when, **link, extra=fields.rest())


def _event(body: Json, *, name: str = "devrev") -> Iterator[Item]:
    """Read a webhook body, or the list of events that a snap-in receives."""
    for position, given in enumerate(objects(body)):
        payload = member(given, "payload")
        event = given if payload is None else payload
        where = f"{member(event, 'type') or 'event'}[{position}]"
        yield from one(event, partial(_happened, source=name), source=name, where=where)


_DELETED: Final = "_deleted"


def _happened(event: Json, *, source: str) -> Iterable[Record]:
    """Return what one event says: the object that it carries, as it is now.

    Raises:
        InputError: It carries none.
    """
    type = str(member(event, "type") or "")
    inside = member(event, type) if type else event
    for name in (*_USERS, *NODE_KINDS, "work", "part", "timeline_entry"):
        value = member(inside, name)
        if isinstance(value, Mapping):
            collection = _guess({"type": name, **value}) or _COLLECTION_OF.get(name)
            if collection is not None:
                return list(_mappers(source)[collection](Fields(value)))
    if type.endswith(_DELETED):
        raise InputError(f"a {type} event says too little for a record; read the export")
    raise InputError(f"the event {type or 'without a type'!r} carries no object of DevRev")


_COLLECTION_OF: Final = {"work": "works", "timeline_entry": "timeline_entries"}

devrev = Source("devrev", _read, _event)
