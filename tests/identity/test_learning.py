"""What a tenant's own records teach of errors and sharing, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from omnimemory.identity.blocks import blocks
from omnimemory.identity.evidence import Evidence, Profile, evidence
from omnimemory.identity.ledger import Ledger
from omnimemory.identity.pair import FULL_NAME
from omnimemory.identity.policy import CAUTIOUS, Verdict, policy_of
from omnimemory.identity.resolver import Resolver
from omnimemory.identity.scoring import Score, score
from omnimemory.identity.statistics import Statistics

SSN = "ssn:521212123"
HOME = {"street": "329 Leatherwood Street", "postcode": "3169"}


def told(
    id: str,
    name: str | None = None,
    *keys: str,
    born: str | None = None,
    address: Mapping[str, str] | None = None,
) -> Evidence:
    return evidence(id, name=name, keys=keys, own="t", born=born, address=address, region="AU")


def agreement(one: Evidence, other: Evidence, statistics: Statistics | None = None) -> Score:
    left, right = Profile(one.id, (one,)), Profile(other.id, (other,))
    return score(left, right, statistics or Statistics(), one_owner)


def one_owner(_: str) -> int:
    return 1


def bits(result: Score) -> dict[str, float]:
    return {one.feature: one.bits for one in result.findings}


def careless() -> Statistics:
    """Return what a tenant teaches whose names and days are often told wrong."""
    statistics = Statistics()
    for n in range(2_000):
        statistics.met("id ssn", compatible=True)
        statistics.met("address", compatible=n % 100 > 0)
        statistics.compared("given name", different=n % 9 == 0)
        statistics.compared("born", different=n % 20 == 0)
        statistics.compared("id ssn", different=n % 10 == 0)
    return statistics


GIVEN = "Ava Liam Noah Mia Zoe Ethan Ruby Oscar Ivy Hugo".split()
FAMILY = "Marsh Okafor Petrov Lindgren".split()


def differing(*others: tuple[str, str]) -> tuple[list[float], list[float]]:
    """Return how often days and names differ in one person, before and after some families.

    Args:
        others: What a second and a third record of each tell in place of the first's given
            name and of its year of birth, under its number.
    """
    resolver = Resolver(CAUTIOUS, Ledger(), Statistics())
    before = [resolver.statistics.differing(one) for one in ("born", "given name")]
    for n in range(40):
        number, name, born = f"ssn:{7919 * (n + 1):09}", FAMILY[n // 10], f"1980-01-{n % 28 + 1:02}"
        resolver.add(told(f"identity:t:{n}", f"{GIVEN[n % 10]} {name}", number, born=born))
        for place, (given, year) in enumerate(others):
            other = f"{given or GIVEN[n % 10]} {name}"
            day = born.replace("1980", year)
            resolver.add(told(f"identity:t:{n}-{place}", other, number, born=day))
    return before, [resolver.statistics.differing(one) for one in ("born", "given name")]


def test_what_one_person_is_told_of_in_two_ways_is_counted() -> None:
    before, after = differing(("", "1933"), ("Wilhelmina", "1980"))
    assert all(now > 3 * then for now, then in zip(after, before, strict=True))


def test_families_that_share_a_number_teach_no_errors() -> None:
    """A mother and her daughter, told of by one number, have two names and two days."""
    before, after = differing(("Wilhelmina", "2004"))
    assert after == before


def test_what_is_often_told_wrong_speaks_less_against() -> None:
    """A number outweighs two names and two days, in one home, where both are often wrong."""
    one = told("a", "Zoe Lindgren", SSN, born="1980-01-07", address=HOME)
    other = told("b", "Mia Lindgren", SSN, born="2004-03-30", address=HOME)
    policy = policy_of("balanced")
    assert policy.on_customers(agreement(one, other)) is Verdict.ASK
    assert policy.on_customers(agreement(one, other, careless())) is Verdict.SAME


def test_twins_stay_two_however_careless_a_tenant_is() -> None:
    one = told("a", "Liam Lindgren", SSN, born="1980-01-07", address=HOME)
    other = told("b", "Mia Lindgren", "ssn:840331176", born="1980-01-07", address=HOME)
    assert policy_of("balanced").on_customers(agreement(one, other, careless())) is not Verdict.SAME


def test_an_address_is_worth_what_a_tenants_homes_say() -> None:
    """One that many share anchors as a landline does; one that nobody shares, far more."""
    one, other = told("a", "Zoe Lindgren", address=HOME), told("b", "Z. Lindgren", address=HOME)
    seldom = bits(agreement(one, other, careless()))["street"]
    assert bits(agreement(one, other))["street"] < 0
    assert seldom > 5
    assert "population" not in bits(agreement(one, other))


def test_a_number_and_a_name_outweigh_another_day_of_birth() -> None:
    one = told("a", "Zoe Lindgren", SSN, born="1980-01-07")
    result = agreement(one, told("b", "Zoe Lindgren", SSN, born="1951-11-30"))
    assert not result.conflict
    assert bits(result)["born"] < 0


def test_a_father_and_a_son_of_one_name_and_address_are_in_conflict() -> None:
    one = told("a", "Robert Hale", born="1950-03-12", address=HOME)
    result = agreement(one, told("b", "Robert Hale", born="1982-07-21", address=HOME))
    assert result.conflict
    assert policy_of("balanced").on_customers(result) is not Verdict.SAME


@pytest.mark.parametrize(
    ("one", "other"), [("1933-01-22", "1933-02-12"), ("1957-10-24", "1957-12-04")]
)
def test_two_digits_of_a_day_that_changed_places_are_a_slip(one: str, other: str) -> None:
    result = agreement(told("a", "Zoe Hale", born=one), told("b", "Zoe Hale", born=other))
    assert bits(result)["born"] > 0


def test_a_slip_in_a_postcode_says_nothing() -> None:
    home = HOME | {"postcode": "3196"}
    result = agreement(told("a", "Zoe Hale", address=HOME), told("b", "Zoe Hale", address=home))
    assert bits(result)["postcode"] == 0


def test_names_of_which_one_stands_in_the_place_of_the_other_differ_by_half() -> None:
    """Alicia Heron and "Heron Brooke": one surname, written first, and two given names."""
    one = told("a", "Alicia Heron", SSN)
    crossed = agreement(one, told("b", "Heron Brooke", SSN))
    other = agreement(one, told("b", "Brooke Quast", SSN))
    assert crossed.conflict
    assert crossed.names < FULL_NAME
    assert crossed.bits > other.bits + 5


def test_who_shares_a_postcode_and_a_day_of_birth_is_compared() -> None:
    one = told("a", "Ridley Blake", born="1999-06-18", address={"postcode": "3133"})
    other = told("b", "Blae", born="1999-06-18", address={"postcode": "3133"})
    assert set(blocks(one)) & set(blocks(other))


def test_two_of_one_address_of_whom_one_is_told_of_surname_first_are_compared() -> None:
    one, other = (
        told("a", "Harrison Capurso", address=HOME),
        told("b", "Capurso Ruby", address=HOME),
    )
    assert set(blocks(one)) & set(blocks(other))


def test_a_number_of_its_own_tells_a_record_without_a_name_from_another_person() -> None:
    """A family shares its mailbox and its home; a number is one person's."""
    keys = ("email:hales@acme.example.com", SSN)
    one = told("a", "Edward Hale", *keys, address=HOME)
    other = told("b", None, keys[0], "ssn:840331176", address=HOME)
    assert policy_of("balanced").on_customers(agreement(one, other)) is not Verdict.SAME
    assert not agreement(one, told("b", None, keys[0], address=HOME)).conflict


def test_an_address_says_less_beside_a_mailbox_than_beside_a_number() -> None:
    """People share mailboxes in one home, and numbers by mistake."""
    mail = "email:hales@acme.example.com"
    told_by = {
        key: bits(agreement(told("a", None, key, address=HOME), told("b", None, key, address=HOME)))
        for key in (mail, SSN)
    }
    assert told_by[mail]["street"] < 1
    assert told_by[SSN]["street"] > 5


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [("Martin", "Martha", "different"), ("Oksana", "Oksanochka", "alike")],
)
def test_two_names_that_people_shorten_are_no_misspelling_of_one(
    one: str, other: str, level: str
) -> None:
    """Twins of one mailbox are two; a name that is written by ear is one beside an identifier."""
    mail = "email:lindgrens@acme.example.com"
    result = agreement(told("a", f"{one} Lindgren", mail), told("b", f"{other} Lindgren", mail))
    assert {each.feature: each.level for each in result.findings}["given name"] == level
    assert result.conflict == (level == "different")
