"""What people and sources get wrong: one clear error each, and nothing half done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import omnimemory
from omnimemory.errors import InputError, NotFoundError
from omnimemory.memory import Memory
from omnimemory.model.records import Account, Contact, Identifier, Person, Ref, Ticket
from omnimemory.store.registry import open_store

ADA = {"name": "Ada Byron", "email": "ada@example.org", "phone": "+4915123125123"}


@pytest.fixture(params=["networkx://", "sqlite://"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    with omnimemory.connect(request.param, tenant="acme", identity="balanced") as opened:
        opened.ingest([contact("1", **ADA), contact("2", name="Grace Hopper", email="g@x.org")])
        yield opened


def contact(id: str, **person: Any) -> Contact:
    return Contact(source="crm", id=id, person=Person(**person))


def customers(memory: Memory) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.id, one.identities) for one in memory.customers()]


def refused(memory: Memory, *records: Any) -> str:
    """Return why the one bad record was refused; the good one beside it must be taken in."""
    report = memory.ingest([*records, contact("good", name="Good One", email="good@x.org")])
    assert memory.customer("good@x.org").identities == ("identity:crm:good",)
    (error,) = report.errors
    return str(error)


def test_a_record_with_nothing_is_refused_and_one_with_an_id_is_somebody(memory: Memory) -> None:
    assert "type" in refused(memory, {})
    memory.ingest(contact("bare"))
    assert memory.customer("crm:bare").identities == ("identity:crm:bare",)


def test_five_hundred_identifiers_are_kept_and_hold_nobody_together(memory: Memory) -> None:
    many = tuple(Identifier(type="email", value=f"n{n}@many.org") for n in range(500))
    memory.ingest(contact("many", name="Ann Many", email=ADA["email"], identifiers=many))
    found = memory.customer("n499@many.org")
    assert "email:n0@many.org" in found.identifiers
    assert "identity:crm:many" in found.identities


def test_a_name_of_ten_kilobytes_is_refused_alone(memory: Memory) -> None:
    bad = {"type": "contact", "source": "crm", "id": "9", "person": {"name": "n" * 10_000}}
    assert "person.name: Value should have at most 5000" in refused(memory, bad)


def test_an_identifier_of_ten_kilobytes_finds_nobody_and_is_kept_as_written(
    memory: Memory,
) -> None:
    memory.ingest(contact("9", identifiers=(Identifier(type="device", value="d" * 10_000),)))
    (node,) = memory.view().nodes(["identity:crm:9"])
    assert node.keys == {"crm:9"}
    assert len(node.props["unread_identifiers"][0]["value"]) == 10_000


@pytest.mark.parametrize("character", ["\x01", "\n", "\x7f", "\x1b"])
def test_a_control_character_in_an_id_is_refused_alone(memory: Memory, character: str) -> None:
    id = f"7{character}7"
    for record in (
        contact(id, name="Ida Id"),
        Ticket(source="desk", id=id, subject="s"),
        Account(source="crm", id=id, name="Acme"),
        Ticket(
            source="desk",
            id="8",
            subject="s",
            duplicate_of=Ref(kind="Ticket", id=id),
        ),
        Ticket(source="desk", id="8", subject="s", requester=Person(id=id)),
    ):
        before = memory.counts()
        assert "control characters" in refused(memory, record)
        gained = {k: n - before.get(k, 0) for k, n in memory.counts().items()}
        assert gained.get("Ticket", 0) == gained.get("Account", 0) == 0


def test_control_characters_in_names_and_identifiers_mean_nothing(memory: Memory) -> None:
    memory.ingest(contact("9", name="Ada\x00 Byron\n", email="ada\x08@example.org"))
    assert "identity:crm:9" in memory.customer("ada@example.org").identities
    memory.ingest(Account(source="crm", id="a", name="Acme\nInc"))
    assert memory.account("acme inc").id == "account:crm:a"


@pytest.mark.parametrize("mark", ["\u200f", "\u202e", "\u2066", "\ufeff"])
def test_marks_of_direction_mean_nothing(memory: Memory, mark: str) -> None:
    memory.ingest(contact("9", name=f"{mark}Ada {mark}Byron", email=f"{mark}ada@example.org{mark}"))
    assert "identity:crm:9" in memory.customer("ada@example.org").identities
    (node,) = memory.view().nodes(["identity:crm:9"])
    written = node.props["identifiers"]["email:ada@example.org"]["value"]
    assert written == f"{mark}ada@example.org{mark}"


def test_an_address_with_three_at_signs_finds_nobody_and_is_kept_as_written(
    memory: Memory,
) -> None:
    memory.ingest([contact(id, email="a@b@c@x.org") for id in ("8", "9")])
    assert len({memory.customer(f"crm:{id}").id for id in ("8", "9")}) == 2
    (node,) = memory.view().nodes(["identity:crm:9"])
    assert [one["value"] for one in node.props["unread_identifiers"]] == ["a@b@c@x.org"]
    with pytest.raises(InputError, match="no identifier"):
        memory.customer("a@b@c@x.org")


@pytest.mark.parametrize("phone", ["030 23125123", "+999 12345678", "(555) 01-99-12"])
def test_a_number_of_no_country_is_a_key_as_it_is(memory: Memory, phone: str) -> None:
    memory.ingest([contact(id, name="Nora Land", phone=phone) for id in ("8", "9")])
    assert memory.customer(phone).identities == ("identity:crm:8", "identity:crm:9")


@pytest.mark.parametrize("phone", ["12", "call me", "++++", "-"])
def test_what_is_no_number_joins_nobody(memory: Memory, phone: str) -> None:
    memory.ingest([contact(id, phone=phone) for id in ("8", "9")])
    assert memory.customer("crm:8").id != memory.customer("crm:9").id


def test_the_same_record_twice_is_one(memory: Memory) -> None:
    before = customers(memory), memory.view().revision
    report = memory.ingest([contact("1", **ADA), contact("1", **ADA)])
    assert (customers(memory), memory.view().revision) == before
    assert not report.changed


def test_a_record_that_names_two_customers_asks_and_merges_nobody() -> None:
    with omnimemory.connect("networkx://", tenant="acme", identity="cautious") as memory:
        memory.ingest(
            [contact("1", **ADA), contact("3", name="Owen Frost", phone="+4915123125999")]
        )
        before = customers(memory)
        memory.ingest(contact("4", email="ada@example.org", phone="+4915123125999"))
        assert set(before) < set(customers(memory))
        asked = {frozenset({one.left.id, one.right.id}) for one in memory.identity.review()}
        poisoned = memory.customer("crm:4").id
        assert asked == {frozenset({poisoned, customer}) for customer, _ in before}


def unchanged(memory: Memory, match: str, call: Any, error: type[Exception] = InputError) -> None:
    before = customers(memory), memory.view().revision
    with pytest.raises(error, match=match):
        call()
    assert (customers(memory), memory.view().revision) == before


def test_a_customer_cannot_be_merged_with_itself(memory: Memory) -> None:
    merge = memory.identity.merge
    unchanged(memory, "one customer already",
              lambda: merge("crm:1", "ada@example.org", by="agent:kim", reason="r"))  # fmt: skip


def test_a_customer_of_another_tenant_is_nobody_here() -> None:
    store = open_store("networkx://")
    ours = Memory(store, tenant="acme")
    theirs = Memory(store, tenant="other")
    ours.ingest(contact("1", **ADA))
    theirs.ingest(contact("7", name="Grace Hopper"))
    unchanged(ours, "crm:7",
              lambda: ours.identity.merge("crm:1", "crm:7", by="agent:kim", reason="r"),
              NotFoundError)  # fmt: skip
    assert customers(theirs) == [("customer:crm:7", ("identity:crm:7",))]


def test_what_is_kept_apart_cannot_be_merged(memory: Memory) -> None:
    done = memory.identity.merge("crm:1", "crm:2", by="agent:kim", reason="r")
    memory.identity.unmerge(done.moved, by="agent:kim", reason="r")
    merge = memory.identity.merge
    unchanged(memory, "kept apart", lambda: merge("crm:1", "crm:2", by="agent:lee", reason="r"))
    memory.identity.allow("crm:1", "crm:2")
    merge("crm:1", "crm:2", by="agent:lee", reason="r")


def test_nobody_decides_without_a_name_and_a_reason(memory: Memory) -> None:
    unchanged(memory, "who decides and why",
              lambda: memory.identity.merge("crm:1", "crm:2", by="", reason="r"))  # fmt: skip


def test_the_last_identity_cannot_leave(memory: Memory) -> None:
    unmerge = memory.identity.unmerge
    unchanged(memory, "nothing of .* would be left",
              lambda: unmerge(["identity:crm:1"], by="agent:kim", reason="r"))  # fmt: skip


@pytest.mark.parametrize("identities", ["identity:crm:1", [], ["crm:1"]])
def test_only_a_collection_of_identities_can_leave(memory: Memory, identities: Any) -> None:
    unchanged(memory, "identit",
              lambda: memory.identity.unmerge(identities, by="agent:kim", reason="r"))  # fmt: skip


def asked(memory: Memory) -> Any:
    desk = "+493023125123"
    memory.ingest([contact("8", name="Robin Hale", phone=desk)])
    memory.ingest([contact("9", name="R. Hale", phone=desk)])
    (question,) = memory.identity.review()
    return question


@pytest.mark.parametrize("answer", ["same", "different"])
def test_a_question_is_answered_once(memory: Memory, answer: Any) -> None:
    question = asked(memory)
    question.answer(answer, by="agent:kim")
    unchanged(memory, "is closed", lambda: question.answer(answer, by="agent:kim"))


def test_a_question_is_closed_once_its_identities_moved(memory: Memory) -> None:
    question = asked(memory)
    memory.identity.merge("crm:8", "crm:1", by="agent:kim", reason="r")
    unchanged(memory, "is closed|no customer", lambda: question.answer("same", by="agent:kim"))


def test_an_answer_is_same_or_different(memory: Memory) -> None:
    question = asked(memory)
    unchanged(memory, "'same' or 'different'", lambda: question.answer("maybe", by="agent:kim"))
