"""Who makes Segment's calls: users, devices, traits and groups → contacts and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from omnimemory.errors import InputError
from omnimemory.model.records import Account, Contact, Identifier, Person, Record, Ref
from omnimemory.sources._reading import Fields, Json, as_object


def user(given: Fields, *, traits: Fields | None = None) -> Person:
    """Return who made a call; a device that no user has claimed yet stands for itself.

    Raises:
        InputError: The call names neither a user nor a device.
    """
    id, device = given.text("userId"), given.text("anonymousId")
    if id is None and device is None:
        raise InputError("neither userId nor anonymousId says who did this")
    said = traits or given.object("context").object("traits")
    identifiers = [Identifier(type="device", value=device, verified=False)] if device else []
    if id is not None and "@" in id:
        identifiers.append(Identifier(type="email", value=id))
    return Person(
        id=id,
        name=_name(said),
        email=said.text("email"),
        phone=said.text("phone"),
        identifiers=tuple(identifiers),
    )


def _name(traits: Fields) -> str | None:
    whole = traits.text("name")
    parts = [
        traits.text(first) or traits.text(second)
        for first, second in (("firstName", "first_name"), ("lastName", "last_name"))
    ]
    return whole or " ".join(part for part in parts if part) or None


def identify(given: Fields, at: datetime, name: str) -> Iterator[Record]:
    """Yield what an identify call says of its user."""
    traits = given.object("traits")
    company = _company(traits, at, name)
    who = user(given, traits=traits)
    accounts = tuple(Ref(kind="Account", id=one.id) for one in company)
    yield from company
    yield Contact(
        source=name,
        id=_contact_id(who),
        person=who,
        title=traits.text("title"),
        birth_date=_day(traits.time("birthday")),
        address=_address(traits),
        accounts=accounts,
        created_at=traits.time("createdAt"),
        updated_at=at,
        **_kept(given, traits),
    )


def group(given: Fields, at: datetime, name: str) -> Iterator[Record]:
    """Yield the account that a group call names, and its user's membership."""
    traits = given.object("traits")
    id = str(given.need("groupId"))
    # many users' calls describe one account, and each has an id of its own
    given.skip("messageId")
    who = user(given)
    yield Account(
        **_account(traits, id, at, name),
        **_kept(given, traits),
    )
    yield Contact(
        source=name,
        id=_contact_id(who),
        person=who,
        accounts=(Ref(kind="Account", id=id),),
        updated_at=at,
    )


def alias(given: Fields, at: datetime, name: str) -> Iterator[Record]:
    """Yield that one id of a user is another: the old one is merged into the new one."""
    old, new = str(given.need("previousId")), str(given.need("userId"))
    is_device = old == given.text("anonymousId")
    left = Identifier(type="external", namespace=name, value=new)
    device = (Identifier(type="device", value=old, verified=False),) if is_device else ()
    yield Contact(
        source=name,
        id=f"device:{old}" if is_device else old,
        person=Person(id=None if is_device else old, identifiers=(*device, left)),
        merged_into=Ref(kind="Identity", id=new),
        updated_at=at,
        extra=_rest(given),
    )
    yield Contact(source=name, id=new, person=Person(id=new), updated_at=at)


def _contact_id(who: Person) -> str:
    return who.id or f"device:{who.identifiers[0].value}"


def _company(traits: Fields, at: datetime, name: str) -> list[Account]:
    """Return the company that a user's traits name by an id, if they do."""
    if not as_object(traits.take("company")):
        return []
    given = traits.object("company")
    id = given.text("id")
    return [Account(**_account(given, id, at, name), custom=given.drain())] if id else []


def _account(traits: Fields, id: str, at: datetime, name: str) -> dict[str, Any]:
    website = traits.text("website")
    domain = traits.text("domain") or (urlsplit(website).hostname if website else None)
    return {
        "source": name,
        "id": id,
        "name": traits.text("name") or id,
        "domains": (domain,) if domain else (),
        "url": website,
        "tier": traits.text("plan"),
        "industry": traits.text("industry"),
        "description": traits.text("description"),
        "phone": traits.text("phone"),
        "address": _address(traits),
        "created_at": traits.time("createdAt"),
        "updated_at": at,
    }


def _address(traits: Fields) -> dict[str, Json]:
    given = traits.take("address", {})
    return as_object(given) or {"text": str(given)} if given else {}


def _kept(given: Fields, traits: Fields) -> dict[str, Any]:
    """Return what the model has no place for: traits as custom fields, the rest as extra."""
    custom = traits.rest()
    return {"custom": custom, "extra": _rest(given)}


def _rest(given: Fields) -> dict[str, Json]:
    given.skip("type")
    rest = given.rest()
    rest.pop("traits", None)
    return rest


def _day(when: datetime | None) -> Any:
    return None if when is None else when.date()
