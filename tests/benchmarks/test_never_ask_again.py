"""What the next agent needs is counted as it should be, on two contacts and one dialogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import never_ask_again as bench

ORDER = "#W1000001"
CARD = "credit_card_77"
USER = {
    "name": {"first_name": "Ada", "last_name": "Long"},
    "address": {
        "address1": "1 Elm Road",
        "address2": "Flat 2",
        "city": "Leeds",
        "country": "UK",
        "state": "WY",
        "zip": "10001",
    },
    "email": "ada@example.com",
    "payment_methods": {CARD: {"source": "credit_card", "last_four": "9212", "id": CARD}},
    "orders": [ORDER],
}
SHOP: dict[str, Any] = {
    "order_id": ORDER,
    "user_id": "ada_1",
    "address": USER["address"],
    "items": [{"name": "Kettle", "product_id": "11", "item_id": "9624127908", "price": 12.5}],
    "fulfillments": [],
    "status": "delivered",
    "payment_history": [{"transaction_type": "payment", "amount": 12.5, "payment_method_id": CARD}],
}


def contact(number: int, said: str, **arguments: Any) -> dict[str, Any]:
    actions = [{"name": "return_items", "arguments": arguments}] if arguments else []
    return {"contact": number, "user_id": "ada_1", "said": said, "actions": actions}


DIALOGUE: dict[str, Any] = {
    "id": 7,
    "events": [
        {"at": 1_590_451_053, "by": "customer", "text": "Book a taxi for Ada Long."},
        {"at": 1_590_451_058, "by": "agent", "text": "To Central Station?"},
        {"at": 1_590_451_060, "by": "customer", "text": "To the airport, at 7 pm."},
        {
            "at": 1_590_451_070,
            "by": "agent",
            "query": "taxi",
            "constraints": [
                {"Name": '"Ada Long"'},
                {"To": '"the airport"'},
                {"From": '"Central Station"'},
                {"Code": "55"},
            ],
        },
    ],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A shop with one customer and two contacts, and one dialogue."""
    shop = tmp_path / "retail"
    shop.mkdir()
    (shop / "users.json").write_text(json.dumps({"ada_1": USER}))
    (shop / "orders.json").write_text(json.dumps({ORDER: SHOP}))
    contacts = [
        contact(0, "I want to return my kettle. Please.", order_id=ORDER, item_ids=["9624127908"]),
        contact(1, "Hello.", payment_method_id=CARD, new_item_ids=["1"], reason="no reason"),
    ]
    lines = "\n".join(json.dumps(one) for one in contacts)
    (shop / "contacts_tiny.jsonl").write_text(lines)
    (tmp_path / "star_tiny.jsonl").write_text(json.dumps(DIALOGUE))
    return tmp_path


def test_each_way_is_measured_at_each_budget(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that is known fits the larger budgets, so that a pack tells all of it there."""
    bench.main(["--data", str(data), "--json"])
    rows = {row["what"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["returning: pack"]["cases"] == 2
    assert rows["handed over: pack"]["cases"] == 1
    for what in ("returning: pack", "returning: newest", "returning: BM25"):
        assert rows[what]["1200 tokens"] == 1
    assert rows["handed over: pack"]["300 tokens"] == 1
    assert rows["returning: everything"]["unlimited"] == 1
    assert rows["returning: everything"]["mean_tokens"] > 0


def test_only_so_many_contacts_and_dialogues_are_read(data: Path) -> None:
    assert len([one for one in bench.returning(data / "retail", 1) if one.wanted]) == 1


def test_what_stands_in_no_record_is_not_wanted(data: Path) -> None:
    """New items and reasons are the customer's choice."""
    first, second = [one for one in bench.returning(data / "retail") if one.wanted]
    assert list(first.wanted) == [ORDER, "9624127908"]
    assert list(second.wanted) == [CARD]


def test_a_contact_knows_of_those_before_it_and_not_of_its_own_words(data: Path) -> None:
    """The query is the first sentence alone."""
    first, second = [one for one in bench.returning(data / "retail") if one.wanted]
    assert first.query == "I want to return my kettle."
    assert not any("kettle. Please" in text for text in first.texts)
    assert any("kettle. Please" in text for text in second.texts)


def test_only_what_the_customer_has_said_is_wanted_of_a_handover(data: Path) -> None:
    """Neither what the agent said alone nor what nobody said."""
    (case,) = bench.handed_over(data / "star_tiny.jsonl")
    assert list(case.wanted) == ["Ada Long", "the airport"]
    assert [text.partition(":")[0] for text in case.texts] == ["customer", "agent", "customer"]


def test_a_share_counts_words_and_not_marks() -> None:
    """A value stands there whole, or it does not."""
    assert bench._share(["credit_card_77", "9212"], "by Credit_Card_77, 99212") == 0.5
