"""Laws of what a pack reads: as of a time, a fixed number of reads, and the way to the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import omnimemory.memory
from omnimemory.context.pack import build
from omnimemory.model.commerce import Order
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, Recorded, Tally
from omnimemory.model.records import Message, Person
from omnimemory.model.time import AsOf, micros, to_datetime
from omnimemory.store.base import GraphView
from omnimemory.store.networkx import NetworkXStore
from tests.context.graphs import CUSTOMER, IDENTITIES, NOW, edge, node, people, view_of
from tests.context.small_company import AT, ago, company
from tests.context.small_company import CUSTOMER as DANA


class Counting(GraphView):
    """A view that counts what is asked of another."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self.revision, self.as_of = view.revision, view.as_of
        self.reads = 0
        self.most_rows = 0

    def _counted(self, rows: list[Any]) -> list[Any]:
        self.reads += 1
        self.most_rows = max(self.most_rows, len(rows))
        return rows

    def nodes(self, ids: Collection[str]) -> list[Node]:
        return self._counted(self._view.nodes(ids))

    def find(self, **wanted: Any) -> list[Node]:
        return self._counted(self._view.find(**wanted))

    def keys(self, prefix: str, *, limit: int) -> list[str]:
        return self._counted(self._view.keys(prefix, limit=limit))

    def edges(self, touching: Collection[str], **wanted: Any) -> list[Edge]:
        return self._counted(self._view.edges(touching, **wanted))

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        return self._counted(self._view.tally(targets, kinds=kinds))

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        return self._view.passages(about)

    def versions(self, owners: Collection[str]) -> list[Fact]:
        return self._counted(self._view.versions(owners))

    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        return self._view.scan(since=since)

    def counts(self) -> dict[str, int]:
        return self._view.counts()


def _history(interactions: int) -> list[Fact]:
    facts = people()
    for number in range(interactions):
        id, at = f"interaction:zendesk:{number}", NOW - number * 1_000_000
        facts += [
            node("Interaction", id, at, text="hello", visibility="external", direction="inbound"),
            edge(id, "FROM", IDENTITIES[0], at),
        ]
    return facts


def test_reads_do_not_grow_with_the_history() -> None:
    """Two hundred interactions and three thousand take as many reads, and rows of them."""
    asked: list[tuple[int, int]] = []
    for interactions in (200, 3_000):
        view = Counting(view_of(_history(interactions)))
        build(view, CUSTOMER, at=NOW)
        asked.append((view.reads, view.most_rows))
    assert asked[0] == asked[1]
    assert asked[0][0] <= 14


def test_a_pack_shows_how_things_were() -> None:
    """At a time before the ticket was opened there is no ticket, and ages are told from then."""
    memory = omnimemory.memory.Memory(NetworkXStore(), tenant="acme")
    memory.register(Order)
    memory.ingest(company())
    before = build(memory.view(AsOf(valid=micros(ago(49.5)))), DANA, kinds=memory.kinds)
    assert "Refund not arrived" not in before.markdown()
    assert "I was charged twice." in before.markdown()
    assert before.at == micros(ago(49.5))


def test_the_cursor_of_a_row_leads_to_all_that_was_shortened() -> None:
    """A timeline that goes on from it lists every interaction that is not shown in full."""
    memory = omnimemory.memory.Memory(NetworkXStore(), tenant="acme")
    memory.store.commit("acme", Changes(add=tuple(_history(300))), base=0)
    pack = build(memory.view(), CUSTOMER, at=NOW, budget_tokens=900)
    row = pack.manifest["Interaction"]
    listed = memory.timeline(CUSTOMER, kinds=["Interaction"], after=row.cursor, limit=1_000)
    whole = {item.node.id for item in pack.items if item.level.name == "WHOLE"}
    rest = {f"interaction:zendesk:{number}" for number in range(300)} - whole
    assert row.total - row.whole == len(rest)
    assert rest <= {entry.id for entry in listed}


def test_the_facade_packs_by_any_identifier() -> None:
    """`context_pack` resolves who is meant and tells ages by the clock."""
    memory = omnimemory.memory.Memory(NetworkXStore(), tenant="acme")
    memory.register(Order)
    memory.ingest(company())
    pack = memory.context_pack("email:DANA@example.org", "Where is my refund?", budget=1_500)
    assert pack.customer == DANA
    assert pack.tokens <= 1_500
    assert to_datetime(pack.at) > to_datetime(AT)
    assert "Refund not arrived" in pack.messages()[1]["content"]


def test_an_open_question_is_named_and_its_history_is_not_mixed_in() -> None:
    """A pack says who may be the same person; it shows nothing of theirs."""
    memory = omnimemory.memory.Memory(NetworkXStore(), tenant="acme")
    phone = "+493023125123"
    for id, name, text in (("1", "Dana Kovac", "the first"), ("2", "D. Kovac", "the second")):
        author = Person(id=id, name=name, phone=phone)
        memory.ingest(
            Message(
                source="chat",
                id=id,
                author=author,
                text=text,
                occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
    (question,) = memory.identity.review()
    pack = memory.context_pack(question.left, budget=1_000).markdown()
    assert 'Possibly the same person as ["chat:2"]' in pack
    assert "the second" not in pack
    assert "Possibly" not in memory.context_pack(question.left, audience="customer").markdown()
