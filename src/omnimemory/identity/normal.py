"""Normal forms: every spelling of an identifier becomes one key."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.ids import MAX_ID_LENGTH
from omnimemory.model.records import Identifier, IdentifierType

ROLES: Final = frozenset(
    "abuse accounting accounts admin administrator billing contact customerservice donotreply "
    "enquiries feedback finance hello help helpdesk hostmaster hr info inquiries invoice "
    "invoices jobs legal mail mailer-daemon marketing media news newsletter no-reply noreply "
    "office orders postmaster press privacy recruiting returns root sales security service "
    "shop support team webmaster welcome".split()
)
"""Local parts that stand for a function, not for a person (RFC 2142 and common use)."""

BLOCKED: Final = frozenset(
    {
        "email:anonymous@example.com",
        "email:none@none.com",
        "email:test@example.com",
        "email:test@test.com",
        "email:unknown@unknown.com",
    }
)
"""Placeholders that people type where they have to type something."""

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_MOST_EMAIL: Final = 320
_SPACES: Final = frozenset("\t\n\v\f\r")
_INVISIBLE: Final = frozenset({"Cc", "Cf"})
_LEAST_DIGITS: Final = 6
_LEAST_DIFFERENT: Final = 3
_SCHEMES: Final[dict[str, IdentifierType]] = {
    "email": "email",
    "mailto": "email",
    "phone": "phone",
    "tel": "phone",
    "device": "device",
}


def key_of(identifier: Identifier) -> str | None:
    """Return the key of an identifier, or None where its value is no such thing."""
    return _key(identifier.type, identifier.value, identifier.namespace)


def parse_key(text: str) -> str:
    """Return the key that a person means, in any spelling.

    ``email:Dana@Example.org``, ``dana@example.org``, ``tel:+49 170 1234567``,
    ``zendesk:35436`` and ``twitter:@dana`` are all understood.

    Raises:
        InputError: The text names no identifier.
    """
    scheme, colon, rest = text.strip().partition(":")
    type = _SCHEMES.get(scheme.casefold())
    if colon and type is not None:
        found = _key(type, rest, None)
    elif colon and rest:
        value = rest.strip()
        found = f"{scheme.casefold()}:{value.casefold() if value.startswith('@') else value}"
    elif "@" in scheme:
        found = _key("email", scheme, None)
    else:
        found = _key("phone", scheme, None)
    if found is None:
        raise InputError(
            f"{text!r} is no identifier; write 'email:ada@example.com', 'phone:+49…' "
            "or a source and its id, such as 'zendesk:35436'"
        )
    return found


def names_a_person(key: str) -> bool:
    """Return whether a key can hold two identities together: no placeholder, no role address."""
    if key in BLOCKED:
        return False
    scheme, _, value = key.partition(":")
    if scheme == "email":
        return value.partition("@")[0] not in ROLES
    if scheme == "phone":
        return len(set(value)) > _LEAST_DIFFERENT
    return scheme != "device"


@lru_cache(maxsize=1 << 14)
def _key(type: IdentifierType, value: str, namespace: str | None) -> str | None:
    text = _visible(unicodedata.normalize("NFKC", value)).strip()
    if len(text) > MAX_ID_LENGTH:
        return None
    match type:
        case "email":
            return _email(text)
        case "phone":
            return _phone(text)
        case "handle":
            name = text.lstrip("@").casefold()
            return f"{namespace or 'handle'}:@{name}" if name else None
        case "external":
            return f"{namespace or 'id'}:{text}" if text else None
        case "device":
            return f"device:{text}" if text else None


def _visible(text: str) -> str:
    """Return a text without control characters and marks of direction, which nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    kept = (one for one in text if one in _SPACES or unicodedata.category(one) not in _INVISIBLE)
    return "".join(" " if one in _SPACES else one for one in kept)


def _email(text: str) -> str | None:
    """Return the key of an address, without plus tag and Gmail's dots, the domain in ASCII."""
    local, at, domain = text.strip("<>").casefold().rpartition("@")
    if not at or not local or "@" in local or len(text) > _MOST_EMAIL or re.search(r"\s", text):
        return None
    try:
        domain = domain.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", domain):
        return None
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"email:{local}@{domain}"


def _phone(text: str) -> str | None:
    """Return the key of a number: E.164 where it names its country, else its digits."""
    import phonenumbers  # noqa: PLC0415 - its tables take 30 ms to load

    digits = re.sub(r"\D", "", text)
    if len(digits) < _LEAST_DIGITS or re.search(r"[A-Za-z]{3}", text):
        return None
    written = re.sub(r"^\s*00", "+", text)
    if written.startswith("+"):
        try:
            number = phonenumbers.parse(written)
        except phonenumbers.NumberParseException:
            return f"phone:{digits}"
        return f"phone:{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}"
    return f"phone:{digits}"
