"""Linear → records: issues as its GraphQL API gives them, and webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final, cast

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Issue,
    IssueChange,
    Message,
    Part,
    Person,
    Record,
    Ref,
    StatusClass,
)
from omnimemory.sources._changes import Delta
from omnimemory.sources._exports import Mapper
from omnimemory.sources._reading import Fields, Item, Json, each, files, member, one, read_json
from omnimemory.sources._source import Given, Source, is_path, objects

STATES: Final[dict[str, StatusClass]] = {
    "triage": StatusClass.NEW,
    "backlog": StatusClass.NEW,
    "unstarted": StatusClass.NEW,
    "started": StatusClass.IN_PROGRESS,
    "completed": StatusClass.RESOLVED,
    "canceled": StatusClass.CANCELED,
    "duplicate": StatusClass.CANCELED,
}
"""Types of workflow states, in the one vocabulary of status classes."""

_TICKET: Final = re.compile(
    r"https?://[^\s/]+\.(?P<source>zendesk|intercom)\.(?:com|io)/"
    r"\S*?(?:tickets|conversations?)/(?P<id>\d+)"
)


_COLLECTIONS: Final = ("projects", "issues", "comments")
"""What is read, in the order in which it must be."""


def _read(given: Given, *, name: str = "linear") -> Iterator[Item]:
    """Linear: a folder or file of issues as GraphQL gives them, or decoded objects.

    Args:
        given: ``issues.json``, as ``{"data": {"issues": {"nodes": […]}}}``, a list of nodes, or
            JSON Lines; ``comments.json`` and ``projects.json`` likewise.
        name: What to call the source, where there is more than one Linear.
    """
    if not is_path(given):
        return _items(objects(given), "input", name)
    found = files(str(given), "*.json", "*.jsonl")
    return (item for file in found for item in _items([read_json(file)], file.name, name))


def _items(given: Iterable[Json], where: str, source: str) -> Iterator[Item]:
    """Yield the records of GraphQL answers, of lists of nodes, or of nodes."""
    held: dict[str, list[Json]] = {name: [] for name in _COLLECTIONS}
    for value in given:
        for name, node in _nodes(value):
            held[name].append(node)
    mappers = _mappers(source)
    for name, nodes in held.items():
        mapper = mappers[name]
        yield from each(
            nodes,
            lambda node, mapper=mapper: mapper(Fields(node)),
            source=source,
            where=f"{where} {name}",
        )


def _nodes(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the nodes that a value holds, each with the collection that it is of."""
    if isinstance(value, list):
        for inner in cast("list[Json]", value):
            yield from _nodes(inner)
        return
    answer = value if member(value, "data") is None else member(value, "data")
    if member(answer, "id") is not None or not any(_many(member(answer, n)) for n in _COLLECTIONS):
        yield _collection(answer), answer
        return
    for name in _COLLECTIONS:
        yield from ((name, node) for node in _many(member(answer, name)))


def _collection(node: Json) -> str:
    """Return the collection of a node, by the fields that only its kind has."""
    if member(node, "body") is not None and member(node, "title") is None:
        return "comments"
    if member(node, "name") is not None and member(node, "identifier") is None:
        return "projects"
    return "issues"


def _many(value: Json) -> list[Json]:
    nodes = member(value, "nodes")
    return nodes if isinstance(nodes, list) else value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def _mappers(source: str) -> dict[str, Mapper]:
    return {
        "projects": partial(_project, source=source),
        "issues": partial(_issue, source=source),
        "comments": lambda fields: [_comment(fields, None, source)],
    }


def _project(fields: Fields, *, source: str) -> Iterator[Record]:
    yield Part(
        source=source,
        id=str(fields.need("id")),
        name=str(fields.need("name")),
        part_type="project",
        description=fields.text("description"),
        created_at=fields.time("createdAt"),
        updated_at=fields.time("updatedAt"),
        extra=fields.rest(),
    )


def _inner(fields: Fields, name: str) -> list[Fields]:
    """Return the nodes of a connection."""
    value = fields.take(name)
    return [Fields(one) for one in _many(value)]


def _person(fields: Fields | None) -> Person | None:
    """Return a member of the workspace."""
    if fields is None:
        return None
    fields.skip("avatarUrl", "url", "active", "displayName")
    name = fields.text("name")
    return Person(id=str(fields.need("id")), kind="agent", name=name, email=fields.text("email"))


def _maybe(fields: Fields, name: str) -> Fields | None:
    return fields.object(name) if name in fields else None


