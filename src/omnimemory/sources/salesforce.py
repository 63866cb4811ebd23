"""Salesforce → records: query responses, trees, sample-data plans, tables, and change events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Contact, Person, Record, Ticket
from omnimemory.sources._exports import Layout, Mapper, Payload, mapped, payloads
from omnimemory.sources._reading import Fields, Item, Json, as_object, member, read_json, read_time
from omnimemory.sources._salesforce_object import Sobject, long_id, type_of
from omnimemory.sources._salesforce_people import account, contact, lead, queue, user
from omnimemory.sources._salesforce_said import Portal, comment, email, event, task
from omnimemory.sources._salesforce_work import case, history, milestone
from omnimemory.sources._source import Given, Source, is_path

_TYPES: Final = {
    "Group": "groups",
    "Queue": "groups",
    "User": "users",
    "Account": "accounts",
    "Contact": "contacts",
    "Lead": "leads",
    "Case": "cases",
    "CaseHistory": "case_histories",
    "CaseMilestone": "case_milestones",
    "CaseComment": "case_comments",
    "EmailMessage": "email_messages",
    "Task": "tasks",
    "Event": "events",
}


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return which collection an object belongs to: its attributes name its type."""
    kind = type_of(value)
    return None if kind is None else _TYPES.get(kind, "others")


LAYOUT: Final = Layout(
    source="salesforce",
    collections={
        "groups": ("group", "queue", "queues"),
        "users": ("user",),
        "accounts": ("account",),
        "contacts": ("contact", "contact_history"),
        "leads": ("lead",),
        "cases": ("case",),
        "case_histories": ("case_history",),
        "case_milestones": ("case_milestone",),
        "case_comments": ("case_comment",),
        "email_messages": ("email_message",),
        "tasks": ("task",),
        "events": ("event",),
        "deletedRecords": ("deleted_records",),
        "others": (),
    },
    ignored=frozenset(
        "attributes columns ids opportunity opportunities order orders campaign campaigns plan "
        "data_plan sample_data_plan user_role opportunity_line_item product".split()
    ),
    guess=_guess,
)


