"""How observations add up: the laws of `omnimemory.ingest.fold`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from omnimemory.ingest.drafts import EdgeDraft, NodeDraft
from omnimemory.ingest.fold import fold_edges, fold_node
from omnimemory.model.facts import OBSERVED, Node
from omnimemory.model.time import FOREVER

ID = "ticket:t:1"


def say(at: int, start: int = 0, fields: dict[str, Any] | None = None, **more: Any) -> NodeDraft:
    return NodeDraft(
        id=ID,
        kind="Ticket",
        at=at,
        start=start,
        fields=(fields or {}) | more,
        state=frozenset({"status"}),
    )


def at(versions: list[Node], when: int) -> dict[str, Any]:
    for version in versions:
        if version.span.valid_from <= when < version.span.valid_to:
            return {name: value for name, value in version.props.items() if name != OBSERVED}
    return {}


observations = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(["status", "subject", "custom"]), st.integers()),
    max_size=12,
    unique_by=lambda one: one[:2],
).map(
    lambda many: [
        say(when, fields={name: {"plan": value} if name == "custom" else value})
        for when, name, value in many
    ]
)


@given(observations.flatmap(lambda many: st.tuples(st.just(many), st.permutations(many))))
def test_the_order_of_arrival_does_not_matter(
    both: tuple[list[NodeDraft], list[NodeDraft]],
) -> None:
    straight, shuffled = both
    if not straight:
        return
    assert fold_node([], straight) == fold_node([], shuffled)


@given(observations, st.integers(0, 12))
def test_two_batches_come_to_the_same_as_one(many: list[NodeDraft], cut: int) -> None:
    first, second = many[:cut], many[cut:]
    if not first or not second:
        return
    assert fold_node(fold_node([], first), second) == fold_node([], many)


@given(observations)
def test_saying_it_again_changes_nothing(many: list[NodeDraft]) -> None:
    if many:
        once = fold_node([], many)
        assert fold_node(once, many) == once


@given(observations)
def test_versions_follow_one_another_without_gap_or_overlap(many: list[NodeDraft]) -> None:
    if many:
        versions = fold_node([], many)
        assert versions[0].span.valid_from == 0
        assert versions[-1].span.valid_to == FOREVER
        assert all(a.span.valid_to == b.span.valid_from for a, b in pairwise(versions))


@given(observations, st.integers(1, 30))
def test_the_latest_observation_holds_at_every_time(many: list[NodeDraft], when: int) -> None:
    if not many:
        return
    seen = sorted((one for one in many if "status" in one.fields), key=lambda one: one.at)
    wanted = [one.fields["status"] for one in seen if one.at <= when]
    assert at(fold_node([], many), when).get("status") == (wanted[-1] if wanted else None)


def test_a_ticket_seen_closed_before_it_was_seen_opened_has_both_states() -> None:
    closed = say(50, start=10, subject="Refund", status="closed")
    opened = say(10, start=10, subject="Refund", status="open")
    versions = fold_node(fold_node([], [closed]), [opened])
    assert at(versions, 20) == {"subject": "Refund", "status": "open"}
    assert at(versions, 60)["status"] == "closed"


def test_a_status_is_not_back_dated_and_a_subject_is() -> None:
    versions = fold_node([], [say(50, start=10, subject="Refund", status="closed")])
    assert at(versions, 20) == {"subject": "Refund"}


def test_a_late_change_alters_what_was_carried_and_not_what_was_seen() -> None:
    versions = fold_node([], [say(10, status="new", team="a"), say(30, status="open")])
    late = fold_node(versions, [say(20, status="pending", team="b")])
    assert at(late, 25) == {"status": "pending", "team": "b"}
    assert at(late, 35) == {"status": "open", "team": "b"}


def test_a_change_tells_what_was_before_it() -> None:
    change = NodeDraft(
        id=ID, kind="Ticket", at=20, start=20, fields={"status": "open"}, before={"status": "new"}
    )
    versions = fold_node([], [say(40, start=5, status="open"), change])
    assert [at(versions, when).get("status") for when in (6, 20, 50)] == ["new", "open", "open"]


@pytest.mark.parametrize("undated_first", [True, False])
def test_an_unknown_start_gives_way_to_a_known_one(*, undated_first: bool) -> None:
    drafts = [say(0, start=0, subject="old", team="a"), say(40, start=30, subject="new")]
    versions: list[Node] = []
    for draft in drafts if undated_first else drafts[::-1]:
        versions = fold_node(versions, [draft])
    assert versions[0].span.valid_from == 30
    assert at(versions, 45) == {"subject": "new", "team": "a"}


def test_a_redaction_leaves_the_text_in_no_version() -> None:
    first = say(10, subject="secret", text="secret")
    redacted = NodeDraft(id=ID, kind="Ticket", at=30, start=10, redacted=True)
    versions = fold_node(fold_node([], [first]), [redacted])
    assert all("secret" not in str(version.props) for version in versions)


def test_a_deletion_at_the_source_ends_the_node() -> None:
    gone = NodeDraft(id=ID, kind="Ticket", at=30, start=0, ended=30)
    versions = fold_node(fold_node([], [say(10, subject="x")]), [gone])
    assert at(versions, 29)
    assert not at(versions, 30)


def assigned(when: int, to: str | None) -> EdgeDraft:
    return EdgeDraft(
        kind="ASSIGNED_TO", source=ID, target=to, target_kind="Agent", at=when, single=True
    )


steps = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["agent:t:a", "agent:t:b", None])),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[0],
)


@given(steps)
def test_an_edge_with_one_target_has_one_at_every_time(many: list[tuple[int, str | None]]) -> None:
    edges = fold_edges([], [assigned(when, to) for when, to in many])
    for when in range(31):
        holding = [e.target for e in edges if e.span.valid_from <= when < e.span.valid_to]
        wanted = [to for at, to in sorted(many, key=lambda one: one[0]) if at <= when]
        assert holding == ([wanted[-1]] if wanted and wanted[-1] else [])


def ends_of_what_is_known(many: list[tuple[int, str | None]]) -> bool:
    targets = [None, *(to for _, to in sorted(many, key=lambda one: one[0]))]
    return all(to is not None or before is not None for before, to in pairwise(targets))


@given(steps, st.integers(0, 8))
def test_edges_in_two_batches_come_to_the_same_as_in_one(
    many: list[tuple[int, str | None]], cut: int
) -> None:
    """An end is remembered once its beginning is known; before that there is nothing to end."""
    assume(ends_of_what_is_known(many[:cut]))
    drafts = [assigned(when, to) for when, to in many]
    first, second = drafts[:cut], drafts[cut:]
    if first and second:
        assert fold_edges(fold_edges([], first), second) == fold_edges([], drafts)