def _issue(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield an issue with its comments and history."""
    id = str(fields.need("id"))
    state = fields.object("state")
    state.skip("id", "color", "position", "description", "team")
    type, status = state.text("type"), state.text("name")
    body = fields.text("description")
    attachments = _inner(fields, "attachments")
    needs = _inner(fields, "needs")
    comments = _inner(fields, "comments")
    history = _inner(fields, "history")
    relations = list(_relations(fields))
    project = _maybe(fields, "project")
    parent = _maybe(fields, "parent")
    creator, assignee = _maybe(fields, "creator"), _maybe(fields, "assignee")
    urls = [str(one.take("url", "")) for one in attachments]
    said = [str(one.take("body", "")) for one in needs]
    label = fields.text("priorityLabel")
    priority = fields.take("priority")
    fields.skip("branchName", "sortOrder", "boardOrder", "subIssueSortOrder", "prioritySortOrder")
    yield Issue(
        source=source,
        id=id,
        number=fields.text("identifier"),
        url=fields.text("url"),
        subject=fields.text("title") or "",
        description=body,
        status=status,
        status_class=STATES.get(type or ""),
        priority=label or (None if priority is None else str(priority)),
        priority_scheme="linear",
        tags=tuple(str(one.need("name")) for one in _inner(fields, "labels")),
        requester=_person(creator),
        assignee=_person(assignee),
        parts=(Ref(kind="Part", id=str(project.need("id"))),) if project is not None else (),
        parent=Ref(kind="Issue", id=str(parent.need("id"))) if parent is not None else None,
        duplicate_of=next((ref for what, ref in relations if what == "duplicate"), None),
        relates_to=tuple(ref for what, ref in relations if what != "duplicate"),
        dependents=tuple(_tickets("\n".join((body or "", *urls, *said)))),
        due_at=_end_of(fields.text("dueDate")),
        resolved_at=fields.time("completedAt"),
        created_at=fields.time("createdAt"),
        updated_at=fields.time("updatedAt"),
        extra=fields.rest()
        | _left("attachments", attachments)
        | _left("needs", needs)
        | ({"relations": [what for what, _ in relations]} if relations else {}),
    )
    yield from (_comment(one, id, source) for one in comments)
    yield from (change for one in history for change in _change(one, id, source))


def _left(name: str, many: list[Fields]) -> dict[str, Json]:
    left = [rest for one in many if (rest := one.rest())]
    return {name: left} if left else {}


def _end_of(day: str | None) -> Any:
    """Return the end of a due day; a date has no zone, and the whole day counts."""
    return f"{day[:10]}T23:59:59Z" if day else None


def _relations(fields: Fields) -> Iterator[tuple[str, Ref]]:
    for relation in _inner(fields, "relations"):
        other = relation.object("relatedIssue")
        what = str(relation.take("type", "related"))
        yield what, Ref(kind="Issue", id=str(other.need("id")))


def _tickets(text: str) -> Iterator[Ref]:
    """Yield the tickets that a text leads to, each once."""
    found = dict.fromkeys((one["source"], one["id"]) for one in _TICKET.finditer(text))
    return (Ref(kind="Ticket", source=source, id=id) for source, id in found)


def _comment(fields: Fields, issue: str | None, source: str) -> Record:
    about = issue or str(member(fields.take("issue"), "id") or fields.need("issueId"))
    fields.skip("issueId", "url", "editedAt", "userId")
    author = _person(_maybe(fields, "user"))
    return Message(
        source=source,
        id=str(fields.need("id")),
        form="comment",
        channel="web",
        visibility="internal",  # pyright: ignore[reportArgumentType]
        author=author or Person(kind="system", name="Linear"),
        occurred_at=fields.time("createdAt"),  # pyright: ignore[reportArgumentType]
        updated_at=fields.time("updatedAt"),
        about=(Ref(kind="Issue", id=about),),
        text=fields.text("body") or "",
        extra=fields.rest(),
    )


def _change(fields: Fields, issue: str, source: str) -> Iterator[Record]:
    """Yield what one entry of an issue's history says."""
    delta = Delta()
    before, after = _maybe(fields, "fromState"), _maybe(fields, "toState")
    if after is not None:
        old = before.text("name") if before is not None else None
        delta.set("status", old, after.text("name"))
        types = [STATES.get(str(one.take("type"))) if one else None for one in (before, after)]
        delta.set("status_class", *types)
    for name, field in (("Title", "subject"), ("Priority", "priority"), ("DueDate", "due_at")):
        if f"to{name}" in fields:
            delta.set(field, fields.take(f"from{name}"), fields.take(f"to{name}"))
    to = _person(_maybe(fields, "toAssignee"))
    left = _maybe(fields, "fromAssignee") is not None and to is None
    actor = _person(_maybe(fields, "actor"))
    when = fields.time("createdAt")
    fields.skip("id", "updatedAt")
    rest = fields.rest()
    if delta or to or left or rest:
        yield IssueChange(
            source=source,
            id=issue,
            changed_at=when,  # pyright: ignore[reportArgumentType]
            changes=delta.changes(),
            assignee=to,
            unassigned=left,
            author=actor,
            extra={"linear_history": rest} if rest else {},
        )


def _event(body: Json, *, name: str = "linear") -> Iterator[Item]:
    """Read a webhook body: an issue, a comment or a project as it is now."""
    for position, event in enumerate(objects(body)):
        where = f"{member(event, 'type') or 'event'}[{position}]"
        yield from one(event, partial(_happened, source=name), source=name, where=where)


_OF_TYPE: Final = {"Issue": "issues", "Comment": "comments", "Project": "projects"}


def _happened(event: Json, *, source: str) -> Iterator[Record]:
    """Yield what one webhook body says.

    Raises:
        InputError: It carries no issue, comment or project.
    """
    fields = Fields(event)
    collection = _OF_TYPE.get(str(fields.take("type")))
    if collection is None:
        raise InputError(f"the event {fields.take('type')!r} carries nothing that is read here")
    at = fields.time("createdAt")
    for found in _mappers(source)[collection](Fields(fields.need("data"))):
        gone = fields.take("action") == "remove"
        yield found.model_copy(update={"deleted_at": at}) if gone else found


linear = Source("linear", _read, _event)
