"""Records → drafts: what each record says about nodes and edges, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from omnimemory.identity.normal import key_of
from omnimemory.model.ids import node_id
from omnimemory.model.records import (
    Contact,
    Identifier,
    Issue,
    Link,
    Person,
    Record,
    Ref,
)
from omnimemory.model.records.contacts import Interaction
from omnimemory.model.records.people import AgentRecord
from omnimemory.model.records.product import UsageEvent
from omnimemory.model.records.said import Said
from omnimemory.model.records.work import Change
from omnimemory.model.relations import Relations
from omnimemory.model.time import BEGINNING, FOREVER, micros

OURS: Final = "omnimemory"
"""Source of what is written through the API."""

_NOTHING: Final[Mapping[str, Any]] = {}


class NodeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What one record says about one node.

    Attributes:
        at: When it held.
        start: Since when the node exists.
        fields: Properties as they were then; None is no value.
        before: Properties as they were until then.
        state: Properties that must not be back-dated to the start.
        weak: Whether it only repeats in passing what a better record says.
        ended: Since when the source has deleted it.
        redacted: Whether its text must go from every version.
        number: The key that people say, under which a stub may stand.
    """

    id: str
    kind: str
    at: int
    start: int
    fields: Mapping[str, Any] = _NOTHING
    before: Mapping[str, Any] = _NOTHING
    keys: frozenset[str] = frozenset()
    state: frozenset[str] = frozenset()
    weak: bool = False
    ended: int = FOREVER
    redacted: bool = False
    number: str | None = None


class EdgeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What one record says about one edge; without a target, that there is none from then on."""

    kind: str
    source: str
    target: str | None
    target_kind: str
    at: int
    ended: bool = False
    single: bool = False
    props: Mapping[str, Any] = _NOTHING


class UsageDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One product event, to be counted."""

    user: str
    source: str
    event: str
    name: str
    at: int
    error: str | None
    visibility: str
    properties: Mapping[str, Any] = _NOTHING
    parts: tuple[str, ...] = ()


class Drafts(msgspec.Struct, frozen=True):
    """All that a batch of records says."""

    nodes: list[NodeDraft]
    edges: list[EdgeDraft]
    usage: list[UsageDraft]


def draft(records: Iterable[Record], relations: Relations) -> Drafts:
    """Return what the records say.

    Raises:
        InputError: A record asks for an edge that the model does not allow.
    """
    drafts = Drafts([], [], [])
    for record in records:
        _draft_one(record, relations, drafts)
    return drafts


def _draft_one(record: Record, relations: Relations, drafts: Drafts) -> None:
    if isinstance(record, UsageEvent):
        drafts.usage.append(_usage(record, drafts))
        return
    main = _main(record)
    drafts.nodes.append(main)
    for link in record.links():
        drafts.edges.append(_edge(record, main, link, relations, drafts))
    if isinstance(record, Issue):
        for ticket in record.dependents:
            source = _target(record, main, ticket, main.at, drafts)
            drafts.edges.append(
                EdgeDraft(
                    kind="DEPENDS_ON",
                    source=source,
                    target=main.id,
                    target_kind="Issue",
                    at=main.start,
                )
            )


def _main(record: Record) -> NodeDraft:
    """Return the draft of the node that the record is about."""
    start, at = times(record)
    if isinstance(record, Contact | AgentRecord):
        person = _person(record.person, record.source, record.id, record.person.id or record.id)
        return msgspec.structs.replace(
            person,
            at=at,
            start=start,
            fields={**record.props(), **person.fields},
            weak=False,
            ended=_ended(record),
        )
    is_change = isinstance(record, Change)
    number = getattr(record, "number", None)
    return NodeDraft(
        id=node_id(record.kind, record.source, record.id),
        kind=record.kind,
        at=at,
        start=start,
        fields=_changed(record, "new") if is_change else record.props(),
        before=_changed(record, "old") if is_change else _NOTHING,
        keys=frozenset(record.keys()),
        state=record.state,
        ended=_ended(record),
        redacted=record.redacted,
        number=None if number is None else node_id(record.kind, record.source, str(number)),
    )


def times(record: Record) -> tuple[int, int]:
    """Return since when a record's node exists, and when what it says held."""
    if isinstance(record, Interaction | Said):
        start: datetime | None = record.occurred_at
    elif isinstance(record, Change):
        start = record.created_at or record.changed_at
        return micros(start), micros(record.changed_at)
    else:
        start = record.created_at
    at = record.updated_at or start
    begin = BEGINNING if start is None else micros(start)
    return (begin, max(begin, micros(at))) if at is not None else (begin, begin)


def _changed(record: Change, side: str) -> Mapping[str, Any]:
    values = {change.field: getattr(change, side) for change in record.changes}
    extra = record.unplaced()
    return values | ({"extra": extra} if extra and side == "new" else {})


