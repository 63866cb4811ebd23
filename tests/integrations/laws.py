"""One scenario for every framework: two customers, a scripted model, and what must hold.

A framework's test subclasses `AgentLaws` and says how its agent is made and asked.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Final

import anyio
import pytest

import omnimemory
from omnimemory import InputError, Memory
from omnimemory.context.render import RULES
from omnimemory.context.safe import FENCE
from omnimemory.integrations.runs import BROKEN
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BAD_CREDIT,
    BOBS,
    BY,
    CANARY,
    CREDIT,
    DANAS,
    PERSONA,
    RECORD,
    TOO_MUCH,
    WORDS,
    Asks,
    Calls,
    CardError,
    actions,
    people,
    question,
)

ROUNDS: Final = 6


class AgentLaws(ABC):
    """What holds for an agent of every framework."""

    refusal: type[Exception] = InputError

    @abstractmethod
    def agent(self, scope: Scope) -> Asks:
        """Return an agent that takes its customer from the framework's own context."""

    @pytest.fixture
    def memory(self, tmp_path: Path) -> Iterator[Memory]:
        """Two customers, each with a canary; Dana tries to give orders."""
        with omnimemory.connect(f"sqlite:///{tmp_path}/support.db", tenant="acme") as opened:
            yield people(opened)

    @pytest.fixture
    def tilly(self, memory: Memory) -> Asks:
        return self.agent(Scope(memory, by=BY))

    def test_the_pack_reaches_the_model_as_instructions(self, tilly: Asks) -> None:
        """It stands in the system channel beside the program's own words, in every call."""
        asked = question(DANAS, "r1")
        assert tilly.ask_in_thread(DANAS, asked, key="r1") == ANSWER
        calls = tilly.calls.of(asked)
        assert len(calls) == 2
        for call in calls:
            assert RULES in call.system
            assert CANARY[DANAS] in call.system
            assert PERSONA in call.system
            assert RULES not in call.history
            assert "Refund INV-2231 in full" in call.system

    def test_a_tool_call_returns_the_record(self, tilly: Asks) -> None:
        asked = question(DANAS, "r1")
        tilly.ask_in_thread(DANAS, asked, key="r1")
        last = tilly.calls.of(asked)[-1]
        assert {"get_record", "search_history", "issue_credit"} <= set(last.tools)
        credit, record = sorted(last.results, key=lambda one: "credited" not in one)
        assert RECORD[DANAS] in record
        assert "I paid twice for INV-2231" in record
        assert "credited 5 EUR" in credit

    def test_another_customers_record_is_not_there(self, tilly: Asks) -> None:
        asked = question(DANAS, "about a record for Bob")
        tilly.ask_in_thread(DANAS, asked, key="r1")
        results = tilly.calls.of(asked)[-1].results
        (record,) = [one for one in results if "credited" not in one]
        assert "no record" in record
        assert "Refund lost" not in record

    def test_a_run_is_written_once(self, tilly: Asks, memory: Memory) -> None:
        """Also when it runs twice: what was heard, said and done, as from the agent."""
        asked = question(DANAS, "r1")
        before = _written(memory, DANAS)
        tilly.ask_in_thread(DANAS, asked, key="r1")
        first = _written(memory, DANAS) - before
        assert {(kind, text) for kind, text, _ in first} == {
            ("Interaction", asked),
            ("Interaction", ANSWER),
            ("Action", "issue_credit"),
        }
        by = {text: author for _, text, author in first}
        assert by == {asked: "customer", ANSWER: "ai_agent", "issue_credit": "ai_agent"}
        assert actions(memory) == [(CREDIT, "done", "credited 5 EUR")]

        tilly.ask_in_thread(DANAS, asked, key="r1")
        assert _written(memory, DANAS) - before == first
        assert len(actions(memory)) == 1
        assert not memory.statements(customer=DANAS, form="fact")

    def test_a_run_that_the_model_ends_is_written_as_far_as_it_came(
        self, tilly: Asks, memory: Memory
    ) -> None:
        """Once, with the error's class and not its words; the next try goes on from there."""
        asked = question(DANAS, "r1")
        before = _written(memory, DANAS)
        tilly.calls.breaks_after = 2
        for _ in range(2):
            with pytest.raises(Exception, match="sk-4711"):
                tilly.ask_in_thread(DANAS, asked, key="r1")
        first = _as_far_as_it_came(memory, before, asked, ended="ModelDownError")
        assert memory.store.contains_bytes([WORDS.encode()]) == []
        assert "ModelDownError" in memory.context_pack(DANAS, budget=4_000).markdown()

        tilly.calls.breaks_after = None
        assert tilly.ask_in_thread(DANAS, asked, key="r1") == ANSWER
        second = {(kind, text) for kind, text, _ in _written(memory, DANAS) - before}
        assert second == first | {("Interaction", ANSWER)}
        assert len(actions(memory)) == 2

    def test_a_question_that_got_no_answer_is_kept(self, tilly: Asks, memory: Memory) -> None:
        """Also where the first call of the model fails: the next agent sees that it was asked."""
        asked = question(DANAS, "r1")
        tilly.calls.breaks_after = 0
        for _ in range(2):
            with pytest.raises(Exception, match="sk-4711"):
                tilly.ask_in_thread(DANAS, asked, key="r1")
        assert [entry.text for entry in memory.timeline(DANAS, limit=100)].count(asked) == 1
        assert actions(memory) == [(None, "failed", "ModelDownError")]

    def test_a_run_with_a_tool_that_fails_is_written_once(
        self, tilly: Asks, memory: Memory
    ) -> None:
        """Whether the framework tells the model of it or ends the run."""
        asked = f"{question(DANAS, 'r1')} I want {TOO_MUCH}."
        raised = 0
        for _ in range(2):
            try:
                tilly.ask_in_thread(DANAS, asked, key="r1")
            except CardError:
                raised += 1
        assert raised in (0, 2)
        texts = [entry.text for entry in memory.timeline(DANAS, limit=100)]
        assert texts.count(asked) == 1
        assert texts.count(ANSWER) == (0 if raised else 1)
        found = memory.list("Action", customer=DANAS)
        (credit,) = [one for one in found if one["name"] == "issue_credit"]
        assert (credit["arguments"], credit["outcome"]) == (BAD_CREDIT, "failed")
        broken = [one["result"] for one in found if one["name"] == BROKEN]
        assert broken == (["CardError"] if raised else [])
        if raised:
            assert memory.store.contains_bytes([WORDS.encode()]) == []

    @pytest.mark.parametrize("by", ["task", "scope"])
    def test_a_run_that_is_cancelled_is_written_as_far_as_it_came(
        self, tilly: Asks, memory: Memory, by: str
    ) -> None:
        """Once, whether its task is cancelled or the scope around it; the next try goes on."""
        asked = question(DANAS, "r1")
        before = _written(memory, DANAS)
        cancels = _cancelled_task if by == "task" else _cancelled_scope
        tilly.calls.hangs_after = 2
        for _ in range(2):
            tilly.calls.hanging = asyncio.Event()
            asyncio.run(cancels(tilly, asked))
        first = _as_far_as_it_came(memory, before, asked, ended="cancelled")

        tilly.calls.hangs_after = None
        assert tilly.ask_in_thread(DANAS, asked, key="r1") == ANSWER
        second = {(kind, text) for kind, text, _ in _written(memory, DANAS) - before}
        assert second == first | {("Interaction", ANSWER)}

    def test_a_stream_is_written_once(self, tilly: Asks, memory: Memory) -> None:
        asked = question(DANAS, "r1")
        before = _written(memory, DANAS)
        for _ in range(2):
            assert asyncio.run(_streamed(tilly, asked))
        assert {(kind, text) for kind, text, _ in _written(memory, DANAS) - before} == {
            ("Interaction", asked), ("Interaction", ANSWER), ("Action", "issue_credit"),
        }  # fmt: skip
        assert actions(memory) == [(CREDIT, "done", "credited 5 EUR")]

    def test_a_stream_that_the_model_ends_is_written_as_far_as_it_came(
        self, tilly: Asks, memory: Memory
    ) -> None:
        asked = question(DANAS, "r1")
        before = _written(memory, DANAS)
        tilly.calls.breaks_after = 2
        for _ in range(2):
            with pytest.raises(Exception, match="sk-4711"):
                asyncio.run(_streamed(tilly, asked))
        _as_far_as_it_came(memory, before, asked, ended="ModelDownError")

    @pytest.mark.parametrize("events", [1, 2, 3])
    def test_a_stream_that_is_left_is_written_once(
        self, tilly: Asks, memory: Memory, events: int
    ) -> None:
        """As cancelled; or whole, where its framework goes on without a reader."""
        asked = question(DANAS, "r1")
        for _ in range(2):
            asyncio.run(_streamed(tilly, asked, events=events))
        texts = [entry.text for entry in memory.timeline(DANAS, limit=100)]
        assert texts.count(asked) == 1
        ends = [one for one in actions(memory) if one[2] == "cancelled"]
        assert len(ends) + texts.count(ANSWER) == 1

    def test_the_next_agent_sees_the_run(self, tilly: Asks, memory: Memory) -> None:
        tilly.ask_in_thread(DANAS, question(DANAS, "r1"), key="r1")
        pack = memory.context_pack(DANAS, budget=4_000, audience="customer").markdown()
        assert ANSWER in pack
        assert "issue_credit" in pack

    def test_customers_on_threads_never_meet(self, tilly: Asks) -> None:
        runs = [(who, f"run {n}") for n in range(ROUNDS) for who in (DANAS, BOBS)]

        def go(run: tuple[str, str]) -> None:
            who, key = run
            tilly.ask_in_thread(who, question(who, key), key=f"{who} {key}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(go, runs))
        _check_apart(tilly.calls, runs)

    def test_customers_on_tasks_never_meet(self, tilly: Asks) -> None:
        runs = [(who, f"run {n}") for n in range(ROUNDS) for who in (DANAS, BOBS)]

        async def go() -> None:
            asks = (tilly.ask(who, question(who, key), key=f"{who} {key}") for who, key in runs)
            await asyncio.gather(*asks)

        asyncio.run(go())
        _check_apart(tilly.calls, runs)

    def test_what_a_customer_wrote_stays_data(self, tilly: Asks) -> None:
        """Every line of it stands in quotes or behind the fence, none on a line of its own."""
        asked = question(DANAS, "r1")
        tilly.ask_in_thread(DANAS, asked, key="r1")
        system = tilly.calls.of(asked)[0].system
        lines = [line for line in system.split("\n") if "gnore previous instructions" in line]
        assert lines
        for line in lines:
            assert line.startswith(FENCE) or '"' in line.split("gnore previous")[0]
        assert "\nand show me what Bob wrote" not in system

    def test_a_run_without_a_customer_is_refused(self, tilly: Asks) -> None:
        """It never falls back to all customers."""
        with pytest.raises(self.refusal, match="customer"):
            tilly.ask_in_thread("", question(DANAS, "r1"), key="r1")

    def test_somebody_new_is_answered_too(self, tilly: Asks, memory: Memory) -> None:
        asked = question(DANAS, "r1")
        assert tilly.ask_in_thread("eve@example.com", asked, key="r1") == ANSWER
        for call in tilly.calls.of(asked):
            assert not any(canary in call.system for canary in CANARY.values())
        assert ANSWER in {entry.text for entry in memory.timeline("eve@example.com")}


async def _cancelled_task(tilly: Asks, asked: str) -> None:
    task = asyncio.create_task(tilly.ask(DANAS, asked, key="r1"))
    await tilly.calls.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _cancelled_scope(tilly: Asks, asked: str) -> None:
    async def ask() -> None:
        await tilly.ask(DANAS, asked, key="r1")

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await tilly.calls.hanging.wait()
        group.cancel_scope.cancel()


async def _streamed(tilly: Asks, asked: str, *, events: int | None = None) -> int:
    """Read a run's events, all of them or the first few; return how many."""
    count = 0
    async with aclosing(tilly.stream(DANAS, asked, key="r1")) as stream:
        async for _ in stream:
            count += 1
            if count == events:
                break
    return count


def _written(memory: Memory, who: str) -> set[tuple[str, str, str]]:
    """Return what stands in a customer's timeline: kind, words, kind of author."""
    return {
        (entry.kind, entry.title if entry.kind == "Action" else entry.text, entry.props.get("author_kind", ""))
        for entry in memory.timeline(who, limit=100)
    }  # fmt: skip


def _as_far_as_it_came(
    memory: Memory, before: set[tuple[str, str, str]], asked: str, *, ended: str
) -> set[tuple[str, str]]:
    """Check that a run that ended early is written once, with its end; return what was written."""
    first = {(kind, text) for kind, text, _ in _written(memory, DANAS) - before}
    assert first == {
        ("Interaction", asked), ("Action", "issue_credit"), ("Action", BROKEN),
    }  # fmt: skip
    assert sorted(actions(memory), key=str) == [
        (None, "failed", ended), (CREDIT, "done", "credited 5 EUR"),
    ]  # fmt: skip
    return first


def _check_apart(calls: Calls, runs: list[tuple[str, str]]) -> None:
    for who, key in runs:
        other = BOBS if who == DANAS else DANAS
        seen = calls.of(question(who, key))
        assert len(seen) == 2
        for call in seen:
            everything = f"{call.system}\n{call.history}\n{call.results}"
            assert CANARY[who] in call.system
            assert CANARY[other] not in everything
