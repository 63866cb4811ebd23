"""What a pack tells of other customers: how it was resolved, and nothing of who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnimemory.context.pack import ContextPack, build
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Person, StatusClass, Ticket
from omnimemory.store.base import GraphView
from tests.context.small_company import AT, CUSTOMER, ago, company, message

CANARY = Person(id="66", name="Zorblax Quandary", email="zq-canary@example.net")


def strangers() -> list[Any]:
    said = "Refund for zorblax, mail zq-canary@example.net, by quandary's card."
    return [
        Ticket(
            source="zendesk",
            id="666",
            subject="Zorblax refund",
            description=said,
            status_class=StatusClass.RESOLVED,
            resolution=f"Refund sent again. {said}",
            requester=CANARY,
            created_at=ago(300),
        ),
        message("m66", 20, said, person=CANARY, conversation="c66"),
    ]


def test_nothing_of_others_shows_and_own_sections_stay(
    see: Callable[..., GraphView], kinds: Kinds
) -> None:
    """A canary in name, mail and texts never appears; what is the customer's own is the same."""

    def pack(view: GraphView) -> ContextPack:
        return build(view, CUSTOMER, query="refund", kinds=kinds, at=AT, budget_tokens=2_000)

    one, two = pack(see(company())), pack(see([*company(), *strangers()]))
    assert "Refund sent again" in two.markdown()
    for canary in ("zorblax", "quandary", "zq-canary"):
        assert canary not in two.markdown().casefold()
    own = [
        {name: some for name, some in shown.json()["sections"].items() if name != "Similar cases"}
        for shown in (one, two)
    ]
    assert own[0] == own[1]
