"""Cases that must come out right on every store, in a tenant whose names were counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from omnimemory.identity.evidence import Evidence, evidence
from omnimemory.identity.facts import STATISTICS
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.normal import key_of
from omnimemory.identity.policy import CAUTIOUS, Policy
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.statistics import Statistics
from omnimemory.memory import Memory
from omnimemory.model.facts import Changes, Node
from omnimemory.model.records import Contact, Identifier, IdentifierType, Person
from omnimemory.model.time import BEGINNING, Span, micros
from omnimemory.store.base import GraphStore
from tests.identity.stores import opened
from tests.stores import STORES

GIVEN = "Ava Liam Noah Mia Zoe Ethan Ruby Oscar Ivy Hugo Isla Jack Lucy Max Ella Leo".split()
FAMILY = "Marsh Okafor Petrov Lindgren Castro Nguyen Haddad Moreau Silva Kovacs".split()
Groups: TypeAlias = Callable[..., tuple[set[frozenset[int]], int]]
T0 = datetime(2026, 1, 1, tzinfo=UTC)


class Told(msgspec.Struct, frozen=True):
    """What one record tells of a person."""

    id: int
    name: str | None
    fields: dict[str, str]

    @property
    def at(self) -> datetime:
        return T0 + timedelta(days=int(self.fields.get("day", "0")))

    @property
    def address(self) -> dict[str, str]:
        return {"street": self.fields["street"]} if "street" in self.fields else {}

    def identifiers(self) -> tuple[Identifier, ...]:
        types: tuple[IdentifierType, ...] = ("email", "phone", "device")
        plain = [Identifier(type=t, value=self.fields[t]) for t in types if t in self.fields]
        ids = [
            Identifier(type="external", namespace=namespace, value=self.fields[namespace])
            for namespace in ("app", "crm", "ssn")
            if namespace in self.fields
        ]
        return (*plain, *ids)

    def evidence(self) -> Evidence:
        return evidence(
            f"identity:t:{self.id:03}",
            name=self.name,
            keys=[key for one in self.identifiers() if (key := key_of(one))],
            own="t",
            born=self.fields.get("born"),
            address=self.address,
            at=micros(self.at),
            region="AU",
        )

    def record(self) -> Contact:
        born = self.fields.get("born")
        return Contact(
            source="t",
            id=f"{self.id:03}",
            created_at=self.at,
            person=Person(name=self.name, identifiers=self.identifiers()),
            birth_date=None if born is None else date.fromisoformat(born),
            address=self.address,
        )


def told(id: int, name: str | None = None, **fields: str) -> Told:
    return Told(id, name, fields)


def known_names() -> Statistics:
    """Return the statistics of a tenant whose names were counted."""
    statistics = Statistics()
    for n in range(600):
        known = f"{GIVEN[n % 16]} {FAMILY[n % 10]}{'aeiou'[n % 5]}"
        statistics.saw(evidence(f"identity:x:{n}", name=known))
    return statistics


def decided(people: Iterable[Told], policy: Policy) -> tuple[dict[str, str], int]:
    """Return who is who by the resolver alone, and how many questions are open."""
    resolver = Resolver(policy, Ledger(), known_names())
    for one in people:
        resolver.add(one.evidence())
    resolver.settle()
    asked = sum(map(len, resolver.ledger.questions.values())) // 2
    return resolver.ledger.customer_of, asked


def ingested(
    store: GraphStore, people: Iterable[Told], policy: Policy
) -> tuple[dict[str, str], int]:
    """Return who is who once the records were taken into a store."""
    memory = Memory(store, tenant=f"t-{uuid4().hex}", identity=replace(policy, region="AU"))
    learned = Node(
        id=STATISTICS, kind="Statistics", span=Span(BEGINNING), props=known_names().to_props()
    )
    store.commit(memory.tenant, Changes(add=(learned,)), base=memory.view().revision)
    assert not memory.ingest([one.record() for one in people]).errors
    ids = [node.id for node in memory.view().find(kind="Identity")]
    links = memory.view().edges(ids, kinds=["SAME_AS"], at="source")
    return {edge.source: edge.target for edge in links}, len(memory.identity.review(limit=1_000))


@pytest.fixture(scope="module", params=["resolver", *STORES])
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """How it is decided: by the resolver alone, or through each store."""
    if request.param == "resolver":
        yield decided
        return
    with opened(request.param, tmp_path_factory) as store:
        yield partial(ingested, store)


@pytest.fixture
def groups(way: Any) -> Callable[..., tuple[set[frozenset[int]], int]]:
    """Return the numbers of the records that became one, and how many questions are open."""

    def grouped(*people: Told, policy: Policy = CAUTIOUS) -> tuple[set[frozenset[int]], int]:
        customers, asked = way(people, policy)
        found: dict[str, set[int]] = {}
        for id, customer in customers.items():
            found.setdefault(customer, set()).add(int(id[-3:]))
        return set(map(frozenset, found.values())), asked

    return grouped


def apart(count: int) -> set[frozenset[int]]:
    return {frozenset({n}) for n in range(count)}


def test_a_kiosk_joins_nobody(groups: Groups) -> None:
    named = [told(n, f"{GIVEN[n]} {FAMILY[n % 10]}", device="dev-kiosk9") for n in range(16)]
    silent = [told(16 + n, device="dev-kiosk9") for n in range(10)]
    found, _ = groups(*named, *silent)
    assert all(len({n for n in group if n < 16}) <= 1 for group in found)


def test_a_landline_of_a_family_keeps_its_members_apart(groups: Groups) -> None:
    people = [told(n, f"{GIVEN[n]} Marsh", phone="02 9374 4001") for n in range(4)]
    assert groups(*people)[0] == apart(4)


def test_spouses_who_share_an_address_are_two(groups: Groups) -> None:
    found, _ = groups(
        told(0, "Ava Marsh", email="themarshs@gmail.com", phone="0412 345 678"),
        told(1, "Liam Marsh", email="themarshs@gmail.com", phone="0412 999 111"),
    )
    assert found == apart(2)


def test_a_role_address_joins_nobody(groups: Groups) -> None:
    people = [
        told(n, f"{GIVEN[n]} {FAMILY[n]}", email="support@acme.example.com") for n in range(5)
    ]
    assert groups(*people)[0] == apart(5)


def test_a_father_and_a_son_of_one_name_and_landline_are_two(groups: Groups) -> None:
    father = {"phone": "03 9555 1234", "born": "1950-03-12"}
    son = {"phone": "03 9555 1234", "born": "1982-07-21"}
    found, _ = groups(
        told(0, "Robert Hale", **father),
        told(1, "Robert Hale", **son),
        told(2, "Robert Hale", **father),
    )
    assert found == {frozenset({0, 2}), frozenset({1})}


def test_junior_and_senior_are_two(groups: Groups) -> None:
    shared = {"phone": "03 9555 1234"}
    found, _ = groups(told(0, "David Dobbins Jr", **shared), told(1, "David Dobbins Sr", **shared))
    assert found == apart(2)


def test_a_mobile_that_was_given_to_somebody_else_does_not_join_the_two(groups: Groups) -> None:
    found, _ = groups(
        told(0, "Ivy Frost", phone="0431 222 333", email="ivy.frost@gmail.com"),
        told(1, "Hugo Weiss", day="200", phone="0431 222 333", email="hugow9@gmail.com"),
    )
    assert found == apart(2)


def test_a_record_that_bridges_two_people_does_not_merge_them(groups: Groups) -> None:
    found, _ = groups(
        told(0, "Zoe Castro", email="zoe.c@gmail.com"),
        told(1, "Owen Byrne", phone="0433 111 222"),
        told(2, None, email="zoe.c@gmail.com", phone="0433 111 222"),
    )
    assert not any({0, 1} <= group for group in found)


def test_a_ring_of_eight_stays_eight(groups: Groups) -> None:
    ring = [
        told(
            n, f"{GIVEN[n]} {FAMILY[n]}", email=f"person{n}@outlook.com", phone=f"0412 039 1{n:02}"
        )
        for n in range(8)
    ]
    links = [
        told(8 + n, f"{GIVEN[n]} {FAMILY[n]}", email=f"person{n}@outlook.com",
             phone=f"0412 039 1{(n + 1) % 8:02}")
        for n in range(8)
    ]  # fmt: skip
    found, _ = groups(*ring, *links)
    assert all(len({n % 8 for n in group}) == 1 for group in found)


def test_namesakes_who_share_nothing_are_two(groups: Groups) -> None:
    names = [told(n, "Ava Marsha", email=f"{word}@gmail.com")
             for n, word in enumerate(("avam80", "mountain77"))]  # fmt: skip
    assert groups(*names)[0] == apart(2)


def test_placeholders_join_nobody(groups: Groups) -> None:
    same = {"email": "test@test.com", "phone": "0000000000", "app": "undefined"}
    people = [told(n, f"{GIVEN[n]} {FAMILY[n]}", **same) for n in range(6)]
    assert groups(*people)[0] == apart(6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            told(0, "Robert Hale", phone="+61 412 345 678"),
            told(1, "Bob Hale", phone="0061412345678"),
        ),
        (
            told(0, "Mia Silva", email="Mia.Silva+news@Gmail.com"),
            told(1, email="miasilva@gmail.com"),
        ),
        (
            told(0, "Petra Lindgren", email="petra.lindgren88@gmail.com"),
            told(1, "Petra Lindgren", email="petra.lindgren88@gmial.com"),
        ),
        (told(0, "Shaw Daniella", born="1991-08-20", crm="9"), told(1, "Daniella Shaw", crm="9")),
        (told(0, "王小明", app="77"), told(1, "Wang Xiaoming", app="77")),
        (told(0, "Анна Петрова", app="77"), told(1, "Anna Petrova", app="77")),
        (told(0, "محمد علي", app="77"), told(1, "Mohamed Ali", app="77")),
        (
            told(0, "Ava Marsh", born="1978-11-12", phone="0412 345 678"),
            told(1, "Ava Marsh", born="1978-12-11", phone="0412 345 678"),
        ),
        (
            told(0, "Mohamed Antoun", born="1980-01-07"),
            told(1, "Mhd Antoun", born="1980-01-07"),
        ),
        (
            told(0, "Susan Mooney", ssn="521-21-2123"),
            told(1, "Susan Moonie", ssn="521 21 2123"),
        ),
        (
            told(0, "Susan Mooney", ssn="521212123", born="1980-01-07"),
            told(1, "Susan Mooney", ssn="521212132", born="1980-01-07"),
        ),
        (
            told(0, "Xiu Ying Zhang", born="1931-04-02", street="329 Leatherwood Street, Reno"),
            told(1, "张秀英", born="1931-02-04", street="329 Leatherwood St, Reno, NV 89117"),
        ),
    ],
)
def test_one_person_in_two_spellings_is_one(groups: Groups, one: Told, other: Told) -> None:
    """Nickname and prefix, Gmail's dots, a typo, reversed and foreign names, swapped days."""
    assert groups(one, other)[0] == {frozenset({0, 1})}


