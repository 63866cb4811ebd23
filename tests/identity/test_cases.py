"""Cases that a resolver must get right, in a tenant whose names it has counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from omnimemory.identity.evidence import Evidence, evidence
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.normal import key_of
from omnimemory.identity.policy import CAUTIOUS, Policy
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.statistics import Statistics
from omnimemory.model.records import Identifier, IdentifierType
from omnimemory.model.time import micros

GIVEN = "Ava Liam Noah Mia Zoe Ethan Ruby Oscar Ivy Hugo Isla Jack Lucy Max Ella Leo".split()
FAMILY = "Marsh Okafor Petrov Lindgren Castro Nguyen Haddad Moreau Silva Kovacs".split()
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def told(id: int, name: str | None = None, **fields: str) -> Evidence:
    types: tuple[IdentifierType, ...] = ("email", "phone", "device")
    given = [Identifier(type=type, value=fields[type]) for type in types if type in fields]
    given += [
        Identifier(type="external", namespace=namespace, value=fields[namespace])
        for namespace in ("app", "crm", "ssn")
        if namespace in fields
    ]
    return evidence(
        f"identity:t:{id:03}",
        name=name,
        keys=[key for one in given if (key := key_of(one))],
        own="t",
        born=fields.get("born"),
        address={"street": fields["street"]} if "street" in fields else None,
        at=micros(T0 + timedelta(days=int(fields.get("day", "0")))),
        region="AU",
    )


def groups(*people: Evidence, policy: Policy = CAUTIOUS) -> tuple[set[frozenset[int]], int]:
    """Return the numbers of the records that became one, and how many questions are open."""
    resolver = Resolver(policy, Ledger(), Statistics())
    for n in range(600):
        known = f"{GIVEN[n % 16]} {FAMILY[n % 10]}{'aeiou'[n % 5]}"
        resolver.statistics.saw(evidence(f"identity:x:{n}", name=known))
    for one in people:
        resolver.add(one)
    resolver.settle()
    found: dict[str, set[int]] = {}
    for id, customer in resolver.ledger.customer_of.items():
        found.setdefault(customer, set()).add(int(id[-3:]))
    asked = sum(map(len, resolver.ledger.questions.values())) // 2
    return set(map(frozenset, found.values())), asked


def apart(count: int) -> set[frozenset[int]]:
    return {frozenset({n}) for n in range(count)}


def test_a_kiosk_joins_nobody() -> None:
    named = [told(n, f"{GIVEN[n]} {FAMILY[n % 10]}", device="dev-kiosk9") for n in range(16)]
    silent = [told(16 + n, device="dev-kiosk9") for n in range(10)]
    found, _ = groups(*named, *silent)
    assert all(len({n for n in group if n < 16}) <= 1 for group in found)


def test_a_landline_of_a_family_keeps_its_members_apart() -> None:
    people = [told(n, f"{GIVEN[n]} Marsh", phone="02 9374 4001") for n in range(4)]
    assert groups(*people)[0] == apart(4)


def test_spouses_who_share_an_address_are_two() -> None:
    found, _ = groups(
        told(0, "Ava Marsh", email="themarshs@gmail.com", phone="0412 345 678"),
        told(1, "Liam Marsh", email="themarshs@gmail.com", phone="0412 999 111"),
    )
    assert found == apart(2)


def test_a_role_address_joins_nobody() -> None:
    people = [
        told(n, f"{GIVEN[n]} {FAMILY[n]}", email="support@acme.example.com") for n in range(5)
    ]
    assert groups(*people)[0] == apart(5)


def test_a_father_and_a_son_of_one_name_and_landline_are_two() -> None:
    father = {"phone": "03 9555 1234", "born": "1950-03-12"}
    son = {"phone": "03 9555 1234", "born": "1982-07-21"}
    found, _ = groups(
        told(0, "Robert Hale", **father),
        told(1, "Robert Hale", **son),
        told(2, "Robert Hale", **father),
    )
    assert found == {frozenset({0, 2}), frozenset({1})}


def test_junior_and_senior_are_two() -> None:
    shared = {"phone": "03 9555 1234"}
    found, _ = groups(told(0, "David Dobbins Jr", **shared), told(1, "David Dobbins Sr", **shared))
    assert found == apart(2)


def test_a_mobile_that_was_given_to_somebody_else_does_not_join_the_two() -> None:
    found, _ = groups(
        told(0, "Ivy Frost", phone="0431 222 333", email="ivy.frost@gmail.com"),
        told(1, "Hugo Weiss", day="200", phone="0431 222 333", email="hugow9@gmail.com"),
    )
    assert found == apart(2)


def test_a_record_that_bridges_two_people_does_not_merge_them() -> None:
    found, _ = groups(
        told(0, "Zoe Castro", email="zoe.c@gmail.com"),
        told(1, "Owen Byrne", phone="0433 111 222"),
        told(2, None, email="zoe.c@gmail.com", phone="0433 111 222"),
    )
    assert not any({0, 1} <= group for group in found)


def test_a_ring_of_eight_stays_eight() -> None:
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


def test_namesakes_who_share_nothing_are_two() -> None:
    names = [told(n, "Ava Marsha", email=f"{word}@gmail.com")
             for n, word in enumerate(("avam80", "mountain77"))]  # fmt: skip
    assert groups(*names)[0] == apart(2)


def test_placeholders_join_nobody() -> None:
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
def test_one_person_in_two_spellings_is_one(one: Evidence, other: Evidence) -> None:
    """Nickname and prefix, Gmail's dots, a typo, reversed and foreign names, swapped days."""
    assert groups(one, other)[0] == {frozenset({0, 1})}


@pytest.mark.parametrize(("one", "other"), [("Darla", "Darlene"), ("Liam", "Mia")])
def test_given_names_that_look_alike_or_twins_are_two(one: str, other: str) -> None:
    shared = {"born": "1980-01-07"}
    found, _ = groups(told(0, f"{one} Anderson", **shared), told(1, f"{other} Anderson", **shared))
    assert found == apart(2)


def test_an_anonymous_chat_joins_the_login_on_its_device() -> None:
    found, _ = groups(
        told(0, device="dev-1a2b3c"),
        told(1, "Isla Rossi", device="dev-1a2b3c", app="78"),
        told(2, app="78", email="isla.r@gmail.com"),
        told(3, "Isla Rossi", email="isla.r@gmail.com"),
    )
    assert found == {frozenset({0, 1, 2, 3})}
