"""HubSpot's contacts, companies and owners → contacts, accounts, agents and teams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Final

from omnimemory.model.records import (
    Account,
    AgentRecord,
    Contact,
    Identifier,
    Person,
    Record,
    Ref,
    Team,
)
from omnimemory.sources._changes import ids
from omnimemory.sources._hubspot_thing import Thing
from omnimemory.sources._reading import Fields

_ADDRESS: Final = ("address", "address2", "address_2", "city", "state", "zip", "country")


def company(thing: Thing) -> Account:
    """Return a company."""
    given = thing.given
    owner, parent = given.text("hubspot_owner_id"), given.text("hs_parent_company_id")
    domains = [given.text("domain"), *ids(given, "hs_additional_domains")]
    return Account(
        **thing.common(),
        name=given.text("name") or given.text("domain") or thing.id,
        domains=tuple(one for one in domains if one),
        description=given.text("description"),
        tier=given.first("customer_tier", "plan_tier", "tier"),
        state_name=given.first("lifecyclestage", "hs_lead_status"),
        annual_value=given.number("annualrevenue"),
        currency=given.first("hs_currency", "hs_annual_revenue_currency_code"),
        industry=given.text("industry"),
        phone=given.text("phone"),
        address=_address(given),
        owner=None if owner is None else Person(id=owner, kind="agent"),
        parent=None if parent is None else Ref(kind="Account", id=parent),
        extra=thing.rest(),
    )


def contact(thing: Thing, *, phones: Collection[str]) -> Iterator[Record]:
    """Yield a contact, and those that were merged into it.

    Args:
        thing: The contact.
        phones: Numbers of companies; who shares one is not recognised by it.
    """
    given = thing.given
    homes = dict.fromkeys([*ids(given, "associatedcompanyid"), *thing.linked("companies")])
    gone = ids(given, "hs_merged_object_ids")
    yield Contact(
        **thing.common(),
        person=Person(id=thing.id, name=name(given), identifiers=_identifiers(given, phones)),
        title=given.text("jobtitle"),
        language=given.text("hs_language"),
        time_zone=given.text("hs_timezone"),
        birth_date=_birthday(given),
        state_name=given.text("lifecyclestage"),
        address=_address(given),
        accounts=tuple(Ref(kind="Account", id=home) for home in homes),
        extra=thing.rest(),
    )
    for old in gone:
        yield merged(thing.source, old, into=thing.id, at=thing.updated)


def merged(
    source: str, old: str, *, into: str, at: datetime | None, name: str | None = None
) -> Contact:
    """Return a contact that was merged away; it shares the id of the one that is left."""
    left = Identifier(type="external", namespace=source, value=into)
    return Contact(
        source=source,
        id=old,
        person=Person(id=old, name=name, identifiers=(left,)),
        merged_into=Ref(kind="Identity", id=into),
        updated_at=at,
    )


def owner(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield an owner and their teams."""
    id = fields.first("id", "owner_id")
    teams = [(str(one.need("id")), one.text("name")) for one in fields.objects("teams")]
    created, updated = (
        _time(fields, "createdAt", "created_at"),
        _time(fields, "updatedAt", "updated_at"),
    )
    for team, title in teams:
        yield Team(source=source, id=team, name=title or team)
    email = fields.text("email")
    yield AgentRecord(
        source=source,
        id=id or fields.need("id"),
        person=Person(id=id, kind="agent", name=name(fields), email=email),
        teams=tuple(Ref(kind="Team", id=team) for team, _ in teams),
        created_at=created,
        updated_at=updated,
        extra=fields.rest(),
    )


def name(fields: Fields) -> str | None:
    """Return a person's name from its two halves, in whichever spelling the export has."""
    first = fields.first("firstname", "firstName", "first_name")
    last = fields.first("lastname", "lastName", "last_name")
    return " ".join(part for part in (first, last) if part) or None


def _time(fields: Fields, *names: str) -> datetime | None:
    return next((when for name in names if (when := fields.time(name)) is not None), None)


def _identifiers(given: Fields, phones: Collection[str]) -> tuple[Identifier, ...]:
    emails = [given.text("email"), *ids(given, "hs_additional_emails")]
    numbers = [given.text("phone"), given.text("mobilephone")]
    return (
        *(Identifier(type="email", value=one) for one in _distinct(emails)),
        *(
            Identifier(type="phone", value=one, verified=one not in phones)
            for one in _distinct(numbers)
        ),
    )


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(one for one in values if one))


def _birthday(given: Fields) -> date | None:
    """Return the birthday if it is a date; it is free text in HubSpot."""
    try:
        return date.fromisoformat(given.text("date_of_birth") or "")
    except ValueError:
        given.put_back("date_of_birth")
        return None


def _address(given: Fields) -> dict[str, str]:
    return {one: found for one in _ADDRESS if (found := given.text(one)) is not None}
