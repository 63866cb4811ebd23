"""Records of companies, participants, agents and teams."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from omnimemory.model.ids import name_key
from omnimemory.model.records.base import (
    Json,
    Label,
    Link,
    Person,
    Record,
    Ref,
    Text,
    Visibility,
    Word,
    some,
)


class Account(Record):
    """The company that customers belong to."""

    type: Literal["account"] = "account"
    kind = "Account"
    title_field = "name"
    text_fields = ("name", "description")
    not_props = frozenset({"owner", "parent", "merged_into", "refs"})

    name: Label
    domains: tuple[Word, ...] = ()
    description: Text | None = None
    tier: Label | None = None
    state_name: Label | None = None
    annual_value: float | None = None
    currency: Word | None = None
    industry: Label | None = None
    phone: Word | None = None
    address: Json = Field(default_factory=dict)
    tags: tuple[Label, ...] = ()
    refs: dict[Word, Word] = Field(default_factory=dict)
    """Ids of the same company elsewhere, by namespace."""
    owner: Person | None = None
    parent: Ref | None = None
    merged_into: Ref | None = None

    def keys(self) -> Iterable[str]:
        yield from super().keys()
        yield name_key(self.name)
        yield from (f"domain:{domain.lower()}" for domain in self.domains)
        yield from (f"{namespace}:{id}" for namespace, id in self.refs.items())

    def links(self) -> Iterable[Link]:
        yield from some(
            ("OWNED_BY", self.owner), ("CHILD_OF", self.parent), ("MERGED_INTO", self.merged_into)
        )


class Contact(Record):
    """One participant as one source knows them, with their identifiers."""

    type: Literal["contact"] = "contact"
    kind = "Identity"
    title_field = "name"
    not_props = frozenset({"person", "accounts", "merged_into"})

    person: Person
    title: Label | None = None
    language: Label | None = None
    time_zone: Label | None = None
    birth_date: date | None = None
    state_name: Label | None = None
    address: Json = Field(default_factory=dict)
    tags: tuple[Label, ...] = ()
    accounts: tuple[Ref, ...] = ()
    merged_into: Ref | None = None

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        yield from (Link("MEMBER_OF", account) for account in self.accounts)
        yield from some(("MERGED_INTO", self.merged_into))


class AgentRecord(Record):
    """Somebody, or something, that works for the tenant."""

    type: Literal["agent"] = "agent"
    kind = "Agent"
    title_field = "name"
    visibility: Visibility = Visibility.INTERNAL
    not_props = frozenset({"person", "teams"})

    person: Person
    teams: tuple[Ref, ...] = ()

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        return (Link("BELONGS_TO", team) for team in self.teams)


class Team(Record):
    """A group of agents."""

    type: Literal["team"] = "team"
    kind = "Team"
    title_field = "name"
    visibility: Visibility = Visibility.INTERNAL

    name: Label
