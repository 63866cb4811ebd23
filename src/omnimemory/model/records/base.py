"""What every record has: the base class, people, references, links, and clean text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, cast

import msgspec
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from omnimemory.model.ids import MAX_ID_LENGTH, SOURCE_NAME

MAX_TEXT_LENGTH: Final = 2_000_000
"""Longest text of one field, in characters."""

_REPAIRED: Final = dict.fromkeys((0, *range(55296, 57344)), "�")


class Visibility(StrEnum):
    """Who may see something, from narrow to wide."""

    PRIVATE = "private"
    INTERNAL = "internal"
    EXTERNAL = "external"
    PUBLIC = "public"

    @property
    def rank(self) -> int:
        """0 for the narrowest level."""
        return list(Visibility).index(self)


class StatusClass(StrEnum):
    """What a source's own status means for the work."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_ENGINEERING = "waiting_on_engineering"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes something."""
        return self not in _DONE


_DONE: Final = (StatusClass.RESOLVED, StatusClass.CLOSED, StatusClass.CANCELED)


def is_open(props: Mapping[str, object]) -> bool:
    """Return whether somebody still owes something; unknown statuses count as open."""
    return str(props.get("status_class")) not in _DONE


AuthorKind: TypeAlias = Literal["customer", "agent", "ai_agent", "bot", "system"]
IdentifierType: TypeAlias = Literal["email", "phone", "handle", "external", "device"]


def repair(value: Any) -> Any:
    """Return a text with NUL and lone surrogates, which no store can hold, as U+FFFD."""
    if isinstance(value, str) and ("\0" in value or not _encodes(value)):
        return value.translate(_REPAIRED)
    return value


