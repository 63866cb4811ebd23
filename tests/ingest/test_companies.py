"""Companies: who belongs to which account, whoever comes first, and which accounts are one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

import omnimemory
from omnimemory.identity.policy import Policy
from omnimemory.memory import Memory
from omnimemory.model.records import Account, Contact, Person, Ref

T1 = datetime(2026, 3, 1, tzinfo=UTC)
ACME = Account(source="hubspot", id="77", name="Acme Inc", domains=("acme.com", "gmail.com"))
DANA = Contact(source="crm", id="1", person=Person(name="Dana Kovac", email="dana@acme.com"))
DESK = Contact(source="crm", id="2", person=Person(email="info@acme.com"))
FREE = Contact(source="crm", id="3", person=Person(name="Mia Silva", email="mia@gmail.com"))


@pytest.fixture(params=["networkx://", "sqlite://"])
def memory(request: pytest.FixtureRequest) -> Iterator[Memory]:
    with omnimemory.connect(request.param, tenant="acme") as opened:
        yield opened


def members(memory: Memory, *, as_of: datetime | None = None) -> set[tuple[str, str]]:
    ids = [node.id for node in memory.view().find(kind="Account")]
    edges = memory.view(as_of).edges(ids, kinds=["MEMBER_OF"], at="target")
    return {(edge.source, edge.target) for edge in edges}


@pytest.mark.parametrize("order", list(permutations([ACME, DANA, DESK])))
def test_an_address_at_a_companys_domain_belongs_to_its_account(memory: Memory, order: Any) -> None:
    """Whichever is taken in first, by itself or in one batch; people at free mail belong nowhere."""
    for record in order:
        memory.ingest(record)
    memory.ingest(FREE)
    expected = {("identity:crm:1", "account:hubspot:77"), ("identity:crm:2", "account:hubspot:77")}
    assert members(memory) == expected
    assert [name for _, name in memory.customer("dana@acme.com").accounts] == ["Acme Inc"]
    assert memory.customer("mia@gmail.com").accounts == ()
    revision = memory.view().revision
    memory.ingest([*order, FREE])
    assert memory.view().revision == revision
    with omnimemory.connect("networkx://", tenant="acme") as other:
        other.ingest([*order, FREE])
        assert members(other) == expected


def test_a_new_domain_of_an_account_brings_its_people(memory: Memory) -> None:
    memory.ingest([Account(source="hubspot", id="77", name="Acme Inc"), DANA])
    assert members(memory) == set()
    memory.ingest(ACME.model_copy(update={"updated_at": T1}))
    assert members(memory) == {("identity:crm:1", "account:hubspot:77")}


def test_a_membership_ends_with_the_domain_it_rests_on(memory: Memory) -> None:
    """It ends when the account lost the domain, and begins anew when it gets it back."""
    memory.ingest([ACME, DANA])
    moved = ACME.model_copy(update={"domains": ("acme.org",), "updated_at": T1})
    memory.ingest(moved)
    assert members(memory) == set()
    assert members(memory, as_of=T1 - timedelta(days=1)) == {
        ("identity:crm:1", "account:hubspot:77")
    }
    assert memory.customer("dana@acme.com").accounts == ()
    late = Contact(source="crm", id="5", person=Person(name="Lou Weiss", email="lou@acme.com"))
    memory.ingest([late, Contact(source="crm", id="6", person=Person(email="z@acme.org"))])
    assert members(memory) == {("identity:crm:6", "account:hubspot:77")}
    revision = memory.view().revision
    memory.ingest([moved, DANA])
    assert memory.view().revision == revision
    memory.ingest(ACME.model_copy(update={"updated_at": T1 + timedelta(days=9)}))
    assert {id for id, _ in members(memory)} == {"identity:crm:1", "identity:crm:5"}
    between = members(memory, as_of=T1 + timedelta(days=1))
    assert {id for id, _ in between} == {"identity:crm:6"}


def test_an_account_that_was_deleted_has_no_people(memory: Memory) -> None:
    memory.ingest([ACME, DANA])
    memory.ingest(ACME.model_copy(update={"updated_at": T1, "deleted_at": T1}))
    assert memory.customer("dana@acme.com").accounts == ()
    assert members(memory) == set()


def test_accounts_are_one_company_for_as_long_as_they_share_a_domain(memory: Memory) -> None:
    memory.ingest([ACME, Account(source="zendesk", id="9", name="Acme", domains=("acme.com",))])
    assert memory.view().edges(["account:hubspot:77"], kinds=["SAME_COMPANY"])
    memory.ingest(ACME.model_copy(update={"domains": ("acme.org",), "updated_at": T1}))
    assert memory.view().edges(["account:hubspot:77"], kinds=["SAME_COMPANY"]) == []


def test_what_a_source_told_stays_as_it_told_it(memory: Memory) -> None:
    told = Contact(
        source="crm", id="1", person=DANA.person, accounts=(Ref(kind="Account", id="9"),)
    )
    memory.ingest([ACME, told, Account(source="crm", id="9", name="Other Ltd")])
    assert members(memory) == {
        ("identity:crm:1", "account:hubspot:77"), ("identity:crm:1", "account:crm:9")
    }  # fmt: skip
    memory.ingest(told)
    assert len(members(memory)) == 2


def test_a_blocked_domain_names_no_company() -> None:
    policy = Policy(blocked=frozenset({"domain:acme.com"}))
    with omnimemory.connect("networkx://", tenant="acme", identity=policy) as memory:
        memory.ingest([DANA, ACME])
        assert members(memory) == set()


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({"domains": ("acme.com",)}, {"domains": ("acme.com", "acme.org")}, "domain:acme.com"),
        ({}, {"refs": {"hubspot": "77"}}, "hubspot:77"),
        ({"domains": ("gmail.com",)}, {"domains": ("gmail.com",)}, None),
        ({}, {}, None),
    ],
)
def test_accounts_of_one_company_are_linked_by_a_domain_or_an_id_and_not_by_a_name(
    memory: Memory, one: Any, other: Any, shared: str | None
) -> None:
    memory.ingest(Account(source="hubspot", id="77", name="Acme Inc", **one))
    memory.ingest(Account(source="zendesk", id="5", name="Acme Inc", **other))
    told = (Ref(kind="Account", id="5"),)
    person = Person(name="Zoe Castro", email="zoe@home.example")
    memory.ingest(Contact(source="zendesk", id="8", person=person, accounts=told))
    edges = memory.view().edges(["account:hubspot:77"], kinds=["SAME_COMPANY"])
    assert [edge.props["shared"] for edge in edges] == ([shared] if shared else [])
    found = [one.name for one in memory.customers(account="account:hubspot:77")]
    assert found == (["Zoe Castro"] if shared else [])
    revision = memory.view().revision
    memory.ingest(Account(source="zendesk", id="5", name="Acme Inc", **other))
    assert memory.view().revision == revision


def test_companies_are_no_people(memory: Memory) -> None:
    """An account never becomes a customer, and a role address never makes colleagues one."""
    memory.ingest([ACME, DANA, DESK])
    assert {one.id for one in memory.customers()} == {"customer:crm:1", "customer:crm:2"}


def test_what_is_known_of_companies_is_not_written_again(memory: Memory) -> None:
    """However people and accounts of one domain come in: between two nodes one edge of a kind."""
    second = Account(source="zendesk", id="9", name="Acme", domains=("acme.com",))
    third = Contact(source="desk", id="4", person=Person(name="Lou", email="lou@acme.com"))
    for record in (ACME, DANA, second, DESK, third, DANA, ACME):
        memory.ingest(record)
    ids = [node.id for node in memory.view().find(kind="Account")]
    edges = memory.view().edges(ids, kinds=["MEMBER_OF", "SAME_COMPANY"])
    assert len({edge.id for edge in edges}) == len(edges) == 3 * 2 + 1