def _ended(record: Record) -> int:
    return FOREVER if record.deleted_at is None else micros(record.deleted_at)


def _edge(
    record: Record, main: NodeDraft, link: Link, relations: Relations, drafts: Drafts
) -> EdgeDraft:
    """Return the draft of one link; who or what it names is drafted on the way."""
    at = main.at if link.at is None else micros(link.at)
    target = None if link.to is None else _target(record, main, link.to, at, drafts)
    kind = _kind(link.to) if link.to is not None else (link.to_kind or "")
    relations.check(link.kind, source=main.kind, target=kind)
    changes_hands = link.kind in _CHANGES_HANDS
    return EdgeDraft(
        kind=link.kind,
        source=main.id,
        target=target,
        target_kind=kind,
        at=at if changes_hands or link.at is not None else main.start,
        ended=link.ended,
        single=relations[link.kind].single,
        props=link.props,
    )


_CHANGES_HANDS: Final = frozenset({"ASSIGNED_TO", "MERGED_INTO", "OWNED_BY", "CHILD_OF"})
"""Edges that a record knows as of its own time; the others hold since the node exists."""


def _kind(to: Ref | Person) -> str:
    if isinstance(to, Ref):
        return to.kind
    return "Identity" if to.kind == "customer" else "Agent"


def _target(record: Record, main: NodeDraft, to: Ref | Person, at: int, drafts: Drafts) -> str:
    """Return the id of what a link points at, and draft it: as a stub, or in passing."""
    if isinstance(to, Person):
        place = getattr(record, "conversation", None) or record.id
        person = _person(to, record.source, place, to.id)
        seen = msgspec.structs.replace(person, at=at, start=min(at, main.start))
        drafts.nodes.append(seen)
        return seen.id
    source = to.source or record.source
    id = node_id(to.kind, source, to.id)
    drafts.nodes.append(
        NodeDraft(
            id=id,
            kind=to.kind,
            at=at,
            start=min(at, main.start),
            keys=frozenset({f"{source}:{to.id}"}) if to.kind in _NUMBERED else frozenset(),
            weak=True,
        )
    )
    return id


_NUMBERED: Final = frozenset({"Ticket", "Issue"})
"""Kinds that people name by a number, which may differ from the id."""


def _person(person: Person, source: str, place: str, id: str | None) -> NodeDraft:
    """Return the draft of a participant, with every identifier as a key and as it was written.

    Args:
        person: Who it is.
        source: Where they were seen.
        place: What tells two nameless participants apart, such as the conversation.
        id: Their id at the source, where it gave one.
    """
    found = {key: one for one in person.all_identifiers() if (key := key_of(one)) is not None}
    if id is not None and not any(key == f"{source}:{id}" for key in found):
        own = Identifier(type="external", namespace=source, value=id)
        found = {f"{source}:{id}": own, **found}
    kind = "Identity" if person.kind == "customer" else "Agent"
    name = id or _first(found) or (person.name if kind == "Agent" else None)
    fields: dict[str, Any] = {"author_kind": person.kind}
    if person.name:
        fields["name"] = person.name
    if found:
        fields["identifiers"] = {key: _written(one) for key, one in found.items()}
    return NodeDraft(
        id=node_id(kind, source, name or f"anonymous/{place}"),
        kind=kind,
        at=BEGINNING,
        start=BEGINNING,
        fields=fields,
        keys=frozenset(found),
        weak=True,
    )


def _first(found: Mapping[str, Identifier]) -> str | None:
    """Return the best identifier as an id: an address says more than a device."""
    ranked = sorted(found, key=lambda key: (_RANK[found[key].type], key))
    if not ranked:
        return None
    scheme, _, value = ranked[0].partition(":")
    return value if scheme in ("email", "phone") else ranked[0]


_RANK: Final = {"external": 0, "email": 1, "phone": 2, "handle": 3, "device": 4}


def _written(one: Identifier) -> dict[str, Any]:
    return {"type": one.type, "value": one.value, "verified": one.verified}


def _usage(record: UsageEvent, drafts: Drafts) -> UsageDraft:
    at = micros(record.occurred_at)
    person = _person(record.user, record.source, record.id, record.user.id)
    user = msgspec.structs.replace(person, at=at, start=at)
    drafts.nodes.append(user)
    return UsageDraft(
        user=person.id,
        source=record.source,
        event=record.id,
        name=record.name,
        at=at,
        error=record.error,
        visibility=str(record.visibility),
        properties=record.properties,
        parts=tuple(_target(record, user, part, at, drafts) for part in record.parts),
    )


def persons(drafts: Iterable[NodeDraft]) -> Iterator[NodeDraft]:
    """Yield the drafts of customers' identities."""
    return (one for one in drafts if one.kind == "Identity")
