"""Salesforce's accounts, contacts, leads, users and queues → records of people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from omnimemory.model.records import Account, AgentRecord, Contact, Identifier, Person, Ref, Team
from omnimemory.sources._reading import Json
from omnimemory.sources._salesforce_object import Sobject, domain


def account(it: Sobject) -> Account:
    """Return an account; its revenue is its own, not what it pays, so it stays in ``extra``."""
    owner, _ = it.owner()
    parent, into = it.id_of("ParentId"), it.id_of("MasterRecordId")
    site = domain(it.text("Website"))
    it.keep("Website")
    return Account(
        **it.common(),
        name=it.text("Name") or it.id,
        domains=() if site is None else (site,),
        description=it.text("Description"),
        tier=it.text("Tier__c") or it.text("CustomerPriority__c"),
        state_name=it.text("Type"),
        industry=it.text("Industry"),
        phone=it.text("Phone"),
        address=it.address("Billing"),
        owner=owner,
        parent=None if parent is None else Ref(kind="Account", id=parent),
        merged_into=None if into is None else Ref(kind="Account", id=into),
        custom=it.own_fields(),
        extra=it.given.rest(),
    )


def contact(it: Sobject, *, phones: Collection[str]) -> Contact:
    """Return a contact.

    Args:
        it: The contact.
        phones: Numbers of accounts; who shares one is not recognised by it.
    """
    home = it.id_of("AccountId")
    return Contact(
        **it.common(),
        **_who(it, into=it.id_of("MasterRecordId"), phones=phones),
        title=it.text("Title"),
        state_name=None,
        birth_date=_birthday(it),
        address=it.address("Mailing"),
        accounts=() if home is None else (Ref(kind="Account", id=home),),
        custom=it.own_fields(),
        extra=it.given.rest(),
    )


def lead(it: Sobject) -> Contact:
    """Return a lead: a contact that, once converted, goes on as another."""
    home = it.id_of("ConvertedAccountId")
    return Contact(
        **it.common(),
        **_who(it, into=it.id_of("ConvertedContactId"), phones=()),
        title=it.text("Title"),
        state_name=it.text("Status"),
        address=it.address(""),
        accounts=() if home is None else (Ref(kind="Account", id=home),),
        custom=it.own_fields(),
        extra=it.given.rest(),
    )


def _who(it: Sobject, *, into: str | None, phones: Collection[str]) -> dict[str, Json]:
    """Return the person of a contact or lead, and into whom they were merged."""
    numbers = [it.text(name) for name in ("Phone", "MobilePhone", "HomePhone")]
    email = it.text("Email")
    left = () if into is None else (Identifier(type="external", namespace=it.source, value=into),)
    identifiers = (
        *(() if email is None else (Identifier(type="email", value=email),)),
        *(
            Identifier(type="phone", value=one, verified=one not in phones)
            for one in dict.fromkeys(numbers)
            if one
        ),
        *left,
    )
    return {
        "person": Person(id=it.id, name=name(it), identifiers=identifiers),
        "merged_into": None if into is None else Ref(kind="Identity", id=into),
    }


def name(it: Sobject) -> str | None:
    """Return a person's name: as a whole, or put together."""
    first, last, whole = it.text("FirstName"), it.text("LastName"), it.text("Name")
    joined = " ".join(one for one in (first, last) if one)
    if whole is not None and joined != whole:
        it.keep("FirstName", "LastName")
    return whole or joined or None


def _birthday(it: Sobject) -> date | None:
    found = it.time("Birthdate")
    return None if found is None else found.date()


def user(it: Sobject) -> AgentRecord:
    """Return a user of the organisation."""
    kind = it.text("UserType")
    is_bot = kind in ("AutomatedProcess", "CloudIntegrationUser")
    it.keep("UserType")
    return AgentRecord(
        **it.common(),
        person=Person(
            id=it.id,
            kind="bot" if is_bot else "agent",
            name=name(it),
            email=it.text("Email"),
            phone=it.text("Phone"),
        ),
        custom=it.own_fields(),
        extra=it.given.rest(),
    )


def queue(it: Sobject) -> Team:
    """Return a queue or a group."""
    found = it.text("Name") or it.text("DeveloperName") or it.id
    return Team(**it.common(), name=found, extra=it.given.rest())