class _Export:
    """One export on its way through: what its earlier objects said that its later ones need."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._portal = Portal()
        self._phones: set[str] = set()

    def records(self, found: Iterable[Payload | RecordError]) -> Iterator[Item]:
        """Yield the records of an export."""
        return mapped(
            chain.from_iterable(map(_family, found)), self._mappers(), source=self._source
        )

    def _mappers(self) -> dict[str, Mapper]:
        portal = self._portal
        return {
            "groups": self._each(lambda it: [queue(it)]),
            "users": self._each(self._user),
            "accounts": self._each(self._account),
            "contacts": self._each(lambda it: [contact(it, phones=self._phones)]),
            "leads": self._each(lambda it: [lead(it)]),
            "cases": self._each(lambda it: case(it, portal)),
            "case_histories": self._each(lambda it: [history(it)]),
            "case_milestones": self._each(lambda it: [milestone(it)]),
            "case_comments": self._each(lambda it: [comment(it, portal)]),
            "email_messages": self._each(lambda it: [email(it, portal)]),
            "tasks": self._each(lambda it: [task(it)]),
            "events": self._each(lambda it: [event(it)]),
            "deletedRecords": self._deleted,
            "others": _other,
        }

    def _each(self, to_records: Callable[[Sobject], Iterable[Record]]) -> Mapper:
        return lambda fields: to_records(Sobject(fields, source=self._source))

    def _user(self, it: Sobject) -> Iterable[Record]:
        customer = it.id_of("ContactId")
        if customer is not None:
            self._portal.contacts[it.id] = customer
            return ()
        return [user(it)]

    def _account(self, it: Sobject) -> Iterator[Record]:
        found = account(it)
        if found.phone:
            self._phones.add(found.phone)
        yield found

    def _deleted(self, fields: Fields) -> Iterator[Record]:
        """Yield that something was deleted; ids tell by how they begin what it was."""
        id, at = long_id(str(fields.need("id"))), fields.time("deletedDate")
        match id[:3]:
            case "003" | "00Q":
                yield Contact(source=self._source, id=id, person=Person(id=id), deleted_at=at)
            case "500":
                yield Ticket(source=self._source, id=id, deleted_at=at)
            case start:
                raise InputError(f"no record can be made of a deletion of {start}…")


def _other(fields: Fields) -> Iterable[Record]:
    raise InputError(f"no record can be made of a {fields.object('attributes').take('type')!r}")


def _family(found: Payload | RecordError) -> Iterator[Payload | RecordError]:
    """Yield an object, then its children, which a tree or a subquery nests in it."""
    if isinstance(found, RecordError) or not isinstance(found.value, Mapping):
        yield found
        return
    value = Fields(as_object(found.value)).rest()  # pyright: ignore[reportUnknownMemberType]
    nested = {
        name: inner for name, inner in value.items() if isinstance(member(inner, "records"), list)
    }
    own = {name: inner for name, inner in value.items() if name not in nested}
    yield found._replace(value=own)
    parent = value.get("Id") or member(value.get("attributes"), "referenceId")
    for name, inner in nested.items():
        for position, child in enumerate(member(inner, "records")):
            where = f"{found.where} {name}[{position}]"
            kind = member(member(child, "attributes"), "type")
            up = f"{type_of(value) or ''}Id"
            grown = {up: parent, **as_object(child)} if isinstance(child, Mapping) else child
            yield from _family(Payload(_TYPES.get(str(kind), "others"), grown, where))


def _read(given: Given, *, name: str = "salesforce") -> Iterator[Item]:
    """Salesforce: a folder or file of query responses, trees or tables, or decoded objects.

    Args:
        given: ``Accounts.json``, ``Contacts.json``, ``Cases.json``, ``case_history.csv`` and
            their kin; a sample-data plan, whose files are read in its order; JSON Lines.
        name: What to call the source, where there is more than one Salesforce.
    """
    planned = _planned(Path(given)) if is_path(given) else None  # pyright: ignore[reportArgumentType]
    if planned is None:
        return _Export(name).records(payloads(given, LAYOUT))
    return _Export(name).records(chain.from_iterable(payloads(file, LAYOUT) for file in planned))


def _planned(path: Path) -> list[Path] | None:
    """Return the files that a sample-data plan lists and that are there; None if this is none."""
    if not path.is_file() or "plan" not in path.stem.lower():
        return None
    steps = read_json(path)
    if not isinstance(steps, list):
        return None
    names = [name for step in steps for name in member(step, "files") or ()]  # pyright: ignore[reportUnknownVariableType]
    found = [path.parent / str(name) for name in names]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return [file for file in found if file.is_file()]


def _event(body: Json, *, name: str = "salesforce") -> Iterator[Item]:
    """A change event of the streaming API, or objects as a query returns them."""
    data = member(body, "data") or body
    change = member(data, "payload") or data
    header = Fields(member(change, "ChangeEventHeader") or {})
    kind = header.text("entityName")
    if kind is None:
        yield from _Export(name).records(payloads(body, LAYOUT))
        return
    at = header.take("commitTimestamp")
    given = {key: one for key, one in Fields(change).rest().items() if key != "ChangeEventHeader"}
    gone = header.text("changeType") in ("DELETE", "GAP_DELETE")
    for id in header.items("recordIds"):
        more = {"Id": id, "IsDeleted": gone, "attributes": {"type": kind}}
        value = {"LastModifiedDate": read_time(at).isoformat() if at else None, **given, **more}
        found = Payload(_TYPES.get(kind, "others"), value, f"{kind} {id}")
        yield from _Export(name).records([found])


salesforce = Source("salesforce", _read, _event)
