"""What transcripts of chats and calls share: who spoke, and the ticket they were about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from omnimemory.errors import InputError
from omnimemory.model.records import AuthorKind, Channel, Identifier, Person, Ref
from omnimemory.sources._reading import Fields, Json

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

_KINDS: Final[Mapping[str, AuthorKind]] = {
    "customer": "customer",
    "user": "customer",
    "visitor": "customer",
    "caller": "customer",
    "agent": "agent",
    "human": "agent",
    "ai_agent": "ai_agent",
    "ai": "ai_agent",
    "assistant": "ai_agent",
    "bot": "bot",
    "system": "system",
    "self_service": "system",
}


def author_kind(word: object) -> AuthorKind | None:
    """Return what kind of speaker a transcript means, or None where the word is a name."""
    return _KINDS.get(str(word).strip().casefold().replace("-", "_").replace(" ", "_"))


def person(value: Json, *, kind: AuthorKind) -> Person:
    """Return a participant: an object with id, name, email, phone, handle; or only a name.

    Raises:
        InputError: It is neither.
    """
    if isinstance(value, str):
        return Person(kind=kind, name=value or None)
    given = Fields(value)
    identifiers = [Identifier.model_validate(one) for one in given.items("identifiers")]
    named = author_kind(given.take("kind", kind))
    if named is None:
        raise InputError(f"no kind of participant: {str(given.take('kind'))[:80]!r}")
    found = Person(
        id=given.take("id"),
        kind=named,
        name=given.text("name"),
        email=given.text("email"),
        phone=given.text("phone"),
        identifiers=tuple(identifiers),
    )
    if rest := given.rest():
        raise InputError(f"a participant has no place for {', '.join(sorted(rest))}")
    return found


def ticket(value: Json, *, source: str | None) -> tuple[Ref, ...]:
    """Return what a transcript says of its ticket: ``35436``, or ``zendesk:35436``.

    Args:
        value: An id, with its source before a colon where it has one.
        source: Source of ids that name none.
    """
    if value in (None, ""):
        return ()
    named, colon, id = str(value).partition(":")
    if colon and id and named.isidentifier() and named.islower():
        return (Ref(kind="Ticket", id=id, source=named),)
    return (Ref(kind="Ticket", id=str(value), source=source),)


def channel(value: Json, default: Channel) -> tuple[Channel, dict[str, Any]]:
    """Return the channel, and what to keep of a word that names none of ours."""
    if value is None:
        return default, {}
    for known in CHANNELS:
        if known == value:
            return known, {}
    return default, {"channel": value}
