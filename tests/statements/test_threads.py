"""Laws of statements in the graph: each cites its message, once, no wider than it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import omnimemory
from omnimemory import AsyncMemory, InputError, Memory
from omnimemory.cli import main
from omnimemory.model.records import Message, Note, Record, Visibility
from omnimemory.reads.items import Item
from omnimemory.statements.base import Extracted, Utterance
from tests.context.small_company import (
    BOB,
    CUSTOMER,
    DANA,
    KIM,
    NOON,
    TICKET,
    ago,
    company,
    message,
)


@pytest.fixture(params=["sqlite", "networkx"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    url = f"sqlite:///{tmp_path}/support.db" if request.param == "sqlite" else "networkx://"
    with omnimemory.connect(url, tenant="acme") as opened:
        opened.register(omnimemory.Order)
        opened.ingest(company(), strict=True)
        yield opened


def chat() -> list[Record]:
    return [
        message("x1", 20, "I already restarted it. When will the refund arrive?"),
        message("x2", 19, "Let me check. Which invoice is it?", inbound=False),
        message("x3", 18, "INV-2231, as I said."),
        message("x4", 17, "We'll refund it within 2 business days.", inbound=False),
    ]


def extracted(memory: Memory, **words: Any) -> list[Item]:
    found = memory.statements(customer=CUSTOMER, **words)
    return [item for item in found if item.id.startswith("statement:omnimemory:said/")]


def by_form(memory: Memory) -> dict[str, Item]:
    return {str(item["form"]) + str(item["author_kind"]): item for item in extracted(memory)}


def test_statements_are_found_and_cite_their_message(memory: Memory) -> None:
    memory.ingest(chat(), strict=True)
    memory.extract()
    item = by_form(memory)
    assert item["attemptcustomer"]["text"] == "I already restarted it."
    assert item["commitmentagent"]["due_at"] == "2026-03-03T23:59:59Z"
    assert item["questionagent"]["answer"] == "INV-2231, as I said."
    assert item["questioncustomer"]["status"] == "answered"
    assert item["factcustomer"]["custom"] == {"signal": "already_told"}
    view = memory.view()
    stated = {e.source: e.target for e in view.edges([one.id for one in extracted(memory)], kinds=["STATED_IN"])}  # fmt: skip
    assert stated[item["attemptcustomer"].id] == "interaction:chat:x1"
    assert stated[item["commitmentagent"].id] == "interaction:chat:x4"
    own = item["commitmentagent"].id
    about = {e.target for e in view.edges([own], kinds=["OF"], at="source")}
    assert about == {"identity:chat:7", f"ticket:zendesk:{TICKET.id}"}
    assert "promised by agent" in memory.context_pack(CUSTOMER, budget=6_000).markdown()


def test_extracting_again_changes_nothing(memory: Memory) -> None:
    memory.ingest(chat(), strict=True)
    assert memory.extract().changed
    revision = memory.view().revision
    assert not memory.extract().changed
    assert not memory.extract(customer=CUSTOMER).changed
    assert memory.view().revision == revision


def test_a_question_is_open_until_its_answer_comes(memory: Memory) -> None:
    first, *rest = chat()
    memory.ingest(first)
    memory.extract()
    assert by_form(memory)["questioncustomer"]["status"] == "open"
    memory.ingest(rest)
    memory.extract()
    item = by_form(memory)["questioncustomer"]
    assert item["answer"] == "We'll refund it within 2 business days."
    before = memory.item(item.id, as_of=ago(18.5))
    assert before["status"] == "open"


def test_whether_at_once_or_message_by_message_it_is_the_same(
    memory: Memory, tmp_path: Path
) -> None:
    with omnimemory.connect(
        f"sqlite:///{tmp_path}/2.db", tenant="acme", extractor="english"
    ) as other:
        other.register(omnimemory.Order)
        other.ingest(company())
        for one in chat():
            other.ingest(one)
        memory.ingest(chat())
        memory.extract()
        assert [item.to_dict() for item in extracted(memory)] == [
            item.to_dict() for item in extracted(other)
        ]


def test_a_memory_with_an_extractor_finds_them_at_ingest(tmp_path: Path) -> None:
    with omnimemory.connect("networkx://", tenant="acme", extractor="english") as memory:
        report = memory.ingest(chat())
        assert report.revision == memory.view().revision
        assert len(extracted(memory)) == 5
        assert not memory.ingest(chat()).changed


def test_nothing_is_wider_than_its_source(memory: Memory) -> None:
    memory.ingest(
        Note(source="zendesk", id="n2", occurred_at=ago(3), author=KIM, about=(TICKET,),
             text="I will refund it if she insists, by Friday. I have restarted the job."),
        strict=True,
    )  # fmt: skip
    memory.ingest(message("x9", 2, "I tried it.", visibility=Visibility.INTERNAL))
    memory.extract()
    levels = {item["text"]: item["visibility"] for item in memory.statements(limit=1_000)}
    assert levels["I tried it."] == "internal"
    assert levels.get("I have restarted the job.", "internal") == "internal"
    assert "I tried it." not in memory.context_pack(CUSTOMER, audience="customer").markdown()


def test_a_note_does_not_answer_a_customers_question(memory: Memory) -> None:
    memory.ingest(
        [
            message("x1", 20, "When will the refund arrive?"),
            message("x2", 19, "Never, she is a fraud.", inbound=False,
                    visibility=Visibility.INTERNAL, direction="internal"),
        ],
        strict=True,
    )  # fmt: skip
    memory.extract()
    asked = next(one for one in extracted(memory) if "refund arrive" in one["text"])
    assert asked["status"] == "open"
    assert "answer" not in asked.props


def test_what_a_message_no_longer_says_ends(memory: Memory) -> None:
    memory.ingest(message("x1", 20, "I already restarted it."))
    memory.extract()
    memory.ingest(message("x1", 20, "I did nothing.", updated_at=ago(10)))
    memory.extract()
    assert "attemptcustomer" not in by_form(memory)
    assert not memory.extract().changed


def test_redacted_words_are_gone_from_statements_too(memory: Memory) -> None:
    memory.ingest(message("x1", 20, "I already restarted the secretword router."))
    memory.extract()
    memory.ingest(message("x1", 20, "", redacted=True, updated_at=ago(10)))
    memory.extract()
    assert "secretword" not in json.dumps(
        [str(event.fact) for event in memory.view().scan()], default=str
    )


def test_erasing_the_customer_takes_their_statements(memory: Memory) -> None:
    memory.ingest(chat())
    memory.extract()
    memory.erase(CUSTOMER)
    assert not [one for one in memory.statements(limit=1_000) if "said/" in one.id]


def test_another_customers_threads_are_left_alone(memory: Memory) -> None:
    memory.ingest([*chat(), message("b1", 1, "I tried it.", person=BOB, conversation="c9")])
    memory.extract(customer=CUSTOMER)
    assert {one["text"] for one in memory.statements(customer="bob@example.net")} == set()


def test_a_callable_takes_the_place_of_the_rules(memory: Memory) -> None:
    """It is given messages in order, by whom, and when; a source that is not there is passed over."""
    seen: list[Sequence[Utterance]] = []

    def own(thread: Sequence[Utterance]) -> Iterable[Extracted]:
        seen.append(thread)
        yield Extracted("preference", "Call after five", thread[0].id)
        yield Extracted("preference", "Nowhere", "interaction:chat:404")

    memory.extract(own, customer=CUSTOMER)
    (first,) = [thread for thread in seen if thread[0].id == "interaction:chat:m1"]
    assert [one.by for one in first] == ["customer", "agent"]
    assert first[0].at == NOON - timedelta(hours=50)
    texts = {item["text"] for item in extracted(memory, form="preference")}
    assert texts == {"Call after five"}


def test_an_extractor_that_fails_writes_nothing_and_keeps_the_messages(memory: Memory) -> None:
    def broken(_: Sequence[Utterance]) -> Iterable[Extracted]:
        raise RuntimeError("no such model")

    revision = memory.view().revision
    with pytest.raises(RuntimeError, match="no such model"):
        memory.extract(broken)
    assert memory.view().revision == revision


def test_an_extractor_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="known: 'english'"):
        omnimemory.connect("networkx://", tenant="acme", extractor="klingon")


def test_a_mail_outside_any_thread_is_read_alone(memory: Memory) -> None:
    memory.ingest(
        Message(source="mbox", id="1", occurred_at=ago(2), author=DANA, channel="email",
                text="I have tried it twice."),
        strict=True,
    )  # fmt: skip
    memory.extract()
    assert "I have tried it twice." in {item["text"] for item in extracted(memory)}


def test_progress_the_async_facade_and_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/cli.db"
    with omnimemory.connect(url, tenant="acme") as memory:
        memory.ingest(chat())
        told: list[int] = []
        memory.extract(on_progress=told.append)
        assert told == [4]

    async def go() -> bool:
        async with await AsyncMemory.connect(url, tenant="acme") as memory:
            return (await memory.extract()).changed

    assert asyncio.run(go()) is False
    assert main(["extract", "--store", url, "--tenant", "acme", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["commits"] == 0
