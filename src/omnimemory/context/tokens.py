"""Counting tokens: by the tokenizer that the caller brings, or by an estimate of our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import filterfalse, repeat
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, cast, runtime_checkable

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
    pair of them, and for a common character of another script. Whatever else there is, they
    take at most one for each byte, and that is what is counted.
    """
    raw = text.encode("utf-8", "surrogatepass")
    words = raw.translate(_LETTERS).split()
    listed = _listed()
    glued = _GLUED.findall(b"\n" + raw.translate(_BREAKS))
    classes = raw.translate(_CLASSES).replace(b"    ", b"s")
    digits = classes.replace(b"000", b"3").replace(b"00", b"3")
    count = classes.count
    tokens = (
        len(words)
        + sum(map(_extra, filterfalse(listed.after_a_space.__contains__, words)))
        + sum(1 for _ in filterfalse(listed.anywhere.__contains__, glued))
        + (count(b" ") - count(b" a") - count(b" !"))
        + (count(b"!") + count(b"n") + count(b"x") + count(b"s") + count(b"s0"))
        + (digits.count(b"3") + digits.count(b"0"))
        - sum(len(run) - 1 for run in _RUNS.findall(raw) if run in listed.runs)
        - len(_SHORTENED.findall(raw))
    )
    if not text.isascii():
        tokens -= sum(map(listed.spared.get, _OTHERS.findall(text), repeat(0)))
    return tokens


def _extra(word: bytes) -> int:
    """Return how many tokens more than one an uncommon word may take: one for each letter.

    Of two neighbours that make a token together, both cannot stand alone; where that is so
    of all neighbours, three letters take two tokens at most.
    """
    listed = _listed().longer.get(word) or _listed().longer.get(word.lower())
    if listed is not None and word[1:].islower():
        return listed
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


_MARK: Final = rb"!-/:-@\[-`{-~"
_RUNS: Final = re.compile(
    rb"[" + _MARK + rb"](?<![" + _MARK + rb"\x80-\xff \t\r\n][" + _MARK + rb"])"
    rb"(?:[" + _MARK + rb"]?\n(?![ \t])|[" + _MARK + rb"])"
    rb"(?![" + _MARK + rb"\x80-\xff\r\n])"
)
"""One or two marks that end a line, or two marks, with no others beside them.

What stands before is looked back at from the mark, since a pattern that begins with a
character is found much faster than one that begins with a condition.
"""


def _after(*words: str) -> bytes:
    """Return a condition: one of these words, whole, and a mark stand before."""
    whole = r"(?<![A-Za-z\x80-\xff'])"
    return "|".join(rf"(?<={whole}{word}')" for word in words).encode()


_SHORTENED: Final = re.compile(
    rb"'(?:(?:%b)s|(?:%b)(?:re|ve|ll|d)|(?:%b)m|(?:%b)t)(?![A-Za-z'\x80-\xff])"
    % (
        _after(*("[Ii]t", "[Tt]hat", "[Tt]here", "[Hh]e", "[Ss]he", "[Ll]et", "[Ww]hat", "[Ww]ho")),
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


class _Listed(NamedTuple):
    """What is known of both families: words, marks and characters, and what they take.

    Attributes:
        anywhere: Words of one token wherever they stand.
        after_a_space: Words of one token after a space.
        longer: Other words, and how many tokens more than one they take.
        runs: Marks that make one token together.
        spared: Characters, and how many tokens less than bytes they take.
    """

    anywhere: frozenset[bytes]
    after_a_space: frozenset[bytes]
    longer: Mapping[bytes, int]
    runs: frozenset[bytes]
    spared: Mapping[str, int]


@cache
def _listed() -> _Listed:
    """Return what was found by running both families over words, marks and characters."""
    folder = files("omnimemory.context")
    anywhere, spaced, two, three = folder.joinpath("words.txt").read_bytes().split(b"\n\n")
    characters = folder.joinpath("characters.txt").read_text(encoding="utf-8")
    marks = folder.joinpath("marks.txt").read_bytes().split()
    one, _, other = characters.strip().partition("\n")
    return _Listed(
        anywhere=frozenset(anywhere.split()),
        after_a_space=frozenset((*anywhere.split(), *spaced.split())),
        longer=dict.fromkeys(two.split(), 1) | dict.fromkeys(three.split(), 2),
        runs=frozenset(mark.replace(b"$n", b"\n") for mark in marks),
        spared={one: len(one.encode()) - 1 for one in one}
        | {one: len(one.encode()) - 2 for one in other},
    )


def _checked(count: Callable[[str], Any]) -> Count:
    def checked(text: str) -> int:
        tokens = count(text)
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise InputError(f"the tokenizer counted {tokens!r}; a whole number is wanted")
        return tokens

    return checked
