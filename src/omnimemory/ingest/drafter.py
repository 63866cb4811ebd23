"""Records → drafts: one record at a time, each participant and reference on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from omnimemory.identity.normal import key_of
from omnimemory.ingest.drafts import Drafts, EdgeDraft, NodeDraft, UsageDraft
from omnimemory.model.ids import check_key, check_length, node_id
from omnimemory.model.records import Contact, Identifier, Issue, Link, Person, Record, Ref
from omnimemory.model.records.contacts import Interaction
from omnimemory.model.records.people import AgentRecord
from omnimemory.model.records.product import UsageEvent
from omnimemory.model.records.said import Said
from omnimemory.model.records.work import Change
from omnimemory.model.relations import Relation, Relations
from omnimemory.model.time import BEGINNING, FOREVER, micros

_NOTHING: Final[Mapping[str, Any]] = {}
_NO_KEYS: Final[frozenset[str]] = frozenset()

_CHANGES_HANDS: Final = frozenset({"ASSIGNED_TO", "MERGED_INTO", "OWNED_BY", "CHILD_OF"})
"""Edges that a record knows as of its own time; the others hold since the node exists."""

_NUMBERED: Final = frozenset({"Ticket", "Issue"})
"""Kinds that people name by a number, which may differ from the id."""

_RANK: Final = {"external": 0, "email": 1, "phone": 2, "handle": 3, "device": 4}


class _Mention(msgspec.Struct, gc=False):
    """What is mentioned with the same words, as of the first time."""

    draft: NodeDraft
    at: int
    start: int


class Drafter:
    """Collects what a batch of records says.

    What is mentioned a thousand times with the same words is one draft, as of the first.

    Args:
        relations: Which kind may point at which.
    """

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._nodes: list[NodeDraft] = []
        self._edges: list[EdgeDraft] = []
        self._usage: list[UsageDraft] = []
        self._mentions: dict[tuple[str, int], _Mention] = {}
        self._pending: list[tuple[NodeDraft, int, int]] = []
        self._persons: dict[tuple[object, ...], NodeDraft] = {}
        self._stubs: dict[tuple[str, str, str], NodeDraft] = {}

    def drafts(self) -> Drafts:
        """Return all that the records say."""
        replace = msgspec.structs.replace
        mentions = [
            replace(one.draft, at=one.at, start=one.start) for one in self._mentions.values()
        ]
        return Drafts([*self._nodes, *mentions], list(self._edges), list(self._usage))

    def add(self, record: Record) -> None:
        """Add what one record says.

        Raises:
            InputError: It asks for an edge that the model does not allow, or has an id or key
                that no store can hold; nothing was added.
        """
        self._pending = []
        links: list[tuple[Link, str, Relation]] = []
        for link in record.links():
            target = _kind(link)
            relation = self._relations.check(link.kind, source=record.kind, target=target)
            links.append((link, target, relation))
        if isinstance(record, UsageEvent):
            self._usage.append(self._counted(record))
        else:
            main = _checked(self._main(record))
            edges = [
                self._edge(record, main, link, target, single=relation.single)
                for link, target, relation in links
            ]
            if isinstance(record, Issue):
                edges += self._dependents(record, main)
            self._nodes.append(main)
            self._edges += edges
        for mention in self._pending:
            self._mention(*mention)

    def _main(self, record: Record) -> NodeDraft:
        """Return the draft of the node that the record is about."""
        start, at = times(record)
        if isinstance(record, Contact | AgentRecord):
            person = self._person(record.person, record.source, record.id, record.id)
            return msgspec.structs.replace(
                person,
                at=at,
                start=start,
                fields={**record.props(), **person.fields},
                weak=False,
                ended=_ended(record),
            )
        changes = isinstance(record, Change)
        number = vars(record).get("number")
        return NodeDraft(
            id=node_id(record.kind, record.source, record.id),
            kind=record.kind,
            at=at,
            start=start,
            fields=_changed(record) if changes else record.props(),
            before={one.field: one.old for one in record.changes} if changes else _NOTHING,
            keys=frozenset({f"{record.source}:{record.id}"} if changes else record.keys()),
            state=record.state,
            ended=_ended(record),
            redacted=record.redacted,
            change=changes,
            number=None if number is None else node_id(record.kind, record.source, str(number)),
        )

    def _edge(
        self, record: Record, main: NodeDraft, link: Link, target_kind: str, *, single: bool
    ) -> EdgeDraft:
        at = main.at if link.at is None else micros(link.at)
        since = at if link.kind in _CHANGES_HANDS or link.at is not None else main.start
        return EdgeDraft(
            kind=link.kind,
            source=main.id,
            target=None if link.to is None else self._target(record, link.to, at, main.start),
            target_kind=target_kind,
            at=since,
            ended=link.ended,
            single=single,
            props=link.props,
        )

    def _dependents(self, record: Issue, main: NodeDraft) -> Iterable[EdgeDraft]:
        for ticket in record.dependents:
            yield EdgeDraft(
                kind="DEPENDS_ON",
                source=self._target(record, ticket, main.at, main.start),
                target=main.id,
                target_kind="Issue",
                at=main.start,
            )

    def _target(self, record: Record, to: Ref | Person, at: int, start: int) -> str:
        """Return the id of what a link points at, and note that it was mentioned."""
        if isinstance(to, Person):
            in_thread = isinstance(record, Interaction) and record.conversation
            place = in_thread or record.id
            draft = self._person(to, record.source, place, to.id)
        else:
            draft = self._stub(to, to.source or record.source)
        self._pending.append((draft, at, min(at, start)))
        return draft.id

    def _stub(self, to: Ref, source: str) -> NodeDraft:
        """Return the draft of what is only pointed at, made once for the batch."""
        known = (to.kind, source, to.id)
        draft = self._stubs.get(known)
        if draft is None:
            numbered = to.kind in _NUMBERED
            stub = NodeDraft(
                id=node_id(to.kind, source, to.id),
                kind=to.kind,
                at=BEGINNING,
                start=BEGINNING,
                fields=_NOTHING,
                keys=frozenset({f"{source}:{to.id}"}) if numbered else _NO_KEYS,
                weak=True,
            )
            draft = self._stubs[known] = _checked(stub)
        return draft

    def _mention(self, draft: NodeDraft, at: int, start: int) -> None:
        seen = (draft.id, id(draft.fields))
        known = self._mentions.get(seen)
        if known is None:
            self._mentions[seen] = _Mention(draft, at, start)
            return
        known.at = min(known.at, at)
        known.start = min(known.start, start)

    def _person(self, person: Person, source: str, place: str, id: str | None) -> NodeDraft:
        """Return the draft of a participant, made once for the batch.

        Args:
            person: Who it is.
            source: Where they were seen.
            place: What tells two nameless participants apart, such as the conversation.
            id: Their id at the source, where it gave one.
        """
        nameless = id is None and not (person.email or person.phone or person.identifiers)
        known = (*person.told, source, id or (place if nameless else None))
        draft = self._persons.get(known)
        if draft is None:
            made = _participant(person, source, place, person.id or id)
            draft = self._persons[known] = _checked(made)
        return draft

    def _counted(self, record: UsageEvent) -> UsageDraft:
        at = micros(record.occurred_at)
        return UsageDraft(
            user=self._target(record, record.user, at, at),
            source=record.source,
            event=record.id,
            name=record.name,
            at=at,
            error=record.error,
            visibility=str(record.visibility),
            properties=record.properties,
            parts=tuple(self._target(record, part, at, at) for part in record.parts),
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
    begin = BEGINNING if start is None else micros(start)
    at = begin if record.updated_at is None else micros(record.updated_at)
    return begin, max(begin, at)


def _checked(draft: NodeDraft) -> NodeDraft:
    """Return a draft whose id and keys every store can hold.

    Raises:
        InputError: One of them cannot be held.
    """
    check_length(draft.id, "id")
    for key in draft.keys:
        check_key(key)
    return draft


def _changed(record: Change) -> Mapping[str, Any]:
    extra = record.unplaced()
    return {one.field: one.new for one in record.changes} | ({"extra": extra} if extra else {})


def _ended(record: Record) -> int:
    return FOREVER if record.deleted_at is None else micros(record.deleted_at)


def _kind(link: Link) -> str:
    match link.to:
        case None:
            return link.to_kind or ""
        case Ref():
            return link.to.kind
        case Person():
            return "Identity" if link.to.kind == "customer" else "Agent"


def _participant(person: Person, source: str, place: str, id: str | None) -> NodeDraft:
    """Return the draft of a participant, with every identifier as a key and as it was written."""
    given = [(key_of(one), one) for one in person.all_identifiers()]
    found = {key: one for key, one in given if key is not None}
    unread = [_written(one) for key, one in given if key is None]
    if id is not None and f"{source}:{id}" not in found:
        own = Identifier(type="external", namespace=source, value=id)
        found = {f"{source}:{id}": own, **found}
    kind = "Identity" if person.kind == "customer" else "Agent"
    name = id or _first(found) or (person.name if kind == "Agent" else None)
    fields: dict[str, Any] = {"author_kind": person.kind}
    if person.name:
        fields["name"] = person.name
    if found:
        fields["identifiers"] = {key: _written(one) for key, one in found.items()}
    if unread:
        fields["unread_identifiers"] = unread
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
    if not found:
        return None
    best = min(found, key=lambda key: (_RANK[found[key].type], key))
    scheme, _, value = best.partition(":")
    return value if scheme in ("email", "phone") else best


def _written(one: Identifier) -> dict[str, Any]:
    return {"type": one.type, "value": one.value, "verified": one.verified}
