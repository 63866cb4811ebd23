"""What an agent writes: records that hang on a known customer, each written once.

The id of each record is given or told from its content, so that writing it again, after a
retry or a second run, finds it there and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from pydantic import ValidationError

from omnimemory.errors import InputError, NotFoundError
from omnimemory.identity.normal import parse_key
from omnimemory.ingest.drafts import OURS
from omnimemory.integrations.scope import Scope
from omnimemory.model.facts import Node
from omnimemory.model.ids import is_node_id, node_id, split_id
from omnimemory.model.records import (
    Action,
    Conversation,
    Identifier,
    Link,
    Message,
    Person,
    Record,
    Ref,
)
from omnimemory.model.time import now, parse_time, to_datetime
from omnimemory.reads.items import Item
from omnimemory.reads.timeline import OWN_EDGES
from omnimemory.store.base import GraphView

Whom: TypeAlias = Person | Ref
"""A customer as records name them: a known identity, or an identifier of somebody new."""

RecordT = TypeVar("RecordT", bound=Record)

_MOST_SPOKEN: Final = 50
_SCHEMES: Final = {"email": "email", "phone": "phone", "device": "device"}


class Spoken(Message):
    """A message to or from a customer who is named by their identity."""

    not_props = Message.not_props | {"whom", "thread", "of"}

    whom: Person | Ref
    thread: Ref | None = None
    of: Ref | None = None
    """The ticket that it is about."""

    def links(self) -> Iterable[Link]:
        for link in super().links():
            is_whom = isinstance(link.to, Person) and link.to.kind == "customer"
            yield msgspec.structs.replace(link, to=self.whom) if is_whom else link
        if self.thread is not None:
            yield Link("PART_OF", self.thread)
        if self.of is not None:
            yield Link("ABOUT", self.of)


class Party(msgspec.Struct, frozen=True):
    """The customer of a scope, looked up once.

    Attributes:
        whom: As records name them.
        identities: Ids of their identities; none where they are nobody yet.
    """

    whom: Whom
    identities: frozenset[str] = frozenset()


def party(scope: Scope) -> Party:
    """Return the customer of a scope.

    Where the scope's own identifier is nobody's yet, it becomes somebody's by the write.

    Raises:
        NotFoundError: The scope names the customer by an id that nobody has.
    """
    try:
        identities = scope.whose().identities
        return Party(ref(identities[0], "Identity"), frozenset(identities))
    except NotFoundError:
        given = scope.customer or ""
        if is_node_id(given, "Customer") or is_node_id(given, "Identity"):
            raise
        return Party(_somebody(parse_key(given)))


def whom(scope: Scope) -> Whom:
    """Return the customer of a scope as records name them, as `party` does."""
    return party(scope).whom


def ref(id: str, kind: str) -> Ref:
    """Return a reference to the node with this id."""
    source, own = split_id(id)
    return Ref(kind=kind, source=source, id=own)


def ref_of(item: Item | None) -> Ref | None:
    """Return a reference to a record that was read."""
    return None if item is None else ref(item.id, item.kind)


def thread(scope: Scope) -> Ref | None:
    """Return the conversation of a scope; one of the program's own belongs to its agent."""
    if scope.conversation is None:
        return None
    if is_node_id(scope.conversation, "Conversation"):
        return ref(scope.conversation, "Conversation")
    return Ref(kind="Conversation", source=OURS, id=own_id(scope, scope.conversation))


def own_id(scope: Scope, *parts: str) -> str:
    """Return an id of the agent's own, from what tells the record from its others."""
    return "/".join((scope.agent.id or "", *parts))