def repair_all(value: Any) -> Any:
    """Return JSON with every text in it, and every name, repaired."""
    if isinstance(value, Mapping):
        members = cast("Mapping[Any, Any]", value)
        return {repair(name): repair_all(one) for name, one in members.items()}
    if isinstance(value, list | tuple):
        return [repair_all(one) for one in cast("Iterable[Any]", value)]
    return repair(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_text(value: Any) -> Any:
    """Return a whole number as text: sources give ids as either."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text: TypeAlias = Annotated[
    str, BeforeValidator(repair), StringConstraints(max_length=MAX_TEXT_LENGTH)
]
Label: TypeAlias = Annotated[str, BeforeValidator(repair), StringConstraints(max_length=5_000)]
ExternalId: TypeAlias = Annotated[
    str,
    BeforeValidator(_as_text),
    StringConstraints(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00]*$"),
]
SourceName: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{SOURCE_NAME}$")]
Channel: TypeAlias = Literal[
    "email", "chat", "phone", "sms", "social", "in_app", "web", "community", "meeting", "other"
]
Word: TypeAlias = Annotated[str, BeforeValidator(repair)]
Json: TypeAlias = Annotated[dict[str, Any], BeforeValidator(repair_all)]
Time: TypeAlias = AwareDatetime


class Value(BaseModel, frozen=True):
    """Base of everything that enters: frozen, and strict about names."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Identifier(Value, frozen=True):
    """One way to recognise a participant.

    ``namespace`` is the platform of a handle (``twitter``) or the owner of an
    external id (``zendesk``); e-mail addresses, phones and devices have none.
    ``verified`` says that the source has reason to believe it belongs to them.
    """

    type: IdentifierType
    value: Annotated[Word, BeforeValidator(_as_text), StringConstraints(min_length=1)]
    namespace: SourceName | None = None
    verified: bool = True


class Person(Value, frozen=True):
    """A participant as the record names them: by id, by identifiers, or both.

    ``email`` and ``phone`` are short for verified identifiers of those types.
    """

    id: ExternalId | None = None
    kind: AuthorKind = "customer"
    name: Label | None = None
    email: Word | None = None
    phone: Word | None = None
    identifiers: tuple[Identifier, ...] = ()

    @property
    def told(self) -> tuple[object, ...]:
        """All that is said of them: equal for equal participants, and quick to compare."""
        return self.id, self.kind, self.name, self.email, self.phone, self.identifiers

    def all_identifiers(self) -> tuple[Identifier, ...]:
        """Return the identifiers, the short forms among them."""
        email = (Identifier(type="email", value=self.email),) if self.email else ()
        phone = (Identifier(type="phone", value=self.phone),) if self.phone else ()
        return (*email, *phone, *self.identifiers)


class Ref(Value, frozen=True):
    """Another record, by its kind and id; of the same source unless it says otherwise."""

    kind: str
    id: ExternalId
    source: SourceName | None = None


class Attachment(Value, frozen=True):
    """A file by reference; its bytes stay where they are."""

    name: Label | None = None
    media_type: Word | None = None
    size_bytes: Annotated[int, Field(ge=0)] | None = None
    sha256: Word | None = None
    url: Word | None = None


class Link(msgspec.Struct, frozen=True, gc=False):
    """An edge that a record asks for.

    Attributes:
        kind: Edge kind, such as ``REQUESTED_BY``.
        to: A reference or a participant; None ends an edge that allows one target.
        at: Since when; the record's own time if left out.
        ended: Whether the edge ends at that time instead.
        props: Properties of the edge.
        to_kind: Which kind of target ends, where ``to`` is None.
    """

    kind: str
    to: Ref | Person | None
    at: datetime | None = None
    ended: bool = False
    props: Mapping[str, Any] = {}
    to_kind: str | None = None


class Record(BaseModel):
    """One thing as one source knows it.

    A subclass names its node ``kind``; its fields become the node's properties, but for
    those in ``not_props``. Fields that a record does not declare are kept in ``extra``.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    kind: ClassVar[str]
    """Node kind in PascalCase."""
    state: ClassVar[frozenset[str]] = frozenset()
    """Properties that change over time, so that what one record says is never back-dated."""
    text_fields: ClassVar[tuple[str, ...]] = ()
    """Properties that are searched as text, in reading order."""
    title_field: ClassVar[str | None] = None
    """Property that stands for the node where there is room for one line."""
    edges: ClassVar[Mapping[str, str]] = {}
    """Edge kinds that a custom kind brings, with the node kind that each points at."""
    not_props: ClassVar[frozenset[str]] = frozenset()
    """Fields that are keys, links or times, not properties."""

    source: SourceName
    id: ExternalId
    visibility: Visibility = Visibility.EXTERNAL
    url: Word | None = None
    created_at: Time | None = None
    """Since when it exists."""
    updated_at: Time | None = None
    """When what this record says held; ``created_at`` if left out."""
    deleted_at: Time | None = None
    """When the source deleted it."""
    redacted: bool = False
    """Whether the source removed its text for good: it then goes from every version."""
    custom: Json = Field(default_factory=dict)
    extra: Json = Field(default_factory=dict)

    def keys(self) -> Iterable[str]:
        """Return what finds the node besides its id, as ``namespace:value``."""
        return (f"{self.source}:{self.id}",)

    def links(self) -> Iterable[Link]:
        """Return the edges that start at the node."""
        return ()

    def unplaced(self) -> Json:
        """Return what the source sent and the model has no place for."""
        more = self.model_extra
        return {**self.extra, **repair_all(more)} if more else dict(self.extra)

    def props(self) -> Json:
        """Return the node's properties as JSON, without what is empty."""
        left_out = _left_out(self.not_props)
        if self.model_extra:
            left_out = left_out | set(self.model_extra)
        out = self.model_dump(mode="json", exclude=left_out, exclude_none=True)
        out = {name: value for name, value in out.items() if value or value in (0, False)}
        if unplaced := self.unplaced():
            out["extra"] = unplaced
        return out


@cache
def _left_out(not_props: frozenset[str]) -> set[str]:
    """Return the fields that are no properties of a kind; nobody changes the set."""
    return _NOT_PROPS | not_props


_NOT_PROPS: Final = {"type", "source", "id", "updated_at", "deleted_at", "redacted", "extra"}


def some(*links: tuple[str, Ref | Person | None]) -> Iterable[Link]:
    """Return the links that have somewhere to go."""
    return [Link(kind, to) for kind, to in links if to is not None]
