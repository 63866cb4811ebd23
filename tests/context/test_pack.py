"""What a pack shows, and what it never shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from omnimemory.context.pack import ContextPack, build
from omnimemory.errors import InputError, NotFoundError
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Contact, Person
from omnimemory.store.base import GraphView
from tests.context.small_company import AT, CUSTOMER

View = Callable[..., GraphView]


@pytest.fixture
def pack(see: View, kinds: Kinds) -> Callable[..., ContextPack]:
    """Builds a pack of the small company's customer."""
    view = see()

    def of(**options: Any) -> ContextPack:
        given: dict[str, Any] = {"kinds": kinds, "at": AT, "budget_tokens": 3_000, **options}
        return build(view, CUSTOMER, **given)

    return of


def test_it_tells_the_whole_story(pack: Callable[..., ContextPack]) -> None:
    """Chat, steps tried, the open promise, the usage error and the issue are all there."""
    text = pack().markdown()
    for said in (
        "Dana Meyer",
        "Initech",
        "12,000 EUR",
        "first reply breached 3 h ago",
        "resolution due in 2 h (2026-03-02 14:00Z)",
        'promised by agent "Kim Lee"',
        "overdue",
        "already tried",
        "I was charged twice.",
        "export ×1, 1 failed",
        "PAY-17",
        "fixed in 2.4.1",
        'Order "A-100"',
        "chat → email",
        "VIP",
        "[zendesk:ticket:35436]",
    ):
        assert said in text


def test_of_people_it_tells_a_teams_own_fields_and_no_leftovers(see: View, kinds: Kinds) -> None:
    """What the model has no place for stays in the record."""
    person = Person(id="7", name="Ada", email="ada@example.org")
    ada = Contact(source="crm", id="7", person=person, custom={"tier": "gold"}, extra={"seq": 99})
    view = see([ada])
    text = build(view, view.find(kind="Customer")[0].id, kinds=kinds, at=AT).markdown()
    assert "gold" in text
    assert "99" not in text


def test_every_shown_line_cites_a_record_that_exists(pack: Callable[..., ContextPack]) -> None:
    """Each line of an item ends in, or contains, the citation of its record."""
    shown = pack()
    for section in shown.json()["sections"].values():
        for item in section:
            assert item["citation"] in item["text"]
            assert shown.citations[item["citation"]] == item["id"]


def test_json_of_a_pack_is_json(pack: Callable[..., ContextPack]) -> None:
    """`json` holds nothing that `json.dumps` cannot write."""
    assert json.loads(json.dumps(pack().json()))["tokens"] == pack().tokens


def test_a_customer_never_sees_what_is_internal(pack: Callable[..., ContextPack]) -> None:
    """Notes, issues, usage, agents' names and what the account is worth stay inside."""
    shown = pack(audience="customer", query="refund charged twice")
    text = shown.markdown() + json.dumps(shown.json())
    for secret in (
        "VIP",
        "PAY-17",
        "1001",
        "timeout",
        "Usage",
        "Kim",
        "gold",
        "12,000",
        "breached",
    ):
        assert secret not in text
    assert "Refund not arrived" in text


def test_others_come_as_a_resolution_without_who_they_are(
    pack: Callable[..., ContextPack],
) -> None:
    """Of another customer's ticket only id and resolution are shown, addresses masked."""
    text = pack(query="refund").markdown()
    assert "Reissued the refund by hand" in text
    for personal in ("Bob", "bob@", "1234567", "Refund lost"):
        assert personal not in text


def test_articles_that_bear_on_the_query_are_cited(pack: Callable[..., ContextPack]) -> None:
    """A query brings the article that answers it; no query, no article."""
    assert "[kb:article:k1]" in pack(query="refund").markdown()
    assert "[kb:article:k1]" not in pack().markdown()


@pytest.mark.parametrize("budget", [0, -5, True, 1.5, "many", None])
def test_a_budget_is_a_whole_number_above_0(
    pack: Callable[..., ContextPack], budget: object
) -> None:
    """Anything else is refused."""
    with pytest.raises(InputError, match="budget"):
        pack(budget_tokens=budget)


def test_a_budget_too_small_names_the_least_that_works(pack: Callable[..., ContextPack]) -> None:
    """One token less fails, and that number is enough."""
    with pytest.raises(InputError, match="the least that works is") as caught:
        pack(budget_tokens=1)
    least = int(str(caught.value).rsplit(" ", 1)[1])
    assert pack(budget_tokens=least).tokens == least
    with pytest.raises(InputError):
        pack(budget_tokens=least - 1)


def test_a_customer_that_is_not_there_is_not_found(see: View) -> None:
    """An unknown id raises the error that a lookup raises."""
    with pytest.raises(NotFoundError):
        build(see(), "customer:zendesk:404", at=AT)


@pytest.mark.parametrize("query", ["", "   ", "!?…", "\0", 'a" OR NEAR(b*) -c:', "x" * 1_000_000])
def test_any_text_is_a_query(pack: Callable[..., ContextPack], query: str) -> None:
    """Empty, punctuation, NUL, index syntax and a megabyte are all read as words or none."""
    assert pack(query=query).tokens <= 3_000


def test_an_explanation_says_why(pack: Callable[..., ContextPack]) -> None:
    """What must be there, what gained enough, what others gained more than, and the signals."""
    shown = pack(query="why was I charged twice", budget_tokens=600)
    told = shown.explain()
    assert {reason.because for reason in told.reasons} > {"others gain more for each token"}
    best = max(told.reasons, key=lambda reason: reason.signals.get("answer", 0.0))
    assert "charged twice" in next(
        item.node.props["text"] for item in shown.items if item.node.id == best.id
    )
    assert best.signals["answer"] == 1.0
    assert json.loads(json.dumps(told.to_dict()))["tokens"] == shown.tokens
    assert f"{shown.tokens} of 600 tokens" in str(told)
    assert f"{best.id}: {best.because}" in str(told)


def test_an_eighth_is_set_aside_for_similar_cases(pack: Callable[..., ContextPack]) -> None:
    """Where there is a query and room for them, or where they are asked for."""

    def aside(**options: Any) -> int:
        return pack(**options).explain().similar_tokens

    assert aside(query="refund", budget_tokens=1_600) == 200
    assert aside(query="refund", budget_tokens=600) == 0
    assert aside(query="refund", budget_tokens=600, similar=True) == 75
    assert aside(budget_tokens=1_600, similar=True) == 0
