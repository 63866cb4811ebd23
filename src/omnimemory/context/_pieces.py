"""Into how many pieces a byte-pair tokenizer cuts a word at most: by lists, and by proof."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from omnimemory.index.kept import kept


class Listed(NamedTuple):
    """What is known of both families: words, marks and characters, and what they take.

    Attributes:
        anywhere: Words of one token after a space and after a mark.
        after_a_space: Those, and words of one token after a space and two or three after a mark.
        rarely: Of these, those of three after a mark.
        pieces: What is one token by itself: the words of ``anywhere``, and parts of words.
        longer: Other words, and how many tokens more than one they take after a space; after a
            mark it is one more.
        runs: Marks that make one token together.
        spared: Characters, and how many tokens less than bytes they take.
    """

    anywhere: frozenset[bytes]
    after_a_space: frozenset[bytes]
    rarely: frozenset[bytes]
    pieces: frozenset[bytes]
    longer: Mapping[bytes, int]
    runs: frozenset[bytes]
    spared: Mapping[str, int]


@cache
def listed() -> Listed:
    """Return what `benchmarks.token_lists` found by running both families."""
    folder = files("omnimemory.context")
    sections = folder.joinpath("words.txt").read_bytes().split(b"\n\n")
    anywhere, spaced, rarely, parts, *longer = (section.split() for section in sections)
    characters = folder.joinpath("characters.txt").read_text(encoding="utf-8")
    marks = folder.joinpath("marks.txt").read_bytes().split()
    one, _, other = characters.strip().partition("\n")
    return Listed(
        anywhere=frozenset(anywhere),
        after_a_space=frozenset((*anywhere, *spaced, *rarely)),
        rarely=frozenset(rarely),
        pieces=frozenset((*anywhere, *parts)),
        longer={word: more for more, words in enumerate(longer, 1) for word in words},
        runs=frozenset(mark.replace(b"$n", b"\n") for mark in marks),
        spared={one: len(one.encode()) - 1 for one in one}
        | {one: len(one.encode()) - 2 for one in other},
    )


def is_listed(word: bytes) -> bool:
    """Return whether the lists tell what a word takes."""
    return word in listed().after_a_space or _longer(word) is not None


def _longer(word: bytes) -> int | None:
    """Return how many tokens more than one a longer word takes, in small letters or titled."""
    return listed().longer.get(word.lower()) if word[1:].islower() else None


@kept
def more_after_a_space(word: bytes) -> int:
    """Return how many tokens more than one a word takes that is not one token after a space."""
    more = _longer(word)
    return _most(word, listed().after_a_space) - 1 if more is None else more


@kept
def more_after_a_mark(word: bytes) -> int:
    """Return how many tokens more a word that is not one token anywhere takes after a mark.

    That is, than after a space.
    """
    if is_listed(word):
        return 2 if word in listed().rarely else 1
    return _most(word, None) - 1 - more_after_a_space(word)


_SHORTENED: Final = (b"s", b"t", b"m", b"d", b"re", b"ve", b"ll")


def more_after_an_apostrophe(word: bytes, glued: int | None = None) -> int:
    """Return how many tokens more a word takes after an apostrophe than after any other mark.

    One family takes an ``'s`` or ``'re`` that a word begins with for the end of another.

    Args:
        word: ASCII letters.
        glued: What it takes after another mark; as the lists tell if left out.
    """
    end = next((end for end in _SHORTENED if word.lower().startswith(end)), b"")
    rest = word[len(end) :]
    if not end or not rest:
        return 0
    if glued is None:
        known = word in listed().after_a_space
        glued = 1 + (0 if known else more_after_a_space(word))
        glued += 0 if word in listed().anywhere else more_after_a_mark(word)
    taken = 1 if rest in listed().pieces else _most(rest, None)
    return max(0, taken + (len(end) > 1 and not word.startswith(end)) - glued)


_LONGEST: Final = 5
"""Pieces of so many letters and more are taken to go beside any other, which tells no less."""


def _most(word: bytes, begins: Collection[bytes] | None) -> int:
    """Return how many tokens a word takes at most, with the space before it.

    A byte-pair tokenizer joins neighbours as long as they make a token, so that no two of those
    it leaves do. Of all ways to cut the word like that, the one with the most pieces counts.

    Args:
        word: ASCII letters. Where capitals stand within, one family cuts before it joins, so
            that a token a letter is counted.
        begins: What is one token with the space before it; None after a mark, which may take
            the first letters with it and is not counted.
    """
    if not (word[1:].islower() or word.isupper()):
        return len(word)
    pieces = listed().pieces
    text = b" " + word
    by_length: list[dict[int, int]] = [{}]
    most = [0]
    for end in range(1, len(text) + 1):
        counts: dict[int, int] = {}
        for length in range(1, min(end, _LONGEST - 1) + 1):
            begin = end - length
            apart = [
                count
                for before, count in by_length[begin].items()
                if before == _LONGEST
                or (
                    text[begin - before : end] not in pieces
                    if before < begin
                    else begins is None or text[1:end] not in begins
                )
            ]
            if apart or not begin:
                counts[length] = max(apart, default=0) + 1
        if end >= _LONGEST:
            counts[_LONGEST] = max(most[: end - _LONGEST + 1]) + 1
        by_length.append(counts)
        most.append(max(counts.values(), default=0))
    return most[-1] - (begins is None)