HOME = {"born": "1980-01-07", "street": "329 Leatherwood Street, Reno"}


@pytest.mark.parametrize("other", ["521212123", "527212123"])
def test_a_document_and_a_day_of_birth_outweigh_another_name(groups: Groups, other: str) -> None:
    """People change their names; the number may be mistyped."""
    found, _ = groups(
        told(0, "Dominique Lindgren", ssn="521212123", **HOME),
        told(1, "Sasha Lindgren", ssn=other, **HOME),
    )
    assert found == {frozenset({0, 1})}


@pytest.mark.parametrize("other", ["521212124", "840331176", None])
def test_twins_with_numbers_of_their_own_are_two(groups: Groups, other: str | None) -> None:
    """Also where theirs were issued one after the other, or one of them has none."""
    ssn = {} if other is None else {"ssn": other}
    found, _ = groups(
        told(0, "Liam Lindgren", ssn="521212123", **HOME), told(1, "Mia Lindgren", **ssn, **HOME)
    )
    assert found == apart(2)


def test_a_document_alone_joins_no_two_names_with_two_days_of_birth(groups: Groups) -> None:
    """A daughter who is told of by her mother's number is asked about."""
    found, asked = groups(
        told(0, "Zoe Lindgren", ssn="521212123", **HOME),
        told(1, "Mia Lindgren", ssn="521212123", **HOME | {"born": "2004-03-30"}),
    )
    assert (found, asked) == (apart(2), 1)


@pytest.mark.parametrize(("one", "other"), [("Darla", "Darlene"), ("Liam", "Mia")])
def test_given_names_that_look_alike_or_twins_are_two(groups: Groups, one: str, other: str) -> None:
    shared = {"born": "1980-01-07"}
    found, _ = groups(told(0, f"{one} Anderson", **shared), told(1, f"{other} Anderson", **shared))
    assert found == apart(2)


def test_an_anonymous_chat_joins_the_login_on_its_device(groups: Groups) -> None:
    found, _ = groups(
        told(0, device="dev-1a2b3c"),
        told(1, "Isla Rossi", device="dev-1a2b3c", app="78"),
        told(2, app="78", email="isla.r@gmail.com"),
        told(3, "Isla Rossi", email="isla.r@gmail.com"),
    )
    assert found == {frozenset({0, 1, 2, 3})}
