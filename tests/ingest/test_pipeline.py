"""Records in, facts out: the laws of `omnimemory.ingest.pipeline` on every store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from omnimemory.errors import InputError, RecordError
from omnimemory.ingest.pipeline import ingest
from omnimemory.ingest.report import Report
from omnimemory.model.facts import Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import (
    Contact,
    FieldChange,
    Identifier,
    Issue,
    IssueChange,
    Message,
    Person,
    Record,
    Ref,
    Ticket,
    TicketChange,
    UsageEvent,
)
from omnimemory.model.time import AsOf, micros
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
DANA = Person(email="dana@example.org", name="Dana")
KIM = Person(kind="agent", id="kim", name="Kim")


@pytest.fixture(params=["sqlite", "networkx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    url = f"sqlite:///{tmp_path}/memory.db" if request.param == "sqlite" else "networkx://"
    with open_store(url) as opened:
        yield opened


def take(store: GraphStore, *records: Any, **options: Any) -> Report:
    return ingest(store, "acme", list(records), kinds=Kinds(), **options)


def message(id: str, minutes: int = 0, author: Person = DANA, **fields: Any) -> Message:
    at = T0 + timedelta(minutes=minutes)
    given: dict[str, Any] = {"source": "mbox", "to": (KIM,), "conversation": "c1"}
    given |= {"text": f"text of {id}", "occurred_at": at, "author": author, **fields}
    return Message(id=id, **given)


def ticket(status: str, minutes: int, **fields: Any) -> Ticket:
    return Ticket(
        source="zendesk",
        id="1",
        subject="Refund",
        status=status,
        created_at=T0,
        updated_at=T0 + timedelta(minutes=minutes),
        **fields,
    )


def used(id: str, minutes: int, **fields: Any) -> UsageEvent:
    at = T0 + timedelta(minutes=minutes)
    given: dict[str, Any] = {"source": "segment", "user": Person(id="u1")} | fields
    return UsageEvent(id=id, name="checkout", occurred_at=at, **given)


def node(store: GraphStore, id: str, when: AsOf = AsOf()) -> Node:  # noqa: B008 - a frozen value
    (found,) = store.view("acme", when).nodes([id])
    return found


def customers(store: GraphStore) -> dict[str, set[str]]:
    view = store.view("acme")
    ids = [one.id for one in view.find(kind="Identity")]
    out: dict[str, set[str]] = {}
    for edge in view.edges(ids, kinds=["SAME_AS"]):
        out.setdefault(edge.target, set()).add(edge.source)
    return out


def everything() -> list[Record]:
    return [
        message("m1"),
        message("m2", 5, author=KIM, to=(DANA,)),
        ticket("open", 3, requester=Person(id="7", email="dana@example.org")),
        used("e1", 0),
        Issue(source="jira", id="9", number="PAY-1", subject="E4012"),
        Contact(
            source="crm", id="3", person=Person(email="Dana@Example.org", phone="+49 30 23125123")
        ),
    ]


def test_the_same_records_again_commit_nothing(store: GraphStore) -> None:
    assert take(store, *everything()).changed
    revision = store.view("acme").revision
    again = take(store, *everything())
    assert not again.changed
    assert again.records.total() == len(everything())
    assert store.view("acme").revision == revision


def test_batches_of_one_come_to_the_same_graph_as_one_batch(store: GraphStore) -> None:
    take(store, *everything())
    with open_store("networkx://") as other:
        take(other, *everything(), batch_records=1)
        ours, theirs = store.view("acme"), other.view("acme")
        for kind in ("Interaction", "Ticket", "Identity", "Usage", "Issue", "Conversation"):
            assert [(n.id, n.props, n.keys) for n in ours.find(kind=kind)] == [
                (n.id, n.props, n.keys) for n in theirs.find(kind=kind)
            ]


def test_identities_that_share_an_address_in_any_spelling_are_one_customer(
    store: GraphStore,
) -> None:
    take(store, *everything())
    assert {"identity:mbox:dana@example.org", "identity:zendesk:7", "identity:crm:3"} in list(
        customers(store).values()
    )


def test_a_role_address_joins_nobody(store: GraphStore) -> None:
    info = "info@example.org"
    take(
        store,
        Contact(source="crm", id="1", person=Person(email=info, name="A")),
        Contact(source="crm", id="2", person=Person(email=info, name="B")),
    )
    assert len(customers(store)) == 2


def test_an_unverified_identifier_joins_nobody(store: GraphStore) -> None:
    claim = Identifier(type="email", value="dana@example.org", verified=False)
    take(
        store,
        message("m1"),
        Contact(source="crm", id="2", person=Person(identifiers=(claim,), name="B")),
    )
    assert len(customers(store)) == 2


def test_a_record_that_links_two_customers_merges_them_and_the_old_id_leads_on(
    store: GraphStore,
) -> None:
    phone = "+49 151 23125123"
    take(store, message("m1"))
    take(store, Contact(source="calls", id="9", person=Person(phone=phone)))
    assert len(customers(store)) == 2
    report = take(
        store, Contact(source="crm", id="3", person=Person(email="dana@example.org", phone=phone))
    )
    assert report.identity["merged"] == 1
    ((kept, identities),) = customers(store).items()
    assert len(identities) == 3
    merged = store.view("acme").edges([kept], kinds=["MERGED_INTO"])
    assert [(edge.source, edge.target) for edge in merged] == [("customer:calls:9", kept)]


def test_before_a_merge_was_recorded_the_customers_are_two(store: GraphStore) -> None:
    take(
        store, message("m1"), Contact(source="calls", id="9", person=Person(phone="+4915123125123"))
    )
    before = store.view("acme").revision
    take(
        store,
        Contact(
            source="crm", id="3", person=Person(email="dana@example.org", phone="+4915123125123")
        ),
    )
    view = store.view("acme", AsOf(recorded=before))
    ids = [one.id for one in view.find(kind="Identity")]
    assert len({edge.target for edge in view.edges(ids, kinds=["SAME_AS"])}) == 2


def test_a_comment_before_its_ticket_leaves_a_stub_that_the_ticket_fills(
    store: GraphStore,
) -> None:
    take(store, message("m1", 10, source="zendesk", about=(Ref(kind="Ticket", id="1"),)))
    assert node(store, "ticket:zendesk:1").props == {}
    take(store, ticket("open", 30))
    assert node(store, "ticket:zendesk:1").props["status"] == "open"
    edges = store.view("acme").edges(["ticket:zendesk:1"], kinds=["ABOUT"])
    assert [edge.source for edge in edges] == ["interaction:zendesk:m1"]


@pytest.mark.parametrize("issue_first", [True, False])
def test_a_reference_by_number_finds_the_issue_whoever_comes_first(
    store: GraphStore, *, issue_first: bool
) -> None:
    records: list[Record] = [
        Issue(source="jira", id="10023", number="PAY-17", subject="Card declined"),
        ticket("open", 1, depends_on=(Ref(kind="Issue", source="jira", id="PAY-17"),)),
    ]
    for record in records if issue_first else records[::-1]:
        take(store, record)
    (edge,) = store.view("acme").edges(["ticket:zendesk:1"], kinds=["DEPENDS_ON"])
    assert node(store, edge.target).props["subject"] == "Card declined"
    assert len(store.view("acme").find(kind="Issue")) == 1


@pytest.mark.parametrize("issue_first", [True, False])
def test_a_change_by_number_reaches_the_issue_whoever_comes_first(
    store: GraphStore, *, issue_first: bool
) -> None:
    change = IssueChange(
        source="github",
        id="acme/shop#7",
        changed_at=T0,
        changes=(FieldChange(field="status", new="closed"),),
    )
    issue = Issue(source="github", id="700", number="acme/shop#7", subject="Card declined")
    for record in (issue, change) if issue_first else (change, issue):
        take(store, record)
    (found,) = store.view("acme").find(kind="Issue")
    assert (found.props["subject"], found.props["status"]) == ("Card declined", "closed")


def test_status_changes_in_any_order_give_the_ticket_as_it_was(store: GraphStore) -> None:
    change = TicketChange(
        source="zendesk",
        id="1",
        changed_at=T0 + timedelta(minutes=20),
        changes=(FieldChange(field="status", old="new", new="open"),),
    )
    take(store, ticket("solved", 60))
    take(store, change)
    statuses = [
        node(store, "ticket:zendesk:1", AsOf(valid=micros(T0 + timedelta(minutes=at)))).props[
            "status"
        ]
        for at in (10, 30, 70)
    ]
    assert statuses == ["new", "open", "solved"]


def test_a_usage_event_counts_once_however_often_it_is_sent(store: GraphStore) -> None:
    take(store, used("e1", 0), used("e2", 1, error="E4012"), used("e1", 0))
    take(store, used("e2", 1, error="E4012"), used("e3", 60))
    (usage,) = store.view("acme").find(kind="Usage")
    assert (usage.props["count"], usage.props["errors"]) == (3, 1)
    assert usage.props["last_error"] == "E4012"


def test_a_late_usage_event_lands_on_its_own_day(store: GraphStore) -> None:
    take(store, used("e1", 0))
    take(store, used("e0", -24 * 60))
    counted = store.view("acme").find(kind="Usage")
    assert sorted(one.props["day"] for one in counted) == ["2026-02-28", "2026-03-01"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5_000)), max_size=20), st.integers(1, 5)
)
def test_usage_adds_up_whatever_the_batches(events: list[tuple[int, int]], size: int) -> None:
    with open_store("networkx://") as store:
        unique = dict(events)
        records = [used(f"e{id}", unique[id]) for id, _ in events]
        take(store, *records, batch_records=size)
        counted = store.view("acme").find(kind="Usage")
        assert sum(one.props["count"] for one in counted) == len(unique)


def test_an_unknown_field_is_kept_and_named(store: GraphStore) -> None:
    report = take(store, message("m1", brand="north"))
    assert node(store, "interaction:mbox:m1").props["extra"] == {"brand": "north"}
    assert report.unplaced == {"mbox.message.brand": 1}


def test_a_redacted_text_is_in_no_version_and_the_links_stay(store: GraphStore) -> None:
    take(store, message("m1", text="my card is 4111"))
    take(store, message("m1", text="", redacted=True))
    facts = store.view("acme").versions(["interaction:mbox:m1"])
    assert "4111" not in str(facts)
    assert store.contains_bytes([b"my card is 4111"]) == []
    edges = store.view("acme").edges(["interaction:mbox:m1"])
    assert {edge.kind for edge in edges} == {"FROM", "TO", "PART_OF"}


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


def test_progress_counts_every_record(store: GraphStore) -> None:
    seen: list[int] = []
    take(store, *(message(f"m{n}") for n in range(5)), batch_records=2, on_progress=seen.append)
    assert seen == [2, 4, 5]


def test_writers_at_once_lose_nothing_and_make_no_customer_twice(store: GraphStore) -> None:
    def write(writer: int) -> None:
        for n in range(5):
            take(store, message(f"m{writer}-{n}", n))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.view("acme").find(kind="Interaction")) == 20
    assert len(customers(store)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)))
def test_the_order_of_records_does_not_change_who_is_who(order: list[int]) -> None:
    with open_store("networkx://") as store:
        records = everything()
        for position in order:
            take(store, records[position])
        assert {frozenset(ids) for ids in customers(store).values()} == {
            frozenset({"identity:mbox:dana@example.org", "identity:zendesk:7", "identity:crm:3"}),
            frozenset({"identity:segment:u1"}),
        }
