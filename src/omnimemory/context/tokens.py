"""Counting tokens: by the tokenizer that the caller brings, or by an estimate of our own."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import filterfalse, repeat
from typing import Any, Final, Protocol, TypeAlias, cast, runtime_checkable

from omnimemory.context._pieces import (
    is_listed,
    listed,
    more_after_a_mark,
    more_after_a_space,
    more_after_an_apostrophe,
)
from omnimemory.errors import InputError
from omnimemory.index.kept import kept

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


@kept
def estimate(text: str) -> int:
    """Return a number of tokens that common tokenizers do not exceed.

    Byte-pair tokenizers of the `cl100k` and `o200k` families take one token for a common
    word and the space before it, for up to three digits, for a punctuation mark or a common
    run of them, and for a common character of another script. Of other words what
    `omnimemory.context._pieces` proves is counted, and of whatever else there is one for each
    byte, since they take no more.
    """
    raw = text.encode("utf-8", "surrogatepass")
    words = raw.translate(_LETTERS).split()
    known = listed()
    glued = _GLUED.findall(b"\n" + raw.translate(_BREAKS))
    classes = raw.translate(_CLASSES).replace(b"    ", b"s")
    digits = classes.replace(b"000", b"3").replace(b"00", b"3")
    count = classes.count
    tokens = (
        len(words)
        + sum(map(more_after_a_space, filterfalse(known.after_a_space.__contains__, words)))
        + sum(map(more_after_a_mark, filterfalse(known.anywhere.__contains__, glued)))
        + sum(map(more_after_an_apostrophe, _QUOTED.findall(raw)))
        + (count(b" ") - count(b" a") - count(b" !"))
        + (count(b"!") + count(b"n") + count(b"x") + count(b"s") + count(b"s0"))
        + (digits.count(b"3") + digits.count(b"0"))
        - sum(len(run) - 1 for run in _RUNS.findall(raw) if run in known.runs)
        - len(_SHORTENED.findall(raw))
        - sum(1 for end in _OWNING.finditer(raw) if _is_known(raw, end.start()))
    )
    if not text.isascii():
        tokens -= sum(map(known.spared.get, _OTHERS.findall(text), repeat(0)))
    return tokens


_OWNING: Final = re.compile(rb"'s(?![A-Za-z'\x80-\xff])")
_LAST_WORD: Final = re.compile(rb"(?<![A-Za-z\x80-\xff'])[A-Za-z]+\Z")
_LONGEST_WORD: Final = 24


def _is_known(raw: bytes, end: int) -> bool:
    """Return whether what ends here is a word of the lists; an ``'s`` after it is one token."""
    found = _LAST_WORD.search(raw, max(0, end - _LONGEST_WORD), end)
    return found is not None and is_listed(found.group())


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
_GLUED: Final = re.compile(rb"\n([A-Za-z]{2,})")
"""Words that no space stands before, which may take another token."""
_QUOTED: Final = re.compile(rb"(?:'|\x80\x99)([A-Za-z]{3,})")
_MARK: Final = rb"!-/:-@\[-`{-~"
_RUNS: Final = re.compile(
    rb"[" + _MARK + rb"](?<![" + _MARK + rb"\x80-\xff \t\r][" + _MARK + rb"])"
    rb"(?:[" + _MARK + rb"]{0,2}\n(?![ \t\r\n/\x80-\xff])"
    rb"|[" + _MARK + rb"]{1,2}(?![" + _MARK + rb"\x80-\xff\r\n]))"
)
"""Up to three marks that end a line, or two or three marks, with no others beside them.

What stands before is looked back at from the mark, since a pattern that begins with a
character is found much faster than one that begins with a condition.
"""


def _after(*words: str) -> bytes:
    """Return a condition: one of these words, whole, and a mark stand before."""
    whole = r"(?<![A-Za-z\x80-\xff'])"
    return "|".join(rf"(?<={whole}{word}')" for word in words).encode()


_SHORTENED: Final = re.compile(
    rb"'(?:(?:%b)(?:re|ve|ll|d)|(?:%b)m|(?:%b)t)(?![A-Za-z'\x80-\xff])"
    % (
        _after("I", "[Yy]ou", "[Ww]e", "[Tt]hey"),
        _after("I"),
        _after(
            *("[Dd]on", "[Cc]an", "[Ww]on", "isn", "didn", "doesn", "couldn", "wouldn"),
            *("shouldn", "hasn", "haven", "hadn", "wasn", "weren", "aren"),
        ),
    )
)
"""Two words in one, of which the second takes one token with its mark."""
_OTHERS: Final = re.compile("[^\x00-\x7f]")


def _checked(count: Callable[[str], Any]) -> Count:
    def checked(text: str) -> int:
        tokens = count(text)
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise InputError(f"the tokenizer counted {tokens!r}; a whole number is wanted")
        return tokens

    return checked
