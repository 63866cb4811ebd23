"""Zendesk's users, organizations, groups and articles → records of people and knowledge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from omnimemory.model.records import (
    Account,
    AgentRecord,
    Article,
    Contact,
    Identifier,
    Person,
    Record,
    Ref,
    Team,
    Visibility,
)
from omnimemory.sources._html import plain_text
from omnimemory.sources._reading import Fields, Json
from omnimemory.sources._zendesk_said import People

_STAFF: Final = ("agent", "admin")


def group(fields: Fields, *, source: str) -> Team:
    """Return a group."""
    deleted = fields.flag("deleted") or fields.flag("_fivetran_deleted")
    updated = fields.time("updated_at")
    return Team(
        source=source,
        id=fields.need("id"),
        name=str(fields.need("name")),
        url=fields.text("url"),
        created_at=fields.time("created_at"),
        updated_at=updated,
        deleted_at=updated if deleted else None,
        extra=fields.rest(),
    )


def organization(fields: Fields, *, source: str, domains: Iterable[str] = ()) -> Account:
    """Return an organization; ``domains`` are those that came in a table of their own."""
    own = fields.text("external_id")
    return Account(
        source=source,
        id=fields.need("id"),
        name=str(fields.need("name")),
        domains=tuple(map(str, [*fields.items("domain_names"), *domains])),
        description=fields.text("details"),
        tags=tuple(fields.items("tags")),
        refs={} if own is None else {"id": own},
        url=fields.text("url"),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        custom=_given(fields, "organization_fields"),
        extra=fields.rest(),
    )


def user(
    fields: Fields,
    *,
    source: str,
    people: People,
    accounts: Iterable[str] = (),
    teams: Iterable[str] = (),
) -> Record:
    """Return a contact, or an agent if the role says so.

    Args:
        fields: The user.
        source: Name of the source.
        people: Who is who; it learns what this user is.
        accounts: Organizations that a membership names.
        teams: Groups that a membership names.
    """
    id = str(fields.need("id"))
    is_staff = (fields.text("role") or "end-user") in _STAFF
    people.know(id, "agent" if is_staff else "customer")
    common: dict[str, Json] = {
        "source": source,
        "id": id,
        "person": Person(
            id=id,
            kind="agent" if is_staff else "customer",
            name=fields.text("name"),
            identifiers=_identifiers(fields),
        ),
        "url": fields.text("url"),
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
        "custom": _given(fields, "user_fields"),
    }
    if is_staff:
        groups = _distinct(known_id(fields, "default_group_id"), teams)
        refs = tuple(Ref(kind="Team", id=one) for one in groups)
        return AgentRecord(**common, teams=refs, extra=fields.rest())
    homes = _distinct(known_id(fields, "organization_id"), accounts)
    zone = fields.text("iana_time_zone")
    return Contact(
        **common,
        accounts=tuple(Ref(kind="Account", id=home) for home in homes),
        language=fields.text("locale"),
        time_zone=zone or fields.text("time_zone"),
        tags=tuple(fields.items("tags")),
        state_name=_state(fields),
        extra=fields.rest(),
    )


def article(fields: Fields, *, source: str) -> Article:
    """Return a help-centre article; drafts are internal, those for a segment are not public."""
    draft = fields.flag("draft") is True
    segment = fields.text("user_segment_id")
    fields.put_back("user_segment_id")
    author = fields.text("author_id")
    title = fields.text("title") or fields.text("name")
    fields.repeats("name", title)
    level = Visibility.PUBLIC if segment is None else Visibility.EXTERNAL
    return Article(
        source=source,
        id=fields.need("id"),
        title=title or "",
        text=plain_text(fields.text("body") or ""),
        status="draft" if draft else "published",
        visibility=Visibility.INTERNAL if draft else level,
        language=fields.text("locale"),
        tags=tuple(fields.items("label_names")),
        owner=None if author is None else Person(id=author, kind="agent"),
        url=fields.first("html_url", "url"),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        extra=fields.rest(),
    )


def known_id(fields: Fields, name: str) -> str | None:
    """Return an id, or None where there is none; webhooks write that as ``0``."""
    found = fields.text(name)
    return None if found == "0" else found


def _identifiers(fields: Fields) -> tuple[Identifier, ...]:
    """Return what recognises a user: the address they write from, their number, the tenant's id.

    Zendesk's ``verified`` says that a link was clicked, which most who write never do. An
    address that somebody writes from is theirs, but for one that was suspended unconfirmed.
    """
    doubtful = fields.take("verified") is False and fields.take("suspended") is True
    fields.put_back("suspended", "verified")
    shared = fields.flag("shared_phone_number") is True
    found: list[Identifier] = []
    if email := fields.text("email"):
        found.append(Identifier(type="email", value=email, verified=not doubtful))
    if phone := fields.text("phone"):
        found.append(Identifier(type="phone", value=phone, verified=not shared))
    if own := fields.text("external_id"):
        found.append(Identifier(type="external", value=own))
    return tuple(found)


def _state(fields: Fields) -> str | None:
    if fields.flag("suspended"):
        return "suspended"
    return "inactive" if fields.flag("active") is False else None


def _given(fields: Fields, name: str) -> dict[str, Json]:
    """Return the members of an object of custom fields that have a value."""
    value = fields.take(name, {})
    return Fields(value).rest()


def _distinct(first: str | None, others: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*([] if first is None else [first]), *others]))
