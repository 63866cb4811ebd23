"""What kind of thing an identifier is, and how often that kind is shared."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from omnimemory.identity.normal import BLOCKED, ROLES

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

FREE_MAIL: Final = frozenset(
    "aol.com bigpond.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.de gmx.net "
    "googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com "
    "laposte.net libero.it live.com mac.com mail.com mail.ru me.com msn.com naver.com "
    "optusnet.com.au orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com "
    "rediffmail.com rocketmail.com t-online.de tutanota.com uol.com.br virgilio.it wanadoo.fr "
    "web.de ya.ru yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.ru ymail.com".split()
)
"""Domains where anybody may have an address, so that they name no company."""

DISPOSABLE: Final = frozenset(
    "10minutemail.com guerrillamail.com mailinator.com sharklasers.com temp-mail.org "
    "tempmail.com throwawaymail.com trashmail.com yopmail.com".split()
)

PRIORS: Final[dict[str, tuple[float, float]]] = {
    "email personal": (1, 60),
    "email work": (1, 60),
    "email family": (6, 4),
    "email role": (30, 1),
    "email disposable": (2, 8),
    "phone mobile": (3, 60),
    "phone fixed": (6, 4),
    "phone": (4, 30),
    "address": (6, 4),
    "device": (3, 20),
    "handle": (1, 200),
    "id": (0.5, 200),
    "document": (0.5, 500),
}
"""P(a shared value belongs to different people) as Beta(a, b), before a tenant's data speaks."""

HOUSEHOLD: Final = frozenset({"email family", "phone fixed", "device", "email role"})
"""Kinds that people of one home or office share, so that a surname says little beside them."""

DOCUMENTS: Final = frozenset(
    "driverslicense iban license licence national nationalid passport ssn tax taxid vat".split()
)
"""Namespaces of numbers that people copy by hand, with and without dashes, and with slips."""


def is_document(kind: str) -> bool:
    """Return whether an identifier of this kind is the number of a person's document."""
    return kind[:3] == "id " and kind[3:] in DOCUMENTS


def prior_of(kind: str) -> tuple[float, float]:
    """Return the prior of a kind of identifier."""
    return PRIORS.get(kind) or PRIORS["document" if is_document(kind) else "id"]


_PLACEHOLDERS: Final = frozenset(
    "0 -1 a aa aaa abc anon anonymous asdf blank default deleted email empty example fake foo "
    "guest na nan n/a nil no noemail nobody none notprovided null test tester undefined unknown "
    "user x xx xxx yourname".split()
)
_SEQUENCE: Final = "01234567890123456789"
_LEAST_DIFFERENT: Final = 3


class Clue(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An identifier as evidence.

    Attributes:
        key: What must be equal for two records to share it.
        kind: A key of `PRIORS`, or ``id NAMESPACE``.
        local: The local part of an address or the name of a handle, in letters and digits.
    """

    key: str
    kind: str
    local: str = ""
    domain: str = ""


@lru_cache(maxsize=1 << 15)
def clue_of(key: str, region: str | None = None) -> Clue | None:
    """Return an identifier's key as evidence, or None where it is a placeholder.

    Args:
        key: In normal form, such as ``email:ada@example.com``.
        region: The country of phone numbers that name none, such as ``AU``.
    """
    scheme, _, value = key.partition(":")
    if key in BLOCKED or value.casefold() in _PLACEHOLDERS:
        return None
    if scheme == "email":
        return _email(key, value)
    if scheme == "phone":
        return _phone(value, region)
    if scheme == "device":
        return Clue(key, "device") if len(set(value) - {"-", ":"}) >= _LEAST_DIFFERENT else None
    if value.startswith("@"):
        name = value[1:]
        return None if name in _PLACEHOLDERS else Clue(key, "handle", _plain(name))
    return Clue(
        f"{scheme}:{_plain(value.casefold())}" if scheme in DOCUMENTS else key, f"id {scheme}"
    )


def _email(key: str, value: str) -> Clue | None:
    local, _, domain = value.partition("@")
    first = domain.partition(".")[0]
    if local in _PLACEHOLDERS and (local == first or domain in _EXAMPLES or first == "test"):
        return None
    if local in ROLES:
        return Clue(key, "email role", "", domain)
    plain = _plain(local)
    if domain in DISPOSABLE:
        return Clue(key, "email disposable", plain, domain)
    if _FAMILY.search(local):
        return Clue(key, "email family", "", domain)
    return Clue(key, "email personal" if domain in FREE_MAIL else "email work", plain, domain)


def _phone(value: str, region: str | None) -> Clue | None:
    digits = value.lstrip("+")
    trimmed = digits.lstrip("0")
    if len(set(digits)) < _LEAST_DIFFERENT or digits in _SEQUENCE or not trimmed:
        return None
    if len(set(trimmed[1:])) < _LEAST_DIFFERENT - 1:
        return None
    return Clue(f"phone:{trimmed[-_TAIL:]}", _phone_kind(value, region))


def _phone_kind(value: str, region: str | None) -> str:
    """Return whether a number is a mobile one, a fixed line, or not known to be either.

    A number that is possible but given to nobody yet counts as its neighbours do: as a
    mobile one where it begins as those of its country begin.
    """
    import phonenumbers as pn  # noqa: PLC0415 - its tables take 30 ms to load

    number = _parse(value, region) or _parse(f"+{value.lstrip('+0')}", None)
    if number is None:
        return "phone"
    found = pn.number_type(number)
    if found == pn.PhoneNumberType.UNKNOWN:
        home = pn.region_code_for_country_code(number.country_code or 0)
        mobile = pn.example_number_for_type(home, pn.PhoneNumberType.MOBILE)
        if mobile is None:
            return "phone"
        same = str(number.national_number)[0] == str(mobile.national_number)[0]
        found = pn.PhoneNumberType.MOBILE if same else pn.PhoneNumberType.FIXED_LINE
    match found:
        case pn.PhoneNumberType.MOBILE | pn.PhoneNumberType.PAGER:
            return "phone mobile"
        case pn.PhoneNumberType.FIXED_LINE_OR_MOBILE | pn.PhoneNumberType.PERSONAL_NUMBER:
            return "phone"
        case _:
            return "phone fixed"


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    import phonenumbers  # noqa: PLC0415 - its tables take 30 ms to load

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _plain(local: str) -> str:
    return re.sub(_NOT_PLAIN, "", local)


_NOT_PLAIN: Final = r"[^a-z0-9]"
_TAIL: Final = 9
"""Digits from the end that make two spellings of a number equal, whatever its prefix."""

_FAMILY: Final = re.compile(r"family|familie|famille|^the[a-z]{3,}s$|home$|household")
_EXAMPLES: Final = frozenset({"example.com", "example.org", "example.net", "invalid", "localhost"})
