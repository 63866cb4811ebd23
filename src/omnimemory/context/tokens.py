"""Counting tokens: by the tokenizer that the caller brings, or by an estimate of our own."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import filterfalse
from typing import Any, Final, Protocol, TypeAlias, cast, runtime_checkable

from omnimemory.errors import InputError

Count: TypeAlias = Callable[[str], int]


@runtime_checkable
class Counts(Protocol):
    """Something that counts the tokens of a text."""

    def count(self, text: str, /) -> int:
        """Return how many tokens the text has."""
        ...


Tokenizer: TypeAlias = Count | Counts
"""A function from a text to its number of tokens, or an object with such a ``count``."""


def counter(tokenizer: Tokenizer | None) -> Count:
    """Return the function that counts tokens: the tokenizer's, or `estimate`.

    Raises:
        InputError: It is neither a function nor an object with ``count``.
    """
    if tokenizer is None:
        return estimate
    count = tokenizer if callable(tokenizer) else getattr(tokenizer, "count", None)
    if not callable(count) or isinstance(tokenizer, str | bytes):
        kind = type(tokenizer).__name__
        raise InputError(f"a tokenizer is a function from text to a number of tokens, not {kind}")
    return _checked(cast("Callable[[str], Any]", count))


def estimate(text: str) -> int:
    """Return a number of tokens that common tokenizers do not exceed.

    Byte-pair tokenizers of the `cl100k` and `o200k` families take one token for a common
    word and the space before it, for up to three digits, and for a punctuation mark.
    Whatever else there is, they take at most one for each byte, and that is what is counted.
    """
    raw = text.encode("utf-8", "surrogatepass")
    words = raw.translate(_LETTERS).split()
    anywhere, after_a_space = _common_words()
    glued = _GLUED.findall(b"\n" + raw.translate(_BREAKS))
    classes = raw.translate(_CLASSES).replace(b"    ", b"n")
    digits = classes.replace(b"000", b"3").replace(b"00", b"3")
    count = classes.count
    return (
        len(words)
        + sum(map(_extra, filterfalse(after_a_space.__contains__, words)))
        + sum(1 for _ in filterfalse(anywhere.__contains__, glued))
        + (count(b" ") - count(b" a") - count(b" !"))
        + (count(b"!") + count(b"n") + count(b"x"))
        + (digits.count(b"3") + digits.count(b"0"))
    )


def _extra(word: bytes) -> int:
    """Return how many tokens more than one an uncommon word may take: one for each letter.

    Of two neighbours that make a token together, both cannot stand alone; where that is so
    of all neighbours, three letters take two tokens at most.
    """
    if word[1:].islower() and not _RARE_PAIRS.search(word):
        return 2 * len(word) // 3
    return len(word) - 1


def _byte_classes() -> bytes:
    """Return a table from bytes to classes: ``a 0 ! x``, space, and ``n`` for what controls."""
    table = bytearray(b"x" * 256)
    for byte in range(128):
        mark = chr(byte)
        if mark.isalnum():
            table[byte] = ord("a" if mark.isalpha() else "0")
        elif mark != " ":
            table[byte] = ord("!" if mark.isprintable() else "n")
        else:
            table[byte] = ord(" ")
    return bytes(table)


_CLASSES: Final = _byte_classes()
_LETTERS: Final = bytes(byte if _CLASSES[byte] in b"a" else ord(" ") for byte in range(256))
_BREAKS: Final = bytes(byte if _CLASSES[byte] in b"a " else ord("\n") for byte in range(256))
_GLUED: Final = re.compile(rb"\n([A-Za-z]{3,})")
"""Words that no space stands before: those of three letters or more may take another token."""
_RARE_PAIRS: Final = re.compile(
    rb"bq|f[jz]|g[jkq]|hj|j[gvwxyz]|k[qxz]|lq|mz|nq|oq|q[fgjkovyz]|rj|t[jq]|uq|v[qz]|w[qvz]"
    rb"|x[ghjkquvw]|y[fjqv]|z[gjqrv]"
)
"""Neighbours that do not make a token together in both families."""


@cache
def _common_words() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return the words that take one token in both families: anywhere, and after a space."""
    listed = files("omnimemory.context").joinpath("words.txt").read_bytes()
    anywhere, _, _ = listed.partition(b"\n\n")
    return frozenset(anywhere.split()), frozenset(listed.split())


def _checked(count: Callable[[str], Any]) -> Count:
    def checked(text: str) -> int:
        tokens = count(text)
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise InputError(f"the tokenizer counted {tokens!r}; a whole number is wanted")
        return tokens

    return checked
