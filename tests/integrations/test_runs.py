"""Laws of write-back: exactly once, from that agent, never as fact, never another customer's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from omnimemory import InputError, NotFoundError
from omnimemory.integrations.runs import Run, record_run
from omnimemory.integrations.scope import UNKNOWN, Scope
from tests.integrations.conftest import BOB, DANA


def a_run(scope: Scope, id: str = "run-1", **words: str) -> Run:
    run = Run(scope, id, of="ticket:zendesk:35436", **words)
    run.heard("Where is my refund?")
    run.did("lookup", {"invoice": "INV-1"}, id="call_1", result="paid twice")
    run.did("issue_credit", {"amount": 20}, key="credit-INV-1", result="cr_1")
    run.decided("Refund the second payment")
    run.promised("The money arrives by Friday", due="2026-12-04")
    run.asked("Is your bank account still the same?")
    run.said("I have refunded it; it arrives by Friday. Is your bank account still the same?")
    return run


def test_a_run_is_written_once_however_often_it_is_recorded(danas: Scope) -> None:
    first = record_run(a_run(danas))
    assert (len(first.written), len(first.known)) == (7, 0)
    revision = danas.memory.view().revision
    again = record_run(a_run(danas))
    assert (again.written, again.known) == ((), first.written)
    assert danas.memory.view().revision == revision


def test_two_threads_that_record_a_run_write_it_once(danas: Scope) -> None:
    before = danas.memory.counts()
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(record_run, a_run(danas)) for _ in range(8)]:
            done.result()
    after = danas.memory.counts()
    assert after["Interaction"] - before["Interaction"] == 2
    assert after["Statement"] - before["Statement"] == 3
    assert after["Action"] - before.get("Action", 0) == 2


def test_a_thread_that_grows_adds_what_is_new(danas: Scope) -> None:
    record_run(a_run(danas))
    longer = a_run(danas)
    longer.heard("Yes, it is.")
    assert len(record_run(longer).written) == 1


def test_the_next_agent_sees_it_as_from_that_agent(danas: Scope) -> None:
    record_run(a_run(danas))
    pack = danas.memory.context_pack(DANA, budget=6_000).markdown()
    assert 'promised by ai agent "helper"' in pack
    assert "due " in pack
    assert 'ai agent "helper" did "issue_credit"' in pack
    assert "I have refunded it" in pack
    written = [item for item in danas.memory.statements(customer=DANA) if "helper" in item.id]
    assert {item["form"] for item in written} == {"decision", "commitment", "question"}
    assert {item["author_kind"] for item in written} == {"ai_agent"}


def test_an_idempotency_key_is_one_action_in_any_run(danas: Scope) -> None:
    record_run(a_run(danas, "run-1"))
    second = record_run(a_run(danas, "run-2"))
    assert len(second.known) == 1


def test_calls_of_the_same_id_in_two_runs_are_two(danas: Scope) -> None:
    for id in ("run-1", "run-2"):
        run = Run(danas, id)
        run.did("lookup", id="call_1")
        assert len(record_run(run).written) == 1


def test_a_run_or_thread_of_one_customer_is_not_written_for_another(danas: Scope) -> None:
    bobs = replace(danas, customer=BOB)
    record_run(a_run(danas))
    revision = danas.memory.view().revision
    for scope, id in ((bobs, "run-2"), (replace(bobs, conversation="t2"), "run-1")):
        run = Run(scope, id)
        run.heard("This is Bob")
        run.did("lookup", id="call_1")
        with pytest.raises(InputError, match="another customer"):
            record_run(run)
    assert danas.memory.view().revision == revision


def test_somebody_new_is_known_after_the_run(danas: Scope) -> None:
    for name in ("eve@example.com", "+49 170 1234567", "twitter:@eve", "shop:77"):
        scope = replace(danas, customer=name, conversation=f"new {name}")
        assert scope.text() == UNKNOWN
        run = Run(scope, f"first of {name}")
        run.heard("Hello, I am new here")
        run.did("lookup", {})
        assert len(record_run(run).written) == 2
        assert not record_run(run).written
        assert "I am new here" in scope.text()


def test_an_id_that_nobody_has_is_not_made_up(danas: Scope) -> None:
    run = Run(replace(danas, customer="customer:chat:404"), "r")
    run.heard("Hello")
    with pytest.raises(NotFoundError):
        record_run(run)


def test_another_customers_ticket_cannot_be_written_to(danas: Scope) -> None:
    run = Run(danas, "r", of="ticket:zendesk:99")
    run.said("x")
    with pytest.raises(NotFoundError):
        record_run(run)


def test_what_cannot_be_kept_is_one_clear_error_and_nothing_is_written(danas: Scope) -> None:
    revision = danas.memory.view().revision
    run = Run(danas, "r")
    run.said("fine")
    run.stated("wish", "x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="form"):
        record_run(run)
    assert danas.memory.view().revision == revision


def test_messages_stand_in_the_thread_of_their_conversation_in_order(danas: Scope) -> None:
    run = Run(danas, "r")
    for n in range(5):
        run.heard(f"h{n}")
        run.said(f"s{n}")
    record_run(run)
    entries = [one for one in danas.memory.timeline(DANA, limit=30) if "helper" in one.id]
    assert {one.conversation for one in entries} == {"conversation:omnimemory:helper/t1"}
    assert [one.text for one in reversed(entries)] == [f"{w}{n}" for n in range(5) for w in "hs"]


def test_a_conversation_of_the_channels_own_source_goes_on(danas: Scope) -> None:
    run = Run(replace(danas, conversation="conversation:chat:c1"), "r")
    run.said("Still here")
    record_run(run)
    newest = danas.memory.timeline(DANA, limit=1)[0]
    assert newest.conversation == "conversation:chat:c1"
