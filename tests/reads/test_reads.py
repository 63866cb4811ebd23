"""Customers, timelines, lists and history: the laws of `omnimemory.reads` on every store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from omnimemory.errors import AmbiguousError, InputError, NotFoundError
from omnimemory.ingest.pipeline import ingest
from omnimemory.model.commerce import Order
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import (
    Account,
    Contact,
    FieldChange,
    Issue,
    Message,
    Note,
    Person,
    Record,
    Ref,
    Statement,
    StatusClass,
    Ticket,
    TicketChange,
    UsageEvent,
)
from omnimemory.model.time import AsOf, micros
from omnimemory.reads.customers import Customer, find_account, find_customer, list_customers
from omnimemory.reads.items import find_item, history
from omnimemory.reads.lists import list_items
from omnimemory.reads.page import Page
from omnimemory.reads.timeline import Entry, timeline
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.registry import open_store

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
DANA = Person(email="dana@example.org", name="Dana")
KIM = Person(kind="agent", id="kim", name="Kim")
KINDS = Kinds()
KINDS.register(Order)


@pytest.fixture(params=["sqlite", "networkx"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    url = f"sqlite:///{tmp_path}/memory.db" if request.param == "sqlite" else "networkx://"
    with open_store(url) as opened:
        yield opened


def take(store: GraphStore, *records: Record) -> GraphView:
    report = ingest(store, "acme", records, kinds=KINDS)
    assert not report.errors
    return store.view("acme")


def after(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def message(id: str, minutes: float, author: Person = DANA, **fields: Any) -> Message:
    given: dict[str, Any] = {"source": "mbox", "to": (KIM if author == DANA else DANA,)}
    given |= {"channel": "email", "text": f"text {id}", "occurred_at": after(minutes), **fields}
    return Message(id=id, author=author, **given)


def company() -> list[Record]:
    ticket = Ref(kind="Ticket", source="zendesk", id="1")
    return [
        Account(source="crm", id="a1", name="Initech", domains=("initech.example",)),
        Contact(source="crm", id="7", person=DANA, accounts=(Ref(kind="Account", id="a1"),)),
        message("m1", 0),
        message("m2", 5, KIM, channel="chat"),
        Note(source="mbox", id="n1", author=KIM, text="careful", occurred_at=after(6), about=(ticket,), to=(DANA,)),
        Ticket(
            source="zendesk", id="1", number="35436", subject="Refund", status="open", status_class=StatusClass.IN_PROGRESS,
            requester=DANA, created_at=after(1), updated_at=after(2), depends_on=(Ref(kind="Issue", source="jira", id="PAY-1"),),
        ),
        Ticket(
            source="zendesk", id="2", number="35400", subject="Old", status="solved", status_class=StatusClass.RESOLVED,
            requester=DANA, created_at=after(-90),
        ),
        Issue(source="jira", id="9", number="PAY-1", subject="Double charge", status_class=StatusClass.IN_PROGRESS, created_at=after(-9)),
        UsageEvent(source="crm", id="e1", name="pay", occurred_at=after(3), user=DANA, error="E4012"),
        Statement(source="crm", id="s1", form="commitment", text="refund by friday", customer=DANA, author=KIM, occurred_at=after(7)),
        Order(source="shop", id="o1", number="INV-1", customer=DANA, created_at=after(-5)),
    ]  # fmt: skip


def look(view: GraphView, name: str = "dana@example.org", **options: Any) -> Page[Entry]:
    given: dict[str, Any] = {"only": None, "channels": None, "since": None, "until": None}
    given |= {"limit": 50, "after": None, "audience": "internal", **options}
    return timeline(view, find_customer(view, name), kinds=KINDS, **given)


@pytest.mark.parametrize(
    "name",
    ["email:dana@example.org", "Dana@Example.org", "crm:7", "identity:crm:7", "identity:mbox:dana@example.org"],
)  # fmt: skip
def test_any_identifier_leads_to_the_customer(store: GraphStore, name: str) -> None:
    found = find_customer(take(store, *company()), name)
    assert found.name == "Dana"
    assert found.accounts == (("account:crm:a1", "Initech"),)
    assert find_customer(store.view("acme"), found.id) == found


def test_a_near_miss_names_the_nearest(store: GraphStore) -> None:
    view = take(store, *company())
    with pytest.raises(NotFoundError, match=r"nearest: 'email:dana@example.org'") as caught:
        find_customer(view, "dan@example.org")
    assert caught.value.nearest == ("email:dana@example.org",)


def test_a_shared_role_address_names_the_choices(store: GraphStore) -> None:
    info = "info@example.org"
    both = [Contact(source="crm", id=id, person=Person(email=info)) for id in "12"]
    with pytest.raises(AmbiguousError) as caught:
        find_customer(take(store, *both), info)
    assert caught.value.choices == ("customer:crm:1", "customer:crm:2")


def test_a_tenant_that_does_not_exist_is_empty(store: GraphStore) -> None:
    with pytest.raises(NotFoundError):
        find_customer(store.view("nobody"), "dana@example.org")
    assert list(list_customers(store.view("nobody"), account=None, after=None, limit=5)) == []


def test_the_id_of_a_merged_customer_leads_to_the_one_that_stays(store: GraphStore) -> None:
    take(store, message("m1", 0))
    take(store, Contact(source="calls", id="9", person=Person(phone="+4915123125123")))
    old = find_customer(store.view("acme"), "calls:9").id
    both = Person(email="dana@example.org", phone="+4915123125123")
    view = take(store, Contact(source="crm", id="3", person=both))
    assert find_customer(view, old).id == find_customer(view, "dana@example.org").id != old


def test_pages_of_customers_hold_everyone_once(store: GraphStore) -> None:
    people = [Contact(source="crm", id=f"{n:02}", person=Person(name=f"P{n}")) for n in range(11)]
    view = take(store, *people)
    seen: list[Customer] = []
    cursor: str | None = None
    while True:
        page = list_customers(view, account=None, after=cursor, limit=3)
        seen += page
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(one.name for one in seen) == sorted(f"P{n}" for n in range(11))


@pytest.mark.parametrize(
    "account", ["initech", "Initech", "initech.example", "crm:a1", "account:crm:a1"]
)
def test_customers_of_an_account_are_found_by_any_name_of_it(
    store: GraphStore, account: str
) -> None:
    view = take(store, *company(), Contact(source="crm", id="8", person=Person(name="Other")))
    found = list_customers(view, account=account, after=None, limit=10)
    assert [one.name for one in found] == ["Dana"]
    assert find_account(view, account).props["name"] == "Initech"


def test_an_account_that_does_not_exist_is_named_with_the_nearest(store: GraphStore) -> None:
    view = take(store, *company())
    with pytest.raises(NotFoundError, match="name:initech"):
        list_customers(view, account="initec", after=None, limit=10)


def test_a_timeline_holds_every_channel_newest_first(store: GraphStore) -> None:
    entries = look(take(store, *company()))
    assert [entry.id for entry in entries] == [
        "statement:crm:s1", "interaction:mbox:n1", "interaction:mbox:m2",
        "usage:crm:dana@example.org/pay/2026-03-01", "ticket:zendesk:1", "interaction:mbox:m1",
        "order:shop:o1", "ticket:zendesk:2",
    ]  # fmt: skip
    assert (entries[2].author, entries[2].channel, entries[2].direction) == (
        "Kim",
        "chat",
        "outbound",
    )


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"channels": ["chat"]}, ["interaction:mbox:m2"]),
        ({"only": ["Ticket"]}, ["ticket:zendesk:1", "ticket:zendesk:2"]),
        ({"since": micros(after(7))}, ["statement:crm:s1"]),
        ({"until": micros(after(-9))}, ["ticket:zendesk:2"]),
        ({"limit": 1}, ["statement:crm:s1"]),
    ],
)
def test_a_timeline_keeps_to_its_filters(
    store: GraphStore, options: dict[str, Any], ids: list[str]
) -> None:
    assert [entry.id for entry in look(take(store, *company()), **options)] == ids


def test_a_customer_facing_audience_sees_no_internal_note(store: GraphStore) -> None:
    ids = [entry.id for entry in look(take(store, *company()), audience="customer")]
    assert "interaction:mbox:m1" in ids
    assert "interaction:mbox:n1" not in ids
    assert not [id for id in ids if id.startswith("usage:")]


@given(st.lists(st.integers(0, 4), max_size=25), st.integers(1, 7))
def test_pages_of_a_timeline_hold_everything_once_in_order(times: list[int], limit: int) -> None:
    with open_store("networkx://") as store:
        messages = [message(f"m{n:02}", at, sequence=n % 3) for n, at in enumerate(times)]
        view = take(store, Contact(source="crm", id="7", person=DANA), *messages)
        whole = [entry.id for entry in look(view, limit=100)]
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = look(view, limit=limit, after=cursor)
            assert len(page) <= limit
            seen += [entry.id for entry in page]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == whole
        assert len(set(whole)) == len(times)
        order = {one.id: (one.occurred_at, one.sequence, one.id) for one in messages}
        assert whole == [
            f"interaction:mbox:{id}" for id in sorted(order, key=order.__getitem__, reverse=True)
        ]


@pytest.mark.parametrize("cursor", ["x", "", "12 13 x", "\0"])
def test_what_is_no_cursor_is_refused(store: GraphStore, cursor: str) -> None:
    view = take(store, *company())
    if cursor == "12 13 x":
        assert list(look(view, after=cursor)) == []
    else:
        with pytest.raises(InputError, match="no cursor"):
            look(view, after=cursor)


@pytest.mark.parametrize("limit", [0, -1, True, 2.5])
def test_a_limit_that_makes_no_sense_is_refused(store: GraphStore, limit: Any) -> None:
    with pytest.raises(InputError, match="limit"):
        look(take(store, *company()), limit=limit)


def test_as_of_hides_what_had_not_happened(store: GraphStore) -> None:
    take(store, *company())
    then = store.view("acme", AsOf(valid=micros(after(0))))
    assert [entry.id for entry in look(then)] == [
        "interaction:mbox:m1", "order:shop:o1", "ticket:zendesk:2"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["zendesk:1", "zendesk:35436", "ticket:zendesk:1"])
def test_a_ticket_is_found_by_id_and_by_the_number_people_say(store: GraphStore, name: str) -> None:
    found = find_item(take(store, *company()), name, "Ticket", KINDS.title_fields)
    assert (found.title, found["status"], found.is_open) == ("Refund", "open", True)
    assert str(found).startswith("[zendesk:ticket:1] Refund")


def test_a_ticket_that_does_not_exist_is_named_with_the_nearest(store: GraphStore) -> None:
    view = take(store, *company())
    with pytest.raises(NotFoundError, match="zendesk:35436"):
        find_item(view, "zendesk:35439", "Ticket", KINDS.title_fields)


def test_history_has_every_version_with_both_times(store: GraphStore) -> None:
    take(store, *company())
    change = TicketChange(
        source="zendesk", id="1", changed_at=after(30), changes=(FieldChange(field="status", old="open", new="solved"),),
    )  # fmt: skip
    view = take(store, change)
    statuses = [
        (v.props.get("status"), v.valid_from, v.valid_to, v.is_known)
        for v in history(view, "ticket:zendesk:1")
        if v.props
    ]
    known = [one[:3] for one in statuses if one[3]]
    assert known[-2:] == [("open", after(2), after(30)), ("solved", after(30), None)]
    assert ("open", after(2), None, False) in statuses
    assert "solved" in repr(history(view, "ticket:zendesk:1"))


def test_history_of_what_was_never_known_is_an_error(store: GraphStore) -> None:
    with pytest.raises(NotFoundError):
        history(take(store, *company()), "ticket:zendesk:99")


@pytest.mark.parametrize(
    ("kind", "options", "ids"),
    [
        ("Ticket", {}, ["ticket:zendesk:1", "ticket:zendesk:2"]),
        ("Ticket", {"is_open": True}, ["ticket:zendesk:1"]),
        ("Ticket", {"is_open": False}, ["ticket:zendesk:2"]),
        ("Issue", {}, ["issue:jira:9"]),
        ("Usage", {}, ["usage:crm:dana@example.org/pay/2026-03-01"]),
        ("Usage", {"audience": "customer"}, []),
        ("Statement", {"form": "commitment"}, ["statement:crm:s1"]),
        ("Statement", {"form": "decision"}, []),
        ("Order", {}, ["order:shop:o1"]),
    ],
)
@pytest.mark.parametrize("whose", ["customer", "tenant"])
def test_lists_keep_to_their_filters(
    store: GraphStore, kind: str, options: dict[str, Any], ids: list[str], whose: str
) -> None:
    view = take(store, *company())
    customer = find_customer(view, "dana@example.org") if whose == "customer" else None
    found = list_items(view, kind, customer=customer, kinds=KINDS, **options)
    assert sorted(item.id for item in found) == ids
