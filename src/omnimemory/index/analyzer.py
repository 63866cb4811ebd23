"""Terms: how texts and queries are cut into the words that they are compared by.

Words are case folded, English inflections are taken off (Snowball), irregular forms come to
their base, and scripts without spaces come as pairs of neighbouring characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

NAME: Final = "words-1"
"""Which analyzer this is; one that cuts otherwise has another name."""

_STOP: Final = frozenset(
    "a about after again all am an and any are as at be because been before being but by can "
    "could did do does doing during each few for from further had has have having he her here "
    "hers him his how i if in into is it its me more most my no nor not now of off on once only "
    "or other our ours out over own same she should so some such than that the their theirs them "
    "then there these they this those through to too under until up very was we were what when "
    "where which while who whom why will with would you your yours".split()
)
_IRREGULAR: Final = {
    form: base
    for base, *forms in map(
        str.split,
        (
            "go went gone goes",
            "get got gotten",
            "buy bought",
            "bring brought",
            "think thought",
            "teach taught",
            "catch caught",
            "feel felt",
            "find found",
            "keep kept",
            "leave left",
            "lose lost",
            "make made",
            "meet met",
            "run ran",
            "say said",
            "see saw seen",
            "sell sold",
            "send sent",
            "sing sang sung",
            "sit sat",
            "sleep slept",
            "speak spoke spoken",
            "spend spent",
            "stand stood",
            "swim swam swum",
            "take took taken",
            "tell told",
            "throw threw thrown",
            "understand understood",
            "wake woke woken",
            "wear wore worn",
            "win won",
            "write wrote written",
            "begin began begun",
            "become became",
            "break broke broken",
            "build built",
            "choose chose chosen",
            "come came",
            "draw drew drawn",
            "drink drank drunk",
            "drive drove driven",
            "eat ate eaten",
            "fall fell fallen",
            "fight fought",
            "fly flew flown",
            "forget forgot forgotten",
            "give gave given",
            "grow grew grown",
            "hear heard",
            "hide hid hidden",
            "hold held",
            "know knew known",
            "lead led",
            "lend lent",
            "pay paid",
            "ride rode ridden",
            "ring rang rung",
            "rise rose risen",
            "steal stole stolen",
            "stick stuck",
            "child children",
            "person people",
            "man men",
            "woman women",
            "foot feet",
            "wife wives",
            "life lives",
        ),
    )
    for form in forms
}
_CJK: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_WORD: Final = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK: Final = re.compile(f"[{_CJK}]")
_CLITIC: Final = re.compile(r"(?<=\w)['\u2019](?:s|m|d|re|ve|ll)\b|(?<=n)['\u2019]t\b")
_MOST_WORD_CHARACTERS: Final = 40
"""Longer words are codes, which have no inflections."""
_CACHED_WORDS: Final = 1 << 16

_untyped: Any = snowballstemmer
_STEM: Final[Callable[[str], str]] = _untyped.stemmer("english").stemWord


def words(text: str) -> list[str]:
    """Return the words of a text as they stand there, case folded, the commonest left out."""
    folded = text.casefold()
    if "'" in folded or "\u2019" in folded:
        folded = _CLITIC.sub("", folded)
    every = _WORD.findall(folded)
    if folded.isascii():
        return [found for found in every if found not in _STOP]
    out: list[str] = []
    for found in every:
        if _IS_CJK.match(found):
            out += [found[at : at + 2] for at in range(len(found) - 1)] or [found]
        elif found not in _STOP:
            out.append(found)
    return out


def terms(text: str) -> list[str]:
    """Return what the words of a text are compared by, in their order."""
    return [base(word) for word in words(text)]


@lru_cache(maxsize=_CACHED_WORDS)
def base(word: str) -> str:
    """Return a word without its inflection; words with a digit stay as they are."""
    if not word.isalpha() or not word.isascii() or len(word) > _MOST_WORD_CHARACTERS:
        return word
    return _STEM(_IRREGULAR.get(word, word))
