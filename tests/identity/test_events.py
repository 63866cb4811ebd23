"""Events: what was decided reaches whoever listens, once, after it was written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import omnimemory
from omnimemory.errors import InputError
from omnimemory.identity.decide import Event
from omnimemory.identity.facts import merged_into
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.neighbours import redirect
from omnimemory.identity.policy import Policy
from omnimemory.memory import Memory
from omnimemory.model.records import Contact, Person

ADA = "ada@example.org"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = Policy(name="never", attach=1, merge=1, review=1)


@pytest.fixture(params=["networkx://", "sqlite://"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    with omnimemory.connect(request.param, tenant="acme", identity="balanced") as opened:
        yield opened


def contact(id: str, **person: Any) -> Contact:
    return Contact(source="crm", id=id, person=Person(**person))


def listening(memory: Memory) -> list[Event]:
    heard: list[Event] = []
    memory.identity.subscribe(heard.append)
    return heard


def test_an_identity_that_joins_is_heard_of_as_attached(memory: Memory) -> None:
    heard = listening(memory)
    memory.ingest(contact("1", name="Ada Byron", email=ADA))
    assert heard == []
    memory.ingest(contact("2", name="Ada Byron", email=ADA))
    assert heard == [
        Event("attached", "customer:crm:1", None, ("identity:crm:2",), "policy:balanced")
    ]


def test_two_customers_that_a_record_joins_are_heard_of_as_merged(memory: Memory) -> None:
    memory.ingest([contact("1", name="Ada Byron", email=ADA),
                   contact("2", name="Ada Byron", phone="+4915123125123")])  # fmt: skip
    assert len(memory.customers()) == 2
    heard = listening(memory)
    memory.ingest(contact("3", name="Ada Byron", email=ADA, phone="+4915123125123"))
    assert {event.kind for event in heard} == {"attached", "merged"}
    (merged,) = [event for event in heard if event.kind == "merged"]
    assert (merged.customer, merged.other) == ("customer:crm:1", "customer:crm:2")
    assert merged.identities == ("identity:crm:2",)


def test_what_a_person_merges_and_takes_back_is_heard_of(memory: Memory) -> None:
    memory.ingest([contact("1", name="Ada Byron"), contact("2", name="Grace Hopper")])
    heard = listening(memory)
    done = memory.identity.merge("crm:1", "crm:2", by="agent:kim", reason="r")
    memory.identity.unmerge(done.moved, by="agent:lee", reason="r")
    assert heard == [
        Event("merged", "customer:crm:1", "customer:crm:2", ("identity:crm:2",), "agent:kim"),
        Event("split", "customer:crm:1", "customer:crm:2", ("identity:crm:2",), "agent:lee"),
    ]


def test_a_replay_is_heard_of_once_it_is_applied(memory: Memory) -> None:
    memory.ingest([contact("1", name="Ada Byron", email=ADA),
                   contact("2", name="Ada Byron", email=ADA)])  # fmt: skip
    heard = listening(memory)
    replay = memory.identity.replay(NEVER)
    assert heard == []
    replay.apply()
    assert [event.kind for event in heard] == ["split"]


def test_what_fails_is_not_heard_of(memory: Memory) -> None:
    memory.ingest(contact("1", name="Ada Byron"))
    heard = listening(memory)
    with pytest.raises(InputError):
        memory.identity.merge("crm:1", "crm:1", by="agent:kim", reason="r")
    memory.ingest(contact("1", name="Ada Byron"))
    assert heard == []


def test_an_event_is_heard_of_after_it_was_written(memory: Memory) -> None:
    seen: list[tuple[str, ...]] = []
    memory.identity.subscribe(lambda event: seen.append(memory.customer(ADA).identities))
    memory.ingest(contact("1", name="Ada Byron", email=ADA))
    memory.ingest(contact("2", name="Ada Byron", email=ADA))
    assert seen == [("identity:crm:1", "identity:crm:2")]


def test_who_stops_listening_hears_no_more(memory: Memory) -> None:
    heard: list[Event] = []
    stop = memory.identity.subscribe(heard.append)
    stop()
    stop()
    memory.ingest([contact("1", email=ADA), contact("2", email=ADA)])
    assert heard == []


def test_a_listener_that_fails_stops_nobody(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest hear it, what was written stays, and the error is logged without names."""

    def fails(event: Event) -> None:
        raise RuntimeError

    memory.identity.subscribe(fails)
    heard = listening(memory)
    with caplog.at_level(logging.ERROR, "omnimemory"):
        report = memory.ingest([contact("1", email=ADA), contact("2", email=ADA)])
    assert report.identity["attached"] == 1
    assert [event.kind for event in heard] == ["attached"]
    assert "a listener failed at 'attached' of customer:crm:1" in caplog.text


def test_nothing_happens_to_a_customer_whose_only_contact_is_deleted(memory: Memory) -> None:
    """It is no party to a merge, and takes the contact again when that comes back."""

    def told(id: str, **times: Any) -> Contact:
        person = Person(name="Ada Byron", email=ADA)
        return Contact(source="crm", id=id, person=person, created_at=T0, **times)

    memory.ingest(told("1"))
    memory.ingest(told("1", deleted_at=T0 + timedelta(1)))
    memory.ingest(told("2"))
    memory.ingest(told("1", updated_at=T0 + timedelta(2)))
    edges = memory.view().edges(["customer:crm:1"])
    assert [edge.id for edge in edges] == ["identity:crm:1 SAME_AS customer:crm:1"]


def test_a_customer_that_leads_to_itself_is_where_it_is() -> None:
    """As stores may tell that were written before."""
    ledger = Ledger()
    loop = merged_into("customer:crm:1", "customer:crm:1", by="rule:merge")
    redirect(ledger, [loop, merged_into("customer:crm:2", "customer:crm:1", by="rule:merge")])
    assert ledger.merged == {"customer:crm:2": "customer:crm:1"}
