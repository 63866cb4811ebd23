"""Intercom's contacts, companies, admins and teams → contacts, accounts, agents and teams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from omnimemory.model.records import (
    Account,
    AgentRecord,
    Article,
    AuthorKind,
    Contact,
    Identifier,
    Person,
    Record,
    Ref,
    Team,
    UsageEvent,
    Visibility,
)
from omnimemory.sources._changes import ids
from omnimemory.sources._html import plain_text
from omnimemory.sources._reading import Fields, Json

_MONTHS: Final = 12


def listed(fields: Fields, name: str) -> list[Fields]:
    """Return the objects of a list, whether Intercom sends it bare or in an envelope."""
    if isinstance(fields.take(name), list):
        return fields.objects(name)
    envelope = fields.object(name)
    envelope.skip("type", "total_count", "has_more", "url", "pages")
    return envelope.objects(name if name in envelope else "data")


def tags(fields: Fields) -> tuple[str, ...]:
    """Return the names of an object's tags."""
    found = listed(fields, "tags")
    for one in found:
        one.skip("type")
    return tuple(name for one in found if (name := one.text("name")) is not None)


def own_fields(fields: Fields) -> dict[str, Json]:
    """Return custom attributes; tables write them as columns that begin with ``custom_``."""
    given = Fields(fields.take("custom_attributes", {})).rest()
    columns = [name for name in fields.rest() if name.startswith("custom_")]
    return given | {one.removeprefix("custom_"): fields.take(one) for one in columns}


def person(fields: Fields, *, kind: AuthorKind | None = None) -> Person | None:
    """Return who a reference names: an author, an assignee, a contact; None for nobody."""
    id = fields.text("id")
    what = fields.text("type")
    ai = fields.flag("from_ai_agent") or fields.flag("is_ai_answer")
    email = fields.text("email")
    name = fields.text("name")
    if id is None and email is None and name is None:
        return None
    is_bot = what in ("bot", "operator")
    found = kind or ("ai_agent" if is_bot and ai else _KINDS.get(what or "", "customer"))
    return Person(id=id, kind=found, name=name, email=email, identifiers=_own_id(fields))


_KINDS: Final[dict[str, AuthorKind]] = {
    "admin": "agent",
    "team": "agent",
    "bot": "bot",
    "operator": "bot",
    "workflow": "system",
}


def _own_id(fields: Fields) -> tuple[Identifier, ...]:
    """Return the tenant's own id of a contact, which older API versions call ``user_id``."""
    own = fields.first("external_id", "user_id")
    return () if own is None else (Identifier(type="external", value=own),)


def contact(
    fields: Fields, *, source: str, companies: Iterable[str] = (), deleted: datetime | None = None
) -> Contact:
    """Return a contact, user, lead or visitor; ``companies`` come in a table of their own."""
    id = str(fields.need("id"))
    homes = [str(one.need("id")) for one in listed(fields, "companies")]
    profiles = listed(fields, "social_profiles")
    place = fields.object("location" if "location" in fields else "location_data")
    place.skip("type")
    fields.skip("type")
    identifiers = (
        *(_own_id(fields)),
        *(Identifier(type="email", value=one) for one in _some(fields, "email")),
        *(Identifier(type="phone", value=one) for one in _some(fields, "phone")),
        *(handle for one in profiles for handle in _handle(one)),
    )
    return Contact(
        source=source,
        id=id,
        person=Person(id=id, name=fields.text("name"), identifiers=identifiers),
        language=fields.first("language_override", "browser_language"),
        time_zone=place.text("timezone"),
        address=_address(place),
        state_name=fields.text("role"),
        tags=tags(fields),
        accounts=tuple(Ref(kind="Account", id=one) for one in dict.fromkeys([*homes, *companies])),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        deleted_at=deleted,
        custom=own_fields(fields),
        extra=fields.rest(),
    )


def _some(fields: Fields, name: str) -> list[str]:
    found = fields.text(name)
    return [] if found is None else [found]


def _handle(profile: Fields) -> list[Identifier]:
    """Return a social profile as a handle, if the platform's name can be a namespace."""
    platform = (profile.text("name") or "").lower()
    handle = profile.text("username")
    if handle is None or not platform.isalpha() or not platform.isascii():
        profile.put_back("name", "username")
        return []
    return [Identifier(type="handle", namespace=platform, value=handle, verified=False)]


def _address(place: Fields) -> dict[str, str]:
    names = {
        "city": ("city", "city_name"),
        "region": ("region", "region_name"),
        "country": ("country", "country_name"),
        "postal_code": ("postal_code",),
    }
    return {to: found for to, given in names.items() if (found := place.first(*given)) is not None}


def company(fields: Fields, *, source: str) -> Account:
    """Return a company; its own id is the tenant's id of it."""
    own = fields.text("company_id")
    plan = fields.object("plan")
    plan.skip("type")
    spend = fields.number("monthly_spend")
    fields.put_back("monthly_spend")
    fields.skip("type")
    site = fields.text("website")
    domain = None if site is None else urlsplit(site if "//" in site else f"//{site}").hostname
    return Account(
        source=source,
        id=fields.need("id"),
        name=fields.text("name") or own or str(fields.need("id")),
        domains=() if domain is None else (domain.removeprefix("www."),),
        tier=plan.text("name") or fields.text("plan_name"),
        industry=fields.text("industry"),
        annual_value=None if not spend else spend * _MONTHS,
        refs={} if own is None else {"id": own},
        tags=tags(fields),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        custom=own_fields(fields),
        extra=fields.rest(),
    )


def admin(fields: Fields, *, source: str) -> AgentRecord:
    """Return an admin, or a bot."""
    id = str(fields.need("id"))
    kind: AuthorKind = "bot" if fields.text("type") == "bot" else "agent"
    teams = ids(fields, "team_ids")
    who = Person(id=id, kind=kind, name=fields.text("name"), email=fields.text("email"))
    return AgentRecord(
        source=source,
        id=id,
        person=who,
        teams=tuple(Ref(kind="Team", id=team) for team in teams),
        extra=fields.rest(),
    )


def team(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield a team."""
    fields.skip("type")
    id = fields.need("id")
    yield Team(source=source, id=id, name=str(fields.need("name")), extra=fields.rest())


def article(fields: Fields, *, source: str) -> Article:
    """Return an article; what is not published is internal."""
    state = fields.text("state")
    author = fields.text("author_id")
    is_open = state == "published" and fields.text("type") != "internal_article"
    return Article(
        source=source,
        id=fields.need("id"),
        title=fields.text("title") or "",
        text=plain_text(fields.text("body") or ""),
        status=state,
        visibility=Visibility.PUBLIC if is_open else Visibility.INTERNAL,
        language=fields.text("default_locale"),
        owner=None if author is None else Person(id=author, kind="agent"),
        url=fields.text("url"),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        extra=fields.rest(),
    )


def usage(fields: Fields, *, source: str) -> UsageEvent:
    """Return a data event; one without an id is told by whose, what and when."""
    name, at = str(fields.need("event_name")), fields.time("created_at")
    who = Person(
        id=fields.text("intercom_user_id"),
        email=fields.text("email"),
        identifiers=_own_id(fields),
    )
    fields.skip("type")
    whose = who.id or next((one.value for one in who.all_identifiers()), "")
    id = fields.text("id") or f"{whose}/{name}/{fields.take('created_at')}"
    properties = Fields(fields.take("metadata", {})).rest()
    return UsageEvent(
        source=source,
        id=id,
        name=name,
        occurred_at=at or fields.need("created_at"),
        user=who,
        properties=properties,
        extra=fields.rest(),
    )
