"""Every spelling of an identifier becomes one key."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from omnimemory.errors import InputError
from omnimemory.identity.normal import key_of, names_a_person, parse_key
from omnimemory.model.records import Identifier, IdentifierType

TYPES: list[IdentifierType] = ["email", "phone", "handle", "external", "device"]


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("email:dana@example.org", "email:dana@example.org"),
        (" Dana@Example.ORG ", "email:dana@example.org"),
        ("mailto:dana@example.org", "email:dana@example.org"),
        ("email:dana+shop@example.org", "email:dana@example.org"),
        ("d.a.n.a@googlemail.com", "email:dana@gmail.com"),
        ("<dana@example.org>", "email:dana@example.org"),
        ("dana@müller.example", "email:dana@xn--mller-kva.example"),
        ("phone:+49 30 23125-123", "phone:+493023125123"),
        ("0049 30 23125 123", "phone:+493023125123"),
        ("tel:+49 (30) 23125 123", "phone:+493023125123"),
        ("\uff0b49 30 23125 123", "phone:+493023125123"),
        ("030 23125123", "phone:03023125123"),
        ("zendesk:35436", "zendesk:35436"),
        ("Zendesk: 35436", "zendesk:35436"),
        ("twitter:@Dana", "twitter:@dana"),
        ("device:ab:cd", "device:ab:cd"),
        ("jira:PAY-17", "jira:PAY-17"),
    ],
)
def test_any_spelling_gives_the_key(spelling: str, key: str) -> None:
    assert parse_key(spelling) == key


@pytest.mark.parametrize(
    "text", ["", " ", "dana", "a@b@c", "email:", "email:x y@z", "phone:12", "@"]
)
def test_what_is_no_identifier_is_one_clear_error(text: str) -> None:
    with pytest.raises(InputError, match="no identifier"):
        parse_key(text)


@given(st.sampled_from(TYPES), st.text(max_size=60))
def test_a_normal_form_is_its_own_normal_form(type: IdentifierType, value: str) -> None:
    namespace = "shop" if type in ("external", "handle") else None
    key = key_of(Identifier(type=type, value=value or "x", namespace=namespace))
    if key is None:
        return
    again = key_of(Identifier(type=type, value=key.partition(":")[2], namespace=namespace))
    assert again == key


@given(st.emails())
def test_case_and_space_do_not_matter_to_an_address(address: str) -> None:
    plain = key_of(Identifier(type="email", value=address))
    assert key_of(Identifier(type="email", value=f" {address.swapcase()} ")) == plain


@pytest.mark.parametrize(
    ("key", "is_personal"),
    [
        ("email:dana@example.org", True),
        ("email:info@example.org", False),
        ("email:noreply@example.org", False),
        ("email:test@test.com", False),
        ("phone:+493023125123", True),
        ("phone:+0000000000", False),
        ("device:abc", False),
        ("zendesk:7", True),
    ],
)
def test_role_addresses_and_placeholders_name_nobody(key: str, *, is_personal: bool) -> None:
    assert names_a_person(key) is is_personal
