"""Erasing some identities of a customer: they are gone, and who is left is decided again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import omnimemory
from omnimemory.errors import InputError, NotFoundError
from omnimemory.identity.decide import Event
from omnimemory.memory import Memory
from omnimemory.model.records import Contact, Message, Person

AT = datetime(2026, 3, 1, tzinfo=UTC)
ADA, PHONE = "ada.byron@example.org", "+4915123125123"


@pytest.fixture(params=["networkx", "sqlite"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    url = "networkx://" if request.param == "networkx" else f"sqlite:///{tmp_path}/memory.db"
    with omnimemory.connect(url, tenant="acme", identity="balanced") as opened:
        yield opened


def contact(source: str, id: str, **person: Any) -> Contact:
    return Contact(source=source, id=id, person=Person(**person))


def bridged(memory: Memory) -> None:
    """Two identities that nothing but a third holds together."""
    memory.ingest(
        [
            contact("mail", "1", email=ADA),
            contact("phone", "2", phone=PHONE),
            contact("app", "3", email=ADA, phone=PHONE, name="Ada Byron"),
            Message(source="app", id="m3", text="a secret of the app", occurred_at=AT,
                    author=Person(id="3")),
            Message(source="mail", id="m1", text="written by mail", occurred_at=AT,
                    author=Person(id="1")),
        ]
    )  # fmt: skip
    assert len(memory.customer(ADA).identities) == 3


def test_what_an_erased_identity_held_together_comes_apart(memory: Memory) -> None:
    bridged(memory)
    heard: list[Event] = []
    memory.identity.subscribe(heard.append)
    erased = memory.erase(ADA, identities=["identity:app:3"])
    assert erased.verified
    assert len(erased.left) == 2
    assert memory.customer(ADA).identities == ("identity:mail:1",)
    assert memory.customer(PHONE).identities == ("identity:phone:2",)
    assert [event.kind for event in heard] == ["split"]
    assert not memory.view().nodes(["identity:app:3", "interaction:app:m3"])
    assert memory.view().nodes(["interaction:mail:m1"])
    with pytest.raises(NotFoundError):
        memory.customer("app:3")


def test_what_others_hold_together_too_stays_together(memory: Memory) -> None:
    bridged(memory)
    memory.ingest(contact("shop", "4", email=ADA, phone=PHONE, name="Ada Byron"))
    before = memory.customer(ADA)
    erased = memory.erase(ADA, identities=["identity:app:3"])
    assert erased.left == (before.id,)
    after = memory.customer(ADA)
    assert (after.id, len(after.identities)) == (before.id, 3)


def test_a_key_that_the_rest_holds_still_takes_records_in(memory: Memory) -> None:
    bridged(memory)
    memory.erase(ADA, identities=["identity:app:3"])
    old = contact("app", "3", email=ADA, name="Ada Byron")
    assert memory.ingest(old).erased
    assert not memory.ingest(contact("crm", "9", email=ADA, name="Ada Byron")).erased
    assert "identity:crm:9" in memory.customer(ADA).identities


def test_what_a_person_said_is_one_stays_one(memory: Memory) -> None:
    memory.ingest([contact("a", "1", name="Ada Byron", email=ADA),
                   contact("a", "2", name="Ada Byron", email=ADA),
                   contact("b", "3", name="Grace Hopper")])  # fmt: skip
    memory.identity.merge(ADA, "b:3", by="agent:kim", reason="married")
    customer = memory.customer(ADA)
    erased = memory.erase(ADA, identities=["identity:a:1"])
    assert erased.left == (customer.id,)
    assert memory.customer("b:3").identities == ("identity:a:2", "identity:b:3")
    replay = memory.identity.replay()
    assert (replay.merges, replay.splits) == ((), ())


def test_an_address_in_the_customers_own_id_goes_with_it(memory: Memory) -> None:
    mail = Message(source="mbox", id="m", text="hello", occurred_at=AT, author=Person(email=ADA))
    memory.ingest(mail)
    memory.ingest(contact("app", "3", email=ADA, name="Ada Byron"))
    before = memory.customer("app:3")
    assert before.id == f"customer:mbox:{ADA}"
    erased = memory.erase("app:3", identities=[f"identity:mbox:{ADA}"])
    assert erased.verified
    assert erased.left == ("customer:app:3",)
    assert memory.customer("app:3").identities == ("identity:app:3",)
    assert not memory.view().nodes([before.id])


def test_erasing_all_identities_erases_the_customer(memory: Memory) -> None:
    bridged(memory)
    erased = memory.erase(ADA, identities=memory.customer(ADA).identities)
    assert erased.left == ()
    assert memory.counts().get("Customer", 0) == 0


@pytest.mark.parametrize("identities", [[], "identity:app:3", ["identity:app:4"]])
def test_only_their_own_identities_can_be_erased(memory: Memory, identities: Any) -> None:
    bridged(memory)
    before = memory.view().revision
    with pytest.raises(InputError, match="identit"):
        memory.erase(ADA, identities=identities)
    assert memory.view().revision == before
