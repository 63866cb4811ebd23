"""Records that cannot be used: each is refused by name, and the others are taken in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omnimemory.errors import InputError, RecordError
from omnimemory.ingest.pipeline import ingest
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import (
    Ref,
    Ticket,
)
from omnimemory.store.base import GraphStore
from tests.ingest.taking import T0, message, node, take, ticket


def test_a_bad_record_does_not_stop_the_good_ones(store: GraphStore) -> None:
    bad = {"type": "message", "source": "mbox", "id": "x", "author": {"kind": "martian"}}
    report = take(store, message("m1"), bad, 7, {"type": "nonsense"}, message("m2"))
    assert report.records["message"] == 2
    assert report.failed == 3
    assert len(report.errors) >= 4
    paths = {error.path for error in report.errors if error.source == "mbox"}
    assert ("author", "kind") in paths
    assert ("occurred_at",) in paths


def nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "7\x03", "type": "ticket", "subject": "Refund", "status": "open"},
        {"id": "7\x03", "type": "account", "name": "Initech"},
        {"id": "7", "type": "account", "name": "Initech", "domains": ["init\x01ech.com"]},
        {"id": "7", "type": "issue", "number": "A\x01-1", "title": "Refund", "status": "open"},
        {"author": {"id": "da\x05na"}},
        {"about": [{"kind": "Ticket", "id": "7\x04"}]},
        {"custom": {"photo": b"\xff\xd8"}},
        {"custom": {"tree": nested(10_000)}},
    ],
    ids=["ticket", "account", "domain", "number", "author", "about", "bytes", "depth"],
)
def test_what_no_store_can_keep_is_refused_alone(store: GraphStore, bad: dict[str, Any]) -> None:
    """In the middle of a batch it is named, and the others are taken in."""
    given: dict[str, Any] = {**message("bad").model_dump(), **bad}
    if "type" in bad:
        given = {"source": "zendesk", **bad}
    report = take(store, message("m1"), given, message("m2"))
    assert (report.records["message"], report.failed) == (2, 1)
    (error,) = report.errors
    assert (error.source, error.where) in {(given["source"], given["id"]), ("mbox", "[1]")}
    kept = [one.id for one in store.view("acme").find(kind="Interaction")]
    assert kept == ["interaction:mbox:m1", "interaction:mbox:m2"]
    assert not store.view("acme").nodes(["ticket:zendesk:7%03", "account:zendesk:7"])
    with pytest.raises(ExceptionGroup, match="cannot be used"):
        take(store, given, strict=True)


@pytest.mark.parametrize("hours", [0, -1, -24 * 365])
def test_what_was_deleted_before_it_began_stops_nothing(store: GraphStore, hours: int) -> None:
    """Sources' clocks differ: it held for an instant, whichever record came first."""
    gone: dict[str, Any] = {"deleted_at": T0 + timedelta(hours=hours)}
    deleted = Ticket(source="zendesk", id="2", subject="Refund", status="open", **gone)
    report = take(
        store, ticket("open", 0, **gone), message("m1", deleted_at=T0 - timedelta(days=1)), deleted
    )
    assert not report.failed
    take(store, deleted.model_copy(update={"created_at": T0}))
    for id in ("ticket:zendesk:1", "ticket:zendesk:2", "interaction:mbox:m1"):
        assert not store.view("acme").nodes([id])
        assert store.view("acme").versions([id])


def test_strict_raises_all_errors_and_writes_nothing(store: GraphStore) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        take(store, message("m1"), {"type": "ticket", "source": "Z!", "id": ""}, strict=True)
    assert all(isinstance(error, RecordError) for error in caught.value.exceptions)
    assert store.view("acme").revision == 0


def test_an_edge_that_the_model_does_not_allow_is_refused_with_its_record(
    store: GraphStore,
) -> None:
    report = take(store, message("m1", about=(Ref(kind="Usage", id="1"),)), message("m2"))
    assert report.failed == 1
    assert "ABOUT" in report.errors[0].problem
    assert [one.id for one in store.view("acme").find(kind="Interaction")] == [
        "interaction:mbox:m2"
    ]


@pytest.mark.parametrize("given", ["export/", b"x", 7, None])
def test_what_is_no_record_is_one_clear_error(store: GraphStore, given: Any) -> None:
    with pytest.raises(InputError, match="expected records"):
        ingest(store, "acme", given, kinds=Kinds())


@pytest.mark.parametrize(
    "id", ["a:b/c", "with space", "tab\there", "100%", "ü/漢字", "x" * 1_000, "<a@b>"]
)
def test_any_id_keeps_its_record_apart(store: GraphStore, id: str) -> None:
    take(store, message(id), message(id + "2"))
    assert len(store.view("acme").find(kind="Interaction")) == 2


@pytest.mark.parametrize("id", ["", "x" * 5_000, "a\0b"])
def test_an_id_that_cannot_be_kept_is_refused(store: GraphStore, id: str) -> None:
    report = take(store, {**message("m").model_dump(), "id": id})
    assert report.errors[0].path == ("id",)


@pytest.mark.parametrize("text", ["a\0b", "lone \ud800 surrogate", "😀 four bytes", "\u202e"])
def test_any_text_is_kept_readable(store: GraphStore, text: str) -> None:
    report = take(store, {**message("m").model_dump(), "text": text})
    assert not report.failed
    kept = node(store, "interaction:mbox:m").props["text"]
    assert len(kept) == len(text)
    assert "\0" not in kept


def test_a_text_of_ten_megabytes_is_refused_by_its_field(store: GraphStore) -> None:
    report = take(store, {**ticket("open", 1).model_dump(), "description": "x" * 10_000_000})
    assert report.errors[0].path == ("description",)


def test_a_time_without_a_zone_is_refused_by_its_field(store: GraphStore) -> None:
    given = {**message("m").model_dump(), "occurred_at": "2026-03-01T09:00:00"}
    assert take(store, given).errors[0].path == ("occurred_at",)
