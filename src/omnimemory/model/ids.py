"""Ids that people can read: ``kind:source:id``, the same for the same thing every time."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final
from urllib.parse import quote, unquote

from omnimemory.errors import InputError

MAX_ID_LENGTH: Final = 1_024
"""Longest id that a source may give, in characters."""

MAX_NAME_BYTES: Final = 6_000
"""Longest id and key in UTF-8: what every backend can index, beside the tenant and the kind."""

SOURCE_NAME: Final = r"[a-z][a-z0-9_.-]{0,63}"
TENANT_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}"
KIND_NAME: Final = r"[A-Z][A-Za-z0-9]{0,63}"
EDGE_NAME: Final = r"[A-Z][A-Z0-9_]{0,63}"

_UNSAFE: Final = re.compile(r"[\s\x00-\x1f\x7f%]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SURELY_SHORT: Final = MAX_NAME_BYTES // 4
_WORD_START: Final = re.compile(r"(?<!^)(?=[A-Z])")


def node_id(kind: str, source: str, id: str) -> str:
    """Return the id of a node, with white space and control characters percent-encoded."""
    safe = _UNSAFE.sub(_encode, id) if _UNSAFE.search(id) else id
    return f"{prefix(kind)}:{source}:{safe}"


def split_id(id: str) -> tuple[str, str]:
    """Return the source of a node's id, and the thing's own id there."""
    source, _, own = id.partition(":")[2].partition(":")
    return source, unquote(own)


@cache
def prefix(kind: str) -> str:
    """Return a node kind as ids begin with it: ``RevUser`` becomes ``rev_user``."""
    return _WORD_START.sub("_", kind).lower()


def is_node_id(text: str, kind: str) -> bool:
    """Return whether the text has the form of a full id of this kind."""
    return text.startswith(f"{prefix(kind)}:") and text.count(":") > 1


def check_name(name: object, pattern: str, what: str) -> str:
    """Return the name if it fits the pattern.

    Raises:
        InputError: It is not a string, or does not fit.
    """
    if isinstance(name, str) and _fits(name, pattern):
        return name
    raise InputError(f"{what} {str(name)[:80]!r} does not fit the pattern {pattern}")


@lru_cache(maxsize=4_096)
def _fits(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern, name) is not None


def check_key(key: str) -> None:
    """Raise `InputError` unless every store can hold a key: no control character, not too long."""
    if not key or _CONTROL.search(key):
        raise InputError(f"key {key[:80]!r} is empty or has control characters; clean it")
    check_encodes(key, "key")
    check_length(key, "key")


def check_length(name: str, what: str) -> None:
    """Raise `InputError` if an id or key is too long."""
    if len(name) > _SURELY_SHORT and (size := len(name.encode())) > MAX_NAME_BYTES:
        raise InputError(
            f"{what} {name[:80]!r}… has {size:,} bytes; {MAX_NAME_BYTES:,} is the most"
        )


def check_encodes(text: str, what: str) -> None:
    """Raise `InputError` if a text has no form in UTF-8."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"the {what} has a lone surrogate at {error.start}; replace it") from error


def name_key(name: str) -> str:
    """Return the key under which a company or part is found by its name, in any spelling."""
    return f"name:{' '.join(_CONTROL.sub(' ', name).casefold().split())}"


def _encode(found: re.Match[str]) -> str:
    return quote(found.group(), safe="")
