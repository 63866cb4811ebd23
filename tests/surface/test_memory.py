"""The facade end to end: from the sample company's exports to the pack, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import omnimemory
from omnimemory import Memory
from omnimemory.testing import company
from omnimemory.testing.company.reading import sources

DANA = company.DANA


@pytest.fixture(scope="module", params=["sqlite", "networkx"])
def memory(
    request: pytest.FixtureRequest, exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """The sample company, taken in once; tests here only read it."""
    folder = tmp_path_factory.mktemp("store")
    url = f"sqlite:///{folder}/support.db" if request.param == "sqlite" else "networkx://"
    with omnimemory.connect(url, tenant=company.TENANT) as opened:
        for _, records in sources(exports):
            assert not opened.ingest(records).errors
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Memory]:
    """A memory with one customer, for tests that write."""
    with omnimemory.connect(f"sqlite:///{tmp_path}/own.db", tenant="acme") as opened:
        opened.ingest(
            {"type": "contact", "source": "crm", "id": "7", "person": {"email": "ada@example.org"}}
        )
        yield opened


def test_one_customer_stands_behind_chat_mail_and_phone(memory: Memory) -> None:
    dana = memory.customer(DANA.email)
    assert memory.customer(DANA.mobile) == dana
    assert dana.name == DANA.name
    channels = {entry.channel for entry in memory.timeline(dana, limit=100)}
    assert {"chat", "email", "phone"} <= channels


def test_the_next_agent_sees_the_whole_story_in_one_pack(memory: Memory) -> None:
    pack = memory.context_pack(
        memory.customer(DANA.email), "Where is my refund?", budget=4_000, as_of=company.NOW
    )
    cited = set(pack.citations.values())
    assert f"ticket:zendesk:{DANA.ticket}" in cited
    assert f"statement:desk:{DANA.promise}" in cited
    assert {f"statement:desk:{id}" for id in DANA.attempts} <= cited
    assert any(id.startswith("usage:") and DANA.error_event in id for id in cited)
    assert any(id.startswith("issue:github:") for id in cited)
    text = pack.markdown()
    assert DANA.error_code in text
    assert "resolution due" in text
    assert pack.tokens <= 4_000


def test_the_pack_is_the_same_on_every_store(exports: Path) -> None:
    packs: list[str] = []
    for url in ("sqlite://", "networkx://"):
        with omnimemory.connect(url, tenant=company.TENANT) as opened:
            for _, records in sources(exports):
                opened.ingest(records)
            pack = opened.context_pack(
                DANA.email, "Where is my refund?", budget=1_500, as_of=company.NOW
            )
            packs.append(pack.markdown())
    assert packs[0] == packs[1]


def test_before_the_story_began_the_pack_knows_nothing_of_it(memory: Memory) -> None:
    pack = memory.context_pack(DANA.email, budget=2_000, as_of="2026-02-01")
    assert DANA.ticket not in pack.markdown()


def test_reading_every_export_again_changes_nothing(memory: Memory, exports: Path) -> None:
    revision = memory.view().revision
    for what, records in sources(exports):
        assert not memory.ingest(records).changed, what
    assert memory.view().revision == revision


def test_a_remembered_statement_comes_back(own: Memory) -> None:
    item = own.remember(
        "ada@example.org", "decision", "Refund INV-1 in full", by="agent:kim", id="d1"
    )
    again = own.remember("ada@example.org", "decision", "Refund INV-1 in full", by="agent:kim", id="d1",
                         at=item["occurred_at"])  # fmt: skip
    assert again.id == item.id
    (found,) = own.statements(customer="ada@example.org")
    assert found["text"] == "Refund INV-1 in full"
    assert "Refund INV-1 in full" in own.context_pack("ada@example.org").markdown()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"by": "kim"}, omnimemory.InputError),
        ({"form": "wish"}, ExceptionGroup),
        ({"at": "2026-03-01T10:00"}, omnimemory.InputError),
        ({"of": "zendesk:99"}, omnimemory.NotFoundError),
        ({"customer": "eve@example.org"}, omnimemory.NotFoundError),
    ],
)
def test_a_statement_that_cannot_be_kept_is_one_clear_error(
    own: Memory, given: dict[str, Any], error: type[Exception]
) -> None:
    words: dict[str, Any] = {
        "customer": "ada@example.org",
        "form": "fact",
        "text": "x",
        "by": "agent:k",
    }
    words |= given
    with pytest.raises(error):
        own.remember(words.pop("customer"), words.pop("form"), words.pop("text"), **words)
    assert not own.statements()


def test_a_registered_kind_appears_in_timeline_search_and_pack(own: Memory) -> None:
    own.register(omnimemory.Order)
    own.ingest(
        {
            "type": "order", "source": "shop", "id": "1", "number": "A-881", "status": "shipped",
            "customer": {"email": "ada@example.org"}, "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        }
    )  # fmt: skip
    assert [entry.kind for entry in own.timeline("ada@example.org")] == ["Order"]
    assert [found.kind for found in own.search("A-881", customer="ada@example.org")] == ["Order"]
    assert "A-881" in own.context_pack("ada@example.org").markdown()


@pytest.mark.parametrize("tenant", ["", "a b", "a/b", "../x", "x" * 200, None, 7])
def test_a_tenant_that_is_no_name_is_refused(tenant: Any) -> None:
    with pytest.raises(omnimemory.InputError, match="tenant"):
        omnimemory.connect("sqlite://", tenant=tenant)


@pytest.mark.parametrize("as_of", ["2026-03-01T10:00", "soon", "2999-01-01", datetime(2026, 3, 1)])  # noqa: DTZ001
def test_a_time_that_is_no_point_in_time_is_refused(own: Memory, as_of: Any) -> None:
    with pytest.raises(omnimemory.InputError):
        own.context_pack("ada@example.org", as_of=as_of)


def test_tenants_of_one_store_see_nothing_of_each_other(own: Memory) -> None:
    other = Memory(own.store, tenant="other")
    with pytest.raises(omnimemory.NotFoundError):
        other.customer("ada@example.org")
    assert list(other.search("ada")) == []


def test_after_closing_a_call_says_so(tmp_path: Path) -> None:
    memory = omnimemory.connect(f"sqlite:///{tmp_path}/x.db", tenant="acme")
    memory.close()
    memory.close()
    with pytest.raises(omnimemory.ClosedError):
        memory.customer("ada@example.org")


def test_the_async_facade_answers_as_the_plain_one_does(tmp_path: Path) -> None:
    async def go() -> list[str]:
        async with await omnimemory.AsyncMemory.connect(
            f"sqlite:///{tmp_path}/a.db", tenant="acme"
        ) as memory:
            for n in range(5):
                await memory.ingest(
                    {"type": "contact", "source": "crm", "id": f"{n}", "person": {"email": f"c{n}@example.org"}}
                )  # fmt: skip
            found = await asyncio.gather(*(memory.customer(f"c{n}@example.org") for n in range(5)))
            with pytest.raises(omnimemory.NotFoundError):
                await memory.customer("eve@example.org")
            ways = await memory.identity.how(found[0])
            assert ways == memory.memory.identity.how(found[0])
            assert ways
            return [one.id for one in found]

    assert asyncio.run(go()) == [f"customer:crm:{n}" for n in range(5)]
