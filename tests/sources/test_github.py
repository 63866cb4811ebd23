"""GitHub's issues, comments, events and webhooks as records."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import (
    Issue,
    IssueChange,
    Message,
    Record,
    Ref,
    StatusClass,
    Visibility,
)

ISSUE: dict[str, Any] = {
    "url": "https://api.github.com/repos/acme/shop/issues/7", "html_url": "https://github.com/acme/shop/issues/7",
    "id": 700, "number": 7, "title": "Card declined", "state": "closed", "state_reason": "not_planned",
    "body": "See https://acme.zendesk.com/agent/tickets/35436 and ZD-12, Zendesk #99 and #35437.",
    "user": {"login": "ada", "id": 1, "type": "User"}, "author_association": "NONE",
    "labels": [{"name": "bug"}, {"name": "area:payments"}], "assignees": [{"login": "kim", "id": 2}],
    "milestone": {"title": "4.18"}, "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z",
    "reactions": {"+1": 3},
}  # fmt: skip


def read(*payloads: Any) -> list[Any]:
    return list(sources.github(list(payloads)))


def event(what: str, hour: int, **detail: Any) -> dict[str, Any]:
    url = "https://api.github.com/repos/acme/shop/issues/7"
    return {"id": hour, "event": what, "created_at": f"2026-03-01T{hour:02}:00:00Z", "issue_url": url,
            "actor": {"login": "kim", "id": 2}, **detail}  # fmt: skip


def test_an_issue_keeps_its_number_its_state_and_what_has_no_place() -> None:
    (issue,) = read(ISSUE)
    assert isinstance(issue, Issue)
    assert list(issue.keys()) == ["github:700", "github:acme/shop#7"]
    assert (issue.status, issue.status_class) == ("not_planned", StatusClass.CANCELED)
    assert issue.fixed_in == ("4.18",)
    assert issue.parts == (Ref(kind="Part", id="payments"),)
    assert issue.extra["reactions"] == {"+1": 3}
    assert issue.visibility is Visibility.INTERNAL


def test_tickets_that_the_text_names_wait_for_the_issue() -> None:
    (issue,) = read(ISSUE)
    assert [ref.id for ref in issue.dependents] == ["35436", "12", "99", "35437"]
    assert {ref.source for ref in issue.dependents} == {"zendesk"}


@pytest.mark.parametrize(("association", "kind"), [("NONE", "customer"), ("MEMBER", "agent")])
def test_who_is_not_of_the_team_is_a_participant_from_outside(association: str, kind: str) -> None:
    (issue,) = read({**ISSUE, "author_association": association})
    assert issue.requester.kind == kind


def test_labels_add_up_over_events() -> None:
    labeled = [event("labeled", 1, label={"name": "bug"}), event("labeled", 2, label={"name": "p1"}),
               event("unlabeled", 3, label={"name": "bug"})]  # fmt: skip
    changes = [one.changes[0].new for one in read(*labeled) if isinstance(one, IssueChange)]
    assert changes == [["bug"], ["bug", "p1"], ["p1"]]


def test_events_close_reopen_and_assign() -> None:
    closed, reopened, assigned = read(
        event("closed", 1), event("reopened", 2), event("assigned", 3, assignee={"login": "kim", "id": 2})
    )  # fmt: skip
    assert [c.new for c in closed.changes] == ["completed", StatusClass.RESOLVED]
    assert [c.new for c in reopened.changes] == ["open", StatusClass.NEW]
    assert assigned.assignee.id == "2"
    assert closed.id == "acme/shop#7"


def test_a_comment_is_about_its_issue() -> None:
    comment = {
        "id": 5, "issue_url": ISSUE["url"], "body": "fixed", "user": {"login": "kim", "id": 2},
        "author_association": "MEMBER", "created_at": "2026-03-02T10:00:00Z",
    }  # fmt: skip
    (message,) = read(comment)
    assert isinstance(message, Message)
    assert message.about == (Ref(kind="Issue", id="acme/shop#7"),)
    assert message.visibility is Visibility.INTERNAL


def test_real_events_and_webhooks_are_read_without_an_error(payloads: Path) -> None:
    found = list(sources.github(payloads / "github" / "github_events.json"))
    assert len(found) == 200
    bodies = sorted((payloads / "github").glob("*payload.json"))
    for body in bodies:
        found += sources.github.event(body.read_bytes())
    assert not [one for one in found if isinstance(one, RecordError)]


def test_every_value_of_a_real_webhook_issue_is_in_the_record(payloads: Path) -> None:
    """But for addresses and ids that follow from the others, and what draws a person or a label."""
    body = json.loads((payloads / "github" / "labeled.payload.json").read_bytes())
    said = json.dumps(
        [
            one.model_dump(mode="json")
            for one in sources.github.event(body)
            if isinstance(one, Record)
        ]
    )
    issue = body["issue"]
    for name in ("id", "number", "title", "body", "locked"):
        assert str(issue[name]).lower() in said.lower() or not issue[name]
    assert issue["user"]["login"] in said
    assert all(label["name"] in said for label in issue["labels"])


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({})
)


@given(name=st.sampled_from(sorted(ISSUE)), value=leaves, drop=st.booleans())
def test_a_field_that_is_missing_or_something_else_gives_records_or_errors(
    *, name: str, value: Any, drop: bool
) -> None:
    payload = {key: one for key, one in ISSUE.items() if key != name}
    if not drop:
        payload[name] = value
    assert all(isinstance(one, Record | RecordError) for one in read(payload))


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"{}", b'{"action":"opened"}', b'{"issue":7}'])
def test_a_body_that_is_no_event_is_one_clear_error(body: bytes) -> None:
    read_body: Callable[[], list[Any]] = lambda: list(sources.github.event(body))  # noqa: E731
    if body in (b"", b"{"):
        with pytest.raises(InputError):
            read_body()
    else:
        assert [type(one) for one in read_body()] == [RecordError]


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="nope"):
        sources.github([ISSUE], nope=1)  # pyright: ignore[reportCallIssue]
