"""Records of the product: its parts, its usage, and the articles about it."""

from __future__ import annotations

from collections.abc import Iterable
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
    Time,
    Visibility,
    Word,
    some,
)


class UsageEvent(Record):
    """One product event; ingest counts them by identity, name and day. ``id`` is the event's."""

    type: Literal["usage_event"] = "usage_event"
    kind = "Usage"
    visibility: Visibility = Visibility.INTERNAL

    name: Label
    occurred_at: Time
    user: Person
    error: Label | None = None
    """What went wrong, when the event reports a failure."""
    properties: Json = Field(default_factory=dict)
    parts: tuple[Ref, ...] = ()


class Part(Record):
    """A piece of the product."""

    type: Literal["part"] = "part"
    kind = "Part"
    title_field = "name"
    text_fields = ("name", "description")
    not_props = frozenset({"parent", "owner"})

    name: Label
    part_type: Label | None = None
    description: Text | None = None
    parent: Ref | None = None
    owner: Person | None = None

    def keys(self) -> Iterable[str]:
        yield from super().keys()
        yield name_key(self.name)

    def links(self) -> Iterable[Link]:
        return some(("CHILD_OF", self.parent), ("OWNED_BY", self.owner))


class Article(Record):
    """A knowledge-base page."""

    type: Literal["article"] = "article"
    kind = "Article"
    title_field = "title"
    text_fields = ("title", "text")
    state = frozenset({"status", "text", "title"})
    not_props = frozenset({"parts", "owner"})

    title: Label
    text: Text = ""
    status: Label | None = None
    language: Word | None = None
    tags: tuple[Label, ...] = ()
    parts: tuple[Ref, ...] = ()
    owner: Person | None = None

    def links(self) -> Iterable[Link]:
        yield from (Link("CONCERNS", ref) for ref in self.parts)
        yield from some(("OWNED_BY", self.owner))
