"""Records in, facts out: the laws of `omnimemory.ingest.pipeline` on every store."""

from __future__ import annotations

import threading
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from omnimemory.model.records import (
    Contact,
    FieldChange,
    Identifier,
    Issue,
    IssueChange,
    Person,
    Record,
    Ref,
    TicketChange,
)
from omnimemory.model.time import AsOf, micros
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from tests.ingest.taking import DANA, KIM, T0, message, node, take, ticket, used


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
