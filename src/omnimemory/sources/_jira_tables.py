"""Jira as tables: rows that name users, statuses and links by id, as warehouses keep them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from omnimemory.model.records import (
    AgentRecord,
    FieldChange,
    Issue,
    IssueChange,
    Message,
    Part,
    Person,
    Record,
    Ref,
    StatusClass,
    Visibility,
)
from omnimemory.sources._jira_issue import CATEGORIES, tickets_in
from omnimemory.sources._reading import Fields

_SYNC: Final = ("_fivetran_synced", "_fivetran_deleted")
_FIELDS: Final = {"summary": "subject", "description": "description", "duedate": "due_at"}
_LOOKED_UP: Final = {"priority": "priority", "resolution": "resolution", "issuetype": "issue_type"}


class Tables:
    """What the small tables say that the rows of the large ones only point at.

    Args:
        source: Name of the source.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._names: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._categories: dict[str, str] = {}
        self._classes: dict[str, StatusClass] = {}
        self._links: defaultdict[str, list[tuple[str, Ref]]] = defaultdict(list)

    def status_category(self, fields: Fields) -> Iterable[Record]:
        """Learn the name of a status category."""
        self._categories[str(fields.need("id"))] = str(fields.need("name"))
        return ()

    def status(self, fields: Fields) -> Iterable[Record]:
        """Learn the name of a status, and what it means."""
        id = str(fields.need("id"))
        self._names["status"][id] = str(fields.need("name"))
        category = self._categories.get(str(fields.take("status_category_id")), "").lower()
        if category in CATEGORIES:
            self._classes[id] = CATEGORIES[category]
        return ()

    def name(self, table: str, fields: Fields) -> Iterable[Record]:
        """Learn the name that a table gives an id."""
        self._names[table][str(fields.need("id"))] = str(fields.need("name"))
        return ()

    def link(self, fields: Fields) -> Iterable[Record]:
        """Learn that an issue points at another."""
        other = Ref(kind="Issue", id=str(fields.need("related_issue_id")))
        said = str(fields.take("relationship", "")).lower()
        self._links[str(fields.need("issue_id"))].append((said, other))
        return ()

    def user(self, fields: Fields) -> Iterator[Record]:
        """Yield a user."""
        fields.skip(*_SYNC)
        id = str(fields.need("id"))
        who = Person(id=id, kind="agent", name=fields.text("name"), email=fields.text("email"))
        if who.name:
            self._names["user"][id] = who.name
        yield AgentRecord(source=self._source, id=id, person=who, extra=fields.rest())

    def component(self, fields: Fields) -> Iterator[Record]:
        """Yield a component."""
        fields.skip(*_SYNC)
        yield Part(
            source=self._source,
            id=str(fields.need("id")),
            name=str(fields.need("name")),
            part_type="component",
            description=fields.text("description"),
            extra=fields.rest(),
        )

    def issue(self, fields: Fields) -> Iterator[Record]:
        """Yield an issue."""
        fields.skip(*_SYNC)
        id = str(fields.need("id"))
        body = fields.text("description")
        status = fields.text("status")
        duplicates = [ref for said, ref in self._links[id] if said.startswith("duplicates")]
        parent = fields.text("parent_id")
        reporter = self._person(fields, "reporter")
        creator = self._person(fields, "creator")
        if creator is not None and reporter is not None and creator != reporter:
            fields.put_back("creator")
        yield Issue(
            source=self._source,
            id=id,
            number=fields.text("key"),
            subject=fields.text("summary") or "",
            description=body,
            status=self._called("status", status),
            status_class=self._classes.get(status or ""),
            priority=self._called("priority", fields.text("priority")),
            priority_scheme="jira",
            resolution=self._called("resolution", fields.text("resolution")),
            issue_type=self._called("issue_type", fields.text("issue_type")),
            requester=reporter or creator,
            assignee=self._person(fields, "assignee"),
            parent=Ref(kind="Issue", id=parent) if parent else None,
            duplicate_of=duplicates[0] if duplicates else None,
            relates_to=tuple(ref for _, ref in self._links[id] if ref not in duplicates[:1]),
            dependents=tuple(tickets_in(body or "")),
            due_at=fields.time("due_date"),
            resolved_at=fields.time("resolved"),
            created_at=fields.time("created"),
            updated_at=fields.time("updated"),
            extra=fields.rest(),
        )

    def comment(self, fields: Fields) -> Iterator[Record]:
        """Yield a comment."""
        fields.skip(*_SYNC)
        author = self._person(fields, "author_id")
        about = Ref(kind="Issue", id=str(fields.need("issue_id")))
        public = fields.flag("is_public")
        fields.repeats("update_author_id", author.id if author else None)
        yield Message(
            source=self._source,
            id=str(fields.need("id")),
            form="comment",
            channel="web",
            author=author or Person(kind="agent", name="unknown"),
            occurred_at=fields.time("created"),  # pyright: ignore[reportArgumentType]
            updated_at=fields.time("updated"),
            visibility=Visibility.EXTERNAL if public else Visibility.INTERNAL,
            about=(about,),
            text=fields.text("body") or "",
            extra=fields.rest(),
        )

    def change(self, fields: Fields) -> Iterator[Record]:
        """Yield how one field of an issue changed; the table does not say what was before."""
        fields.skip(*_SYNC, "is_active")
        name = str(fields.need("field_id"))
        value = fields.text("value")
        when = fields.time("time")
        assignee = None
        found: list[FieldChange] = []
        if name == "assignee":
            known = self._names["user"].get(value or "")
            assignee = Person(id=value, kind="agent", name=known) if value else None
        elif name == "status":
            found.append(FieldChange(field="status", new=self._called("status", value)))
            meant = self._classes.get(value or "")
            found.append(FieldChange(field="status_class", new=meant))
        elif name in _LOOKED_UP:
            field = _LOOKED_UP[name]
            found.append(FieldChange(field=field, new=self._called(field, value)))
        elif name in _FIELDS:
            found.append(FieldChange(field=_FIELDS[name], new=value))
        else:
            found.append(FieldChange(field="extra", new={name: value}))
        yield IssueChange(
            source=self._source,
            id=str(fields.need("issue_id")),
            changed_at=when,  # pyright: ignore[reportArgumentType]
            changes=tuple(found),
            assignee=assignee,
            unassigned=name == "assignee" and not value,
            author=self._person(fields, "author_id"),
        )

    def _called(self, table: str, id: str | None) -> str | None:
        return self._names[table].get(id, id) if id else None

    def _person(self, fields: Fields, name: str) -> Person | None:
        id = fields.text(name)
        return Person(id=id, kind="agent", name=self._names["user"].get(id)) if id else None
