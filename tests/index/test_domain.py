"""Laws of the domain's signals, and support cases: which record must come first for a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimemory
from omnimemory import Memory
from omnimemory.index.domain import Told, asked_for, codes, columns
from omnimemory.index.ranker import Scored
from omnimemory.index.within import spread
from omnimemory.model.commerce import Order

ADA: Mapping[str, Any] = {
    "name": "Ada",
    "identifiers": [{"type": "email", "value": "ada@x.org"}],
}
KIM: Mapping[str, Any] = {"kind": "agent", "id": "kim", "name": "Kim"}
TILLY: Mapping[str, Any] = {"kind": "bot", "id": "tilly", "name": "Tilly"}


def message(
    id: str, day: int, text: str, *, author: Mapping[str, Any] = ADA, ticket: str = "", **more: Any
) -> dict[str, Any]:
    """Return a chat message between Ada and somebody, on a day of January."""
    about = {"about": [{"kind": "Ticket", "id": ticket}]} if ticket else {}
    return {
        "type": "message",
        "source": "desk",
        "id": id,
        "occurred_at": f"2026-01-{day:02}T10:00:00Z",
        "channel": "chat",
        "author": author,
        **({} if author is ADA else {"to": [ADA]}),
        "text": text,
        **about,
        **more,
    }


def ticket(id: str, day: int, title: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "ticket",
        "source": "desk",
        "id": id,
        "created_at": f"2026-01-{day:02}T09:00:00Z",
        "subject": title,
        "requester": ADA,
        "status": status,
        "status_class": status,
        **more,
    }


RECORDS = (
    {
        "type": "order",
        "source": "shop",
        "id": "10234",
        "number": "10234",
        "customer": ADA,
        "status": "delivered",
    },
    {
        "type": "order",
        "source": "shop",
        "id": "10777",
        "number": "10777",
        "customer": ADA,
        "status": "shipped",
    },
    ticket("501", 2, "Refund for order 10234", "in_progress"),
    ticket("502", 3, "Refund for a cancelled subscription, refund asked twice", "in_progress"),
    ticket("503", 4, "Payment page ends in E4012", "resolved"),
    ticket("504", 12, "Payment page slow again", "in_progress"),
    message("m1", 2, "I want the money of that parcel back, please.", ticket="501"),
    message("m2", 3, "The refund, where is my refund? Refund it now.", ticket="502"),
    message("m3", 4, "The payment page ends in E4012 when I pay.", ticket="503"),
    message("m4", 5, "Clearing the session made the payment page work.", author=KIM, ticket="503"),
    message("m5", 12, "The payment page hangs, payment is not fixed!", ticket="504"),
    message("m6", 12, "Is the payment page fixed? Payment page, please.", ticket="504"),
    message("m7", 13, "We will send a voucher for the trouble.", author=KIM),
    message("m8", 13, "A voucher would be nice for my trouble.", author=ADA),
    {
        "type": "issue",
        "source": "jira",
        "id": "10042",
        "number": "PAY-17",
        "subject": "Payment job ends early",
        "created_at": "2026-01-04T09:00:00Z",
    },
    {"type": "part", "source": "desk", "id": "export", "name": "Invoice export"},
    ticket("505", 15, "Nothing comes", "in_progress", parts=[{"kind": "Part", "id": "export"}]),
    message("m10", 15, "The file is empty once more.", ticket="505"),
    message("m9", 14, "A voucher can be redeemed at the checkout.", author=TILLY),
)


@pytest.fixture(scope="module", params=["networkx://", "sqlite://"])
def memory(request: pytest.FixtureRequest) -> Memory:
    """A customer with two orders, tickets that are open and resolved, and what was said."""
    memory = omnimemory.connect(request.param, tenant="acme", embedder=None)
    memory.register(Order)
    memory.ingest(RECORDS, strict=True)
    return memory


CASES = {
    "an order's number": ("order 10234 refund", "ticket:desk:501"),
    "an error code": ("what about E4012", "interaction:desk:m3 ticket:desk:503"),
    "a resolution": ("how was the payment page fixed", "interaction:desk:m4"),
    "what the agent said": ("what did the agent say about the voucher", "interaction:desk:m7"),
    "what the customer said": (
        "what did the customer say about a voucher",
        "interaction:desk:m8",
    ),
    "what the bot said": ("did the bot say something about a voucher", "interaction:desk:m9"),
    "an open ticket": ("payment ticket that is still open", "ticket:desk:504"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_asked_for_comes_first(memory: Memory, case: str) -> None:
    query, best = CASES[case]
    hits = memory.search(query, customer="ada@x.org")
    assert hits[0].id in best.split(), [(hit.id, hit.explain()) for hit in hits[:4]]


def test_a_message_of_the_ticket_that_is_named_beats_one_that_repeats_the_word(
    memory: Memory,
) -> None:
    """It holds neither the word nor the number: its ticket does."""
    hits = [hit.id for hit in memory.search("refund 501", customer="ada@x.org")]
    assert hits.index("interaction:desk:m1") < hits.index("interaction:desk:m2")


@pytest.mark.parametrize(
    ("query", "customer", "wanted"),
    [
        (
            "exporting an invoice: what is wrong?",
            "ada@x.org",
            {"ticket:desk:505", "interaction:desk:m10"},
        ),
        ("is the Invoice export broken?", None, {"ticket:desk:505"}),
    ],
)
def test_what_concerns_a_part_of_the_product_that_is_named_is_found(
    memory: Memory, query: str, customer: str | None, wanted: set[str]
) -> None:
    """Neither the ticket nor what was said in it has a word of the name."""
    hits = memory.search(query, customer=customer)
    assert wanted <= {hit.id for hit in hits if "part +" in hit.explain()}


def test_a_pack_prefers_what_concerns_the_part_that_is_asked_about(memory: Memory) -> None:
    pack = memory.context_pack("ada@x.org", "invoice export", budget=2_000)
    told = {one.id: one.signals for one in pack.explain().reasons}
    assert told["ticket:desk:505"]["part"] > 0
    assert told["interaction:desk:m10"]["part"] > 0
    assert "part" not in told["interaction:desk:m9"]


def test_a_result_says_which_signal_of_the_domain_put_it_there(memory: Memory) -> None:
    best = memory.search("order 10234 refund", customer="ada@x.org")[0]
    assert "code +" in best.explain()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order #10234, please", {"10234"}),
        ("it says e4012 and ERR_CONNECTION_RESET", {"E4012", "ERR_CONNECTION_RESET"}),
        ("see PROJ-812/INV-2231", {"PROJ-812/INV-2231"}),
        ("in 2023, on 2026-01-03 at 10:34, the 21st, 300ms, 24/7", set()),
        ("an e-mail in snake case", set()),
        ("", set()),
    ],
)
def test_codes_are_what_names_one_thing(text: str, found: set[str]) -> None:
    assert codes(text) == found


@given(query=st.text(max_size=80))
def test_any_text_may_be_asked(query: str) -> None:
    """And what asks for nothing of the domain changes no order."""
    asked = asked_for(query)
    values = columns(query, [Told(), Told(role="agent", state="open", codes=frozenset({"X1Z"}))])
    if not (asked.roles or asked.state or asked.codes):
        assert all(not any(column) for column in values.values())


def test_a_whole_tenant_is_searched_by_the_same_signals(memory: Memory) -> None:
    """A message is found through its ticket, which names the order; it has no word of it."""
    best = [hit.id for hit in memory.search("refund of 10234")]
    assert best[0] == "ticket:desk:501"
    assert "interaction:desk:m1" in best
    assert memory.search("how was the payment page fixed")[0].id == "interaction:desk:m4"


@pytest.mark.parametrize("query", ["PAY-17", "what became of pay-17?"])
def test_work_is_found_by_what_people_say_for_it(memory: Memory, query: str) -> None:
    """The key of an issue stands in no text of it."""
    assert memory.search(query)[0].id == "issue:jira:10042"


def test_a_plain_query_of_a_tenant_is_left_to_words(memory: Memory) -> None:
    assert memory.search("voucher")[0].signals.keys() == {"found"}


@given(
    scores=st.lists(st.integers(0, 40), min_size=1, max_size=12),
    threads=st.lists(st.sampled_from(["", "a", "b"]), min_size=12, max_size=12),
    again=st.sampled_from([0.0, 0.5, 3.0]),
)
def test_conversations_take_turns(scores: list[int], threads: list[str], again: float) -> None:
    """Each next result is the best of those left, less what its conversation has had."""
    scored = [Scored(float(one), is_found=True) for one in scores]
    left, seen = set(range(len(scores))), Counter[str]()
    for at, one in spread(range(len(scores)), scored, threads, again=again):
        worth = {p: scores[p] - again * (seen[threads[p]] if threads[p] else 0) for p in left}
        assert one.score == worth[at] == max(worth.values())
        assert at == min(p for p in left if worth[p] == worth[at])
        left.remove(at)
        seen[threads[at]] += 1
    assert not left
