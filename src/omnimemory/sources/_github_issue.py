"""GitHub's issues, comments and events, as its REST API gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypedDict

from omnimemory.errors import InputError
from omnimemory.model.records import (
    AuthorKind,
    Identifier,
    Issue,
    IssueChange,
    Message,
    Person,
    Record,
    Ref,
    StatusClass,
    Visibility,
)
from omnimemory.sources._changes import Delta
from omnimemory.sources._reading import Fields

_TEAM: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_PLACE: Final = re.compile(r"/repos/(?P<repository>[^/]+/[^/]+)/(?:issues|pulls)/(?P<number>\d+)")
_LINKS: Final = (
    "url repository_url labels_url comments_url events_url timeline_url node_id gravatar_id "
    "avatar_url followers_url following_url gists_url starred_url subscriptions_url "
    "organizations_url repos_url received_events_url site_admin user_view_type html_url"
).split()
"""Addresses and ids that follow from the others."""

TICKET: Final = (
    r"https?://[^\s/]+\.zendesk\.com/(?:agent/)?tickets/(\d+)"
    r"|\b(?:ZD-|zendesk:|Zendesk #|(?<=Zendesk )#)(\d+)"
    r"|(?<=\band )#(\d{4,})\b"
)
"""How a text names Zendesk tickets: by address, ``ZD-35436``, ``Zendesk #35436 and #35437``."""

_STATUS: Final[dict[str, StatusClass]] = {
    "completed": StatusClass.RESOLVED,
    "not_planned": StatusClass.CANCELED,
    "duplicate": StatusClass.CANCELED,
    "reopened": StatusClass.NEW,
}


class Options(TypedDict, total=False):
    """The options of the source.

    Attributes:
        name: What to call the source, where there is more than one GitHub.
        repository: ``owner/name`` of payloads that do not say it.
        ticket_pattern: How a text names the tickets that wait for an issue; the groups of
            this regular expression are their ids.
        ticket_source: Whose tickets those are; ``zendesk`` if left out.
        parts: Prefix of labels that name parts of the product; ``area:`` if left out.
        public: Whether the repository is public, where payloads do not say it.
    """

    name: str
    repository: str | None
    ticket_pattern: str
    ticket_source: str
    parts: str
    public: bool


class Reading:
    """How to read a GitHub: what was given, and what holds where nothing was.

    Raises:
        TypeError: There is no such option.
    """

    def __init__(self, given: Options) -> None:
        if unknown := sorted(set(given) - set(Options.__annotations__)):
            raise TypeError(
                f"no option {unknown[0]!r}; known: {', '.join(Options.__annotations__)}"
            )
        self.source = given.get("name", "github")
        self.repository = given.get("repository")
        self.tickets = re.compile(given.get("ticket_pattern", TICKET))
        self.ticket_source = given.get("ticket_source", "zendesk")
        self.parts = given.get("parts", "area:")
        self.public = given.get("public", False)

    def dependents(self, text: str) -> tuple[Ref, ...]:
        """Return the tickets that a text names, each once."""
        named = (one for match in self.tickets.finditer(text) for one in match.groups() if one)
        return tuple(
            Ref(kind="Ticket", source=self.ticket_source, id=id) for id in dict.fromkeys(named)
        )

    def visibility(self, *, private: bool | None) -> Visibility:
        """Return who may see what is said in a repository."""
        public = self.public if private is None else not private
        return Visibility.PUBLIC if public else Visibility.INTERNAL


def person(fields: Fields, association: str | None) -> Person:
    """Return a user; who is not of the team is a participant from outside."""
    fields.skip(*_LINKS)
    login = fields.text("login")
    kind: AuthorKind = "agent"
    if fields.text("type") == "Bot":
        kind = "bot"
    elif association is not None and association not in _TEAM:
        kind = "customer"
    handle = (Identifier(type="handle", namespace="github", value=login),) if login else ()
    return Person(id=str(fields.need("id")), kind=kind, name=login, identifiers=handle)


def place(url: str, options: Reading) -> tuple[str, str]:
    """Return the repository and the number of an issue, from its address.

    Raises:
        InputError: The address is of no issue.
    """
    found = _PLACE.search(url)
    if found is None:
        raise InputError(f"{url[:200]!r} is the address of no issue")
    return options.repository or found["repository"], found["number"]


def issue(fields: Fields, options: Reading, *, private: bool | None = None) -> Iterator[Record]:
    """Yield an issue; a pull request is one of that type."""
    address = fields.text("url") or fields.text("html_url") or ""
    number = str(fields.need("number"))
    repository = place(address, options)[0] if _PLACE.search(address) else options.repository
    fields.skip(*_LINKS, "comments", "closed_by", "score", "active_lock_reason")
    state, reason = fields.text("state"), fields.text("state_reason")
    is_open = state == "open"
    body = fields.text("body")
    labels = _labels(fields)
    assignees = fields.objects("assignees")
    fields.skip("assignee") if assignees else None
    first = assignees[0] if assignees else _maybe(fields, "assignee")
    pull = fields.take("pull_request") is not None
    level = options.visibility(private=private)
    yield Issue(
        source=options.source,
        id=str(fields.need("id")),
        number=f"{repository}#{number}" if repository else number,
        url=fields.peek("html_url") if isinstance(fields.peek("html_url"), str) else None,
        subject=fields.text("title") or "",
        description=body,
        status=reason if reason and not is_open else state,
        status_class=StatusClass.NEW
        if is_open
        else _STATUS.get(reason or "completed", StatusClass.RESOLVED),
        tags=labels,
        parts=tuple(
            Ref(kind="Part", id=label.removeprefix(options.parts))
            for label in labels
            if options.parts and label.startswith(options.parts)
        ),
        issue_type="pull_request" if pull else _type(fields),
        fixed_in=_milestone(fields),
        dependents=options.dependents(f"{fields.peek('title')}\n{body or ''}"),
        requester=_author(fields),
        assignee=person(first, None) if first is not None else None,
        resolved_at=fields.time("closed_at"),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        visibility=level if level is Visibility.PUBLIC else Visibility.INTERNAL,
        extra=fields.rest(),
    )