def digest(*parts: object) -> str:
    """Return a short id that is the same for the same content."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def moment(at: Any = None) -> Any:
    """Return a time as a datetime; now if left out."""
    return to_datetime(now() if at is None else parse_time(at))


def spoken(
    scope: Scope,
    id: str,
    text: str,
    *,
    customer: Whom,
    inbound: bool,
    of: Ref | None = None,
    at: Any = None,
    sequence: int = 0,
    **fields: Any,
) -> Spoken:
    """Return a message between the agent and the customer."""
    person = Person()
    place = of if of is not None and of.kind == "Conversation" else thread(scope)
    return made(
        Spoken,
        id=id,
        occurred_at=moment(at),
        author=person if inbound else scope.agent,
        text=text,
        sequence=sequence,
        whom=customer,
        thread=place,
        of=None if of is place else of,
        **{
            "to": (scope.agent if inbound else person,),
            "channel": scope.channel,
            **fields,
        },
    )


def write(
    scope: Scope,
    records: Sequence[Record],
    *,
    of: Party | None = None,
    beside: Sequence[Record] = (),
) -> dict[str, bool]:
    """Write what is not there yet, and return for each node id whether it was new.

    Args:
        scope: Whose memory it is, and in which conversation.
        records: What to write, all of it or nothing.
        of: The scope's customer, where it was looked up already.
        beside: Records that go into the same commit as they are, and are not told of.

    Raises:
        InputError: An id is taken by what is not this customer's.
        ExceptionGroup: A record cannot be used; none was written.
    """
    view = scope.memory.view()
    known = (of or party(scope)).identities
    records = [*_threads(view, scope, known), *records]
    ids = {node_id(record.kind, record.source, record.id): record for record in records}
    there = {node.id: node for node in view.nodes(list(ids)) if node.props}
    check_owner(view, known, [id for id, node in there.items() if node.kind != "Conversation"])
    fresh = [one for id, record in ids.items() for one in _news(record, there.get(id))]
    if fresh := [*beside, *fresh]:
        scope.memory.ingest(fresh, strict=True)
    return {id: id not in there for id in ids}


def _news(record: Record, known: Node | None) -> Iterable[Record]:
    """Yield the record if it is not there, or as an update where an action has ended since."""
    if known is None:
        yield record
    elif (
        isinstance(record, Action)
        and record.outcome != "pending"
        and known.props.get("outcome") == "pending"
    ):
        began = to_datetime(known.span.valid_from)
        times = {"occurred_at": began, "updated_at": max(began, record.occurred_at)}
        yield record.model_copy(update=times)


def made(record: type[RecordT], **fields: Any) -> RecordT:
    """Return a record of ours with these fields.

    Raises:
        InputError: A field cannot be used; the message names it.
    """
    try:
        return record.model_validate({"source": OURS, **fields})
    except ValidationError as error:
        raise InputError(problems(error)) from None


def problems(error: ValidationError) -> str:
    """Return what is wrong with which field, in one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)


def _threads(view: GraphView, scope: Scope, known: Collection[str]) -> list[Record]:
    """Return the scope's own conversation, once it is known to be the customer's alone."""
    found = thread(scope)
    if found is None:
        return []
    id = node_id("Conversation", found.source or OURS, found.id)
    said = view.edges([id], kinds=["PART_OF"], at="target", newest=_MOST_SPOKEN)
    check_owner(view, known, [edge.source for edge in said])
    if found.source != OURS:
        return []
    return [Conversation(source=OURS, id=found.id, channel=scope.channel)]


def check_owner(view: GraphView, known: Collection[str], ids: Collection[str]) -> None:
    """Raise `InputError` where one of these nodes hangs on other identities than the known."""
    owners: dict[str, set[str]] = {}
    for edge in view.edges(ids, kinds=OWN_EDGES, at="source") if ids else ():
        if is_node_id(edge.target, "Identity"):
            owners.setdefault(edge.source, set()).add(edge.target)
    if any(held.isdisjoint(known) for held in owners.values()):
        raise InputError(
            "this conversation, run or key was used with another customer; choose a new one"
        )


def _somebody(key: str) -> Person:
    """Return the participant that a key names."""
    scheme, _, value = key.partition(":")
    if scheme in _SCHEMES:
        given = {"type": _SCHEMES[scheme], "value": value}
    else:
        type = "handle" if value.startswith("@") else "external"
        given = {"type": type, "value": value, "namespace": scheme}
    return Person(identifiers=(Identifier.model_validate(given),))
