"""Names taken apart, whatever somebody typed."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from omnimemory.identity.classes import clue_of
from omnimemory.identity.evidence import evidence
from omnimemory.identity.names import EXACT, SIMILAR, Name, compare_given, parse_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hale, Dr. Robert J. Jr", Name("robert", "hale", ("j",), "jr")),
        ("Mrs Cameron Shepherd", Name("cameron", "shepherd")),
        ("Ludwig van der Berg", Name("ludwig", "van der berg")),
        ("fraser_hebberman", Name("fraser", "hebberman")),
        ("王小明", Name("小明", "王")),
        ("Анна Петрова", Name("anna", "petrova")),
        ("\u202eBob Hale", Name("bob", "hale")),
        ("Bob", Name("bob")),
    ],
)
def test_a_name_has_its_parts(text: str, name: Name) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize("text", ["", "n/a", "Website Visitor", "unknown", "user 7", " , ", "Mr."])
def test_what_names_nobody_is_no_name(text: str) -> None:
    assert parse_name(text) is None


def test_nicknames_agree_and_short_names_that_look_alike_do_not() -> None:
    assert compare_given("bob", "robert") == SIMILAR
    assert compare_given("mia", "mia") == EXACT
    assert compare_given("darla", "darlene") < SIMILAR


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_none_and_its_parts_parse_to_themselves(text: str) -> None:
    name = parse_name(text)
    if name is not None and name.given and name.surname and not name.suffix and not name.middle:
        assert parse_name(f"{name.surname}, {name.given}") is not None


@given(st.text(max_size=80))
def test_any_key_is_a_clue_or_none(text: str) -> None:
    for scheme in ("email", "phone", "device", "crm"):
        clue = clue_of(f"{scheme}:{text}", "AU")
        assert clue is None or clue.key


def test_an_identity_with_five_hundred_identifiers_and_a_long_name_is_bounded() -> None:
    one = evidence(
        "identity:t:1", name="x" * 10_000, keys=[f"email:a{n}@x.org" for n in range(500)]
    )
    assert len(one.clues) < 100
