"""Terms: how texts and queries are cut into the words that they are compared by.

Words are case folded and lose their accents, the inflections of the text's language are taken
off (Snowball), irregular English forms come to their base, and scripts without spaces come as
pairs of neighbouring characters; of a text also as single ones, for a query of one.

A text is cut in the language that it seems to be in, and its words are marked with it. A query
is cut in every language, each to be compared with the texts of that language. So a query means
the same whatever language it is taken for, and a word always finds itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

from omnimemory.index.languages import COMMON, ENGLISH, LETTERS

NAME: Final = "words-3"
"""Which analyzer this is; one that cuts otherwise has another name."""

LANGUAGES: Final = tuple(COMMON)
"""What a text may be taken for, English first; that is also what it is where nothing tells."""

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
_IN_A_PAIR: Final = re.compile(f"(?<=[{_CJK}])[{_CJK}]|[{_CJK}](?=[{_CJK}])")
_CLITIC: Final = re.compile(r"(?<=\w)['\u2019](?:s|m|d|re|ve|ll)\b|(?<=n)['\u2019]t\b")
_ACCENT: Final = re.compile("[\u0300-\u036f]")
_UNDIVIDED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
"""Letters that Unicode does not take apart."""
_MOST_WORD_CHARACTERS: Final = 40
"""Longer words are codes, which have no inflections."""
_CACHED_WORDS: Final = 1 << 16

_untyped: Any = snowballstemmer
_STEMMERS: Final = {language: _untyped.stemmer(language) for language in LANGUAGES}


def words(text: str) -> list[str]:
    """Return the words of a text as they stand there, case folded, without common English ones."""
    return [word for word in _cut(text.casefold()) if word not in COMMON[ENGLISH]]


def terms(text: str, language: str | None = None) -> list[str]:
    """Return what the words of a text are compared by, in their order.

    Args:
        text: Any text.
        language: One of `LANGUAGES`; the one that it seems to be in if left out.
    """
    folded = fold(text)
    every = list(_cut(folded))
    found = _terms(every, language or _spoken(text, every))
    return found if folded.isascii() else found + _IN_A_PAIR.findall(folded)


def query_terms(query: str, most: int) -> list[str]:
    """Return the different terms of a query in every language, from so many of its words."""
    every = list(dict.fromkeys(_cut(fold(query))))
    return list(
        dict.fromkeys(term for language in LANGUAGES for term in _terms(every, language)[:most])
    )


def language(text: str) -> str:
    """Return the language that a text seems to be in, by its commonest words and its letters."""
    return _spoken(text, list(_cut(fold(text))))


def fold(text: str) -> str:
    """Return a text in lower case and without accents."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFKD", folded.translate(_UNDIVIDED))
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart)).casefold()


def _cut(folded: str) -> Iterator[str]:
    """Yield the words of a folded text; scripts without spaces as pairs of characters."""
    if "'" in folded or "\u2019" in folded:
        folded = _CLITIC.sub("", folded)
    found = _WORD.findall(folded)
    if folded.isascii():
        yield from found
        return
    for word in found:
        if _IS_CJK.match(word):
            yield from [word[at : at + 2] for at in range(len(word) - 1)] or [word]
        else:
            yield word


def _terms(every: list[str], language: str) -> list[str]:
    common = COMMON[language]
    return [base(word, language) for word in every if word not in common]


def _spoken(text: str, every: list[str]) -> str:
    if text.isascii() and _OTHERS.isdisjoint(every):
        return ENGLISH
    votes: Counter[str] = Counter()
    for word in every:
        votes.update(_VOTES.get(word, ()))
    for letter in _LETTERS.keys() & set(text.casefold()):
        votes.update(_LETTERS[letter])
    return max(LANGUAGES, key=lambda one: votes[one])


def _votes() -> Mapping[str, tuple[str, ...]]:
    votes: dict[str, tuple[str, ...]] = {}
    for language, common in COMMON.items():
        for word in common:
            votes[word] = (*votes.get(word, ()), language)
    return votes


_VOTES: Final = _votes()
_LETTERS: Final = {
    letter: (language,) for language, letters in LETTERS.items() for letter in letters
}
_OTHERS: Final = frozenset(word for word, of in _VOTES.items() if of != (ENGLISH,))


@lru_cache(maxsize=_CACHED_WORDS)
def base(word: str, language: str = ENGLISH) -> str:
    """Return a word without its inflection, marked with its language unless that is English.

    Words with a digit, and those of scripts without spaces, are the same in every language.
    """
    if not word.isalpha() or len(word) > _MOST_WORD_CHARACTERS or _IS_CJK.match(word):
        return word
    if language != ENGLISH:
        return f"{_STEMMERS[language].stemWord(word)}\0{language}"
    return _STEMMERS[ENGLISH].stemWord(_IRREGULAR.get(word, word)) if word.isascii() else word