def _maybe(fields: Fields, name: str) -> Fields | None:
    return fields.object(name) if name in fields else None


def _author(fields: Fields) -> Person | None:
    association = fields.text("author_association")
    user = _maybe(fields, "user")
    return None if user is None else person(user, association)


def _type(fields: Fields) -> str | None:
    inner = _maybe(fields, "type")
    if inner is None:
        return None
    inner.skip("id", "node_id", "description", "color", "created_at", "updated_at", "is_enabled")
    return inner.text("name")


def _labels(fields: Fields) -> tuple[str, ...]:
    out: list[str] = []
    for label in fields.objects("labels"):
        label.skip(*_LINKS, "id", "color", "default", "description")
        out.append(str(label.need("name")))
    return tuple(out)


def _milestone(fields: Fields) -> tuple[str, ...]:
    inner = _maybe(fields, "milestone")
    return () if inner is None else (str(inner.need("title")),)


def comment(
    fields: Fields, options: Reading, *, about: str | None = None, private: bool | None = None
) -> Record:
    """Return a comment on an issue.

    Args:
        fields: The comment.
        options: How to read.
        about: The issue's id, where the payload that holds the comment gives it.
        private: Whether the repository is private, where the payload says it.
    """
    if about is None:
        repository, number = place(str(fields.need("issue_url")), options)
        about = f"{repository}#{number}"
    fields.skip(*_LINKS, "issue_url", "performed_via_github_app")
    author = _author(fields)
    address = fields.peek("html_url")
    return Message(
        source=options.source,
        id=str(fields.need("id")),
        url=address if isinstance(address, str) else None,
        form="comment",
        channel="web",
        author=author or Person(kind="system", name="ghost"),
        occurred_at=fields.time("created_at"),  # pyright: ignore[reportArgumentType]
        updated_at=fields.time("updated_at"),
        visibility=options.visibility(private=private),
        about=(Ref(kind="Issue", id=about),),
        text=fields.text("body") or "",
        extra=fields.rest(),
    )


class Events:
    """Issue events in order: what each changed, given those before it.

    Args:
        options: How to read.
    """

    def __init__(self, options: Reading) -> None:
        self._options = options
        self._labels: dict[str, tuple[str, ...]] = {}

    def records(self, fields: Fields) -> Iterator[Record]:
        """Yield what one event says, and the issue as it is, where the event carries it."""
        whole = _maybe(fields, "issue")
        if whole is not None:
            repository, number = place(str(whole.peek("url") or ""), self._options)
            yield from issue(whole, self._options)
        else:
            address = str(fields.peek("issue_url") or fields.peek("url") or "")
            repository, number = place(address, self._options)
        id = f"{repository}#{number}"
        fields.skip("id", *_LINKS, "issue_url")
        what = str(fields.need("event"))
        actor = _maybe(fields, "actor")
        to = _maybe(fields, "assignee") if what in ("assigned", "unassigned") else None
        fields.skip("assigner")
        delta = Delta()
        self._change(what, id, fields, delta)
        yield IssueChange(
            source=self._options.source,
            id=id,
            changed_at=fields.time("created_at"),  # pyright: ignore[reportArgumentType]
            changes=delta.changes(),
            assignee=person(to, None) if to is not None and what == "assigned" else None,
            unassigned=what == "unassigned",
            author=person(actor, None) if actor is not None else None,
            extra={f"event {what}": rest} if (rest := fields.rest()) else {},
        )

    def _change(self, what: str, id: str, fields: Fields, delta: Delta) -> None:
        """Say what an event changed; what changes nothing here is kept by its name."""
        match what:
            case "closed":
                reason = fields.text("state_reason") or "completed"
                delta.set("status", "open", reason)
                known = _STATUS.get(reason, StatusClass.RESOLVED)
                delta.set("status_class", StatusClass.NEW, known)
            case "reopened":
                delta.set("status", "closed", "open")
                delta.set("status_class", StatusClass.RESOLVED, StatusClass.NEW)
            case "labeled" | "unlabeled":
                self._label(what, id, fields, delta)
            case "milestoned":
                delta.set("fixed_in", None, list(_milestone(fields)))
            case "demilestoned":
                delta.set("fixed_in", list(_milestone(fields)), None)
            case "renamed":
                rename = fields.object("rename")
                delta.set("subject", rename.text("from"), rename.text("to"))
            case "assigned" | "unassigned":
                pass
            case _:
                delta.nest("extra", f"event {what}", None, True)

    def _label(self, what: str, id: str, fields: Fields, delta: Delta) -> None:
        label = fields.object("label")
        label.skip("color")
        name = str(label.need("name"))
        old = self._labels.get(id, ())
        rest = tuple(one for one in old if one != name)
        new = (*rest, name) if what == "labeled" else rest
        self._labels[id] = new
        delta.set("tags", list(old), list(new))
