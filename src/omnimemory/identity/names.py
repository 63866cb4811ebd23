"""Names of people: taken apart, folded, and compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from nicknames import NickNamer

CONFLICT, INITIAL, SIMILAR, EXACT = range(4)
"""How two names agree, worst first."""

_MOST: Final = 200
_TITLES: Final = frozenset(
    "capt dame doctor dr frau fr herr hon lady lord madam master miss mme mr mrs ms mx prof "
    "professor rev señor señora sir".split()
)
_SUFFIXES: Final = {"junior": "jr", "jnr": "jr", "senior": "sr", "snr": "sr"} | {
    one: one for one in ("jr", "sr", "ii", "iii", "iv")
}
_DEGREES: Final = frozenset("phd md mba bsc msc esq dds cpa".split())
_PARTICLES: Final = frozenset(
    "al ben bin da dal de del della den der di dos du el ibn la le ter van von zu".split()
)
_NOBODY: Final = frozenset(
    "admin administrator anonymous anon caller client contact customer dear user guest me n/a na "
    "name nil nobody none null private somebody someone test tester undefined unknown user "
    "visitor website".split()
)
"""Words that stand where a name should; a name of nothing else is none."""

_SPELLINGS: Final = frozenset(
    "md mhd mohamed mohammad mohammed mohd muhamad muhammad muhammed muhammet".split()
)
"""One name that is written in many ways, and more often shortened than not."""

_CYRILLIC: Final = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
            (
                "a,b,v,g,d,e,e,zh,z,i,i,k,l,m,n,o,p,r,s,t,u,f,kh,ts,ch,sh,shch,,y,,e,iu,ia,i,i,e,g"
            ).split(","),
            strict=True,
        )
    )
)
_LATIN: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


class Name(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A person's name in folded words.

    Attributes:
        given: The first given name or its initial; empty where only one name is known.
        surname: The last name, with its particles.
        middle: What stands between the two.
        suffix: ``jr``, ``sr``, ``ii`` …: evidence that tells a father from a son.
    """

    given: str
    surname: str = ""
    middle: tuple[str, ...] = ()
    suffix: str = ""


def fold(text: str) -> str:
    """Return text in lower case, without accents, Cyrillic letters as Latin ones."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_CYRILLIC))
    kept = (one for one in bare if not unicodedata.combining(one) and one not in _INVISIBLE)
    return "".join(kept).translate(_LATIN)


@lru_cache(maxsize=1 << 14)
def parse_name(text: str) -> Name | None:
    """Return the parts of a name, or None where the text names nobody.

    ``"Hale, Dr. Robert J. Jr"`` is the given name robert, the middle name j, the surname
    hale, the suffix jr.
    """
    folded = fold(re.sub(r"\(.*?\)|\".*?\"", " ", text[:_MOST]))
    if folded.strip() in _NOBODY:
        return None
    last, comma, first = folded.partition(",")
    front, suffix = _words(first if comma else last)
    back, other = _words(last) if comma else ((), "")
    if comma and not front:
        front, back = back, ()
    words = (*front, *back)
    if not words or any(char.isdigit() for char in "".join(words)) or _NOBODY.issuperset(words):
        return None
    return _name(front, back, suffix or other)


def _words(text: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a name without titles, and the suffix that stood among them."""
    words = [word.strip("'-.·") for word in _SPLIT.split(text)]
    suffix = next((_SUFFIXES[word] for word in words[1:] if word in _SUFFIXES), "")
    return tuple(
        word
        for place, word in enumerate(words)
        if word and word not in _TITLES | _DEGREES and not (word in _SUFFIXES and place)
    ), suffix


def _name(front: tuple[str, ...], back: tuple[str, ...], suffix: str) -> Name:
    if back:
        return Name(front[0], " ".join(back), front[1:], suffix)
    if len(front) == 1:
        only = front[0]
        is_han = not only.isascii() and unicodedata.name(only[0], "").startswith("CJK")
        return Name(only[1:], only[0], (), suffix) if is_han and len(only) in _HAN else Name(only)
    start = next((n for n, word in enumerate(front) if n and word in _PARTICLES), len(front) - 1)
    start = min(start, len(front) - 1)
    return Name(front[0], " ".join(front[start:]), front[1:start], suffix)


@cache
def _nicknamer() -> NickNamer:
    from nicknames import NickNamer  # noqa: PLC0415 - takes 50 ms, at the first name

    return NickNamer()


@lru_cache(maxsize=1 << 15)
def known_as(given: str) -> frozenset[str]:
    """Return a given name with the names it is short for, or that are short for it."""
    names = _nicknamer()
    spelled = _SPELLINGS if given in _SPELLINGS else ()
    return frozenset({given, *spelled, *names.nicknames_of(given), *names.canonicals_of(given)})


@lru_cache(maxsize=1 << 15)
def full_names(given: str) -> tuple[str, ...]:
    """Return a given name and those that it may be short for."""
    return given, *sorted(_nicknamer().canonicals_of(given))[:_MOST_FULL]


def is_known(given: str) -> bool:
    """Return whether a given name has short forms, or is one, so that it is no slip of another."""
    return len(known_as(given)) > 1


@lru_cache(maxsize=1 << 15)
def compare_given(one: str, other: str) -> int:
    """Return how two given names agree: `CONFLICT`, `INITIAL`, `SIMILAR` or `EXACT`.

    Nicknames are similar; what only looks alike must be long and differ by a slip, so Darla
    is not Darlene.
    """
    if one == other:
        return EXACT
    if not one or not other or len(one) == 1 or len(other) == 1:
        return INITIAL if one[:1] == other[:1] else CONFLICT
    if other in known_as(one) or one in known_as(other):
        return SIMILAR
    return SIMILAR if _is_slip(one, other) or _same_consonants(one, other) else CONFLICT


@lru_cache(maxsize=1 << 15)
def compare_surname(one: str, other: str) -> int:
    """Return how two surnames agree: `CONFLICT`, `INITIAL`, `SIMILAR` or `EXACT`."""
    if one == other:
        return EXACT
    if len(one) == 1 or len(other) == 1:
        return INITIAL if one[:1] == other[:1] else CONFLICT
    if _is_slip(one, other) or sound_alike(one, other, least=_ALIKE) or _parts(one) & _parts(other):
        return SIMILAR
    return CONFLICT


def _parts(surname: str) -> set[str]:
    return {part for part in re.split(r"[ -]", surname) if len(part) > _LEAST_PART}


def _is_slip(one: str, other: str) -> bool:
    """Return whether two words differ as typing differs: a letter, or two in a long word."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - native code, at the first comparison

    shorter = min(len(one), len(other))
    if shorter < _LEAST_SLIP:
        return False
    allowed = 1 if shorter < _LONG else 2
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _same_consonants(one: str, other: str) -> bool:
    """Return whether two names differ in vowels alone, as those spelled by ear do."""
    mine, theirs = _consonants(one), _consonants(other)
    return mine == theirs and len(mine) >= _LEAST_CONSONANTS


@lru_cache(maxsize=1 << 15)
def _consonants(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word[0] + re.sub(r"[aeiouy]", "", word[1:]))


def sound_alike(one: str, other: str, *, least: float = 0.75) -> bool:
    """Return whether two words share a long beginning and little differs (Winkler 1990)."""
    from rapidfuzz.distance import JaroWinkler  # noqa: PLC0415 - native code

    if min(len(one), len(other)) < _LEAST_SLIP:
        return False
    return JaroWinkler.similarity(one, other) >= least


_ALIKE: Final = 0.92
_SPLIT: Final = re.compile(r"[^\w'’-]+|_+")
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff")
_HAN: Final = range(2, 4)
_MOST_FULL: Final = 3
_LEAST_PART: Final = 2
_LEAST_CONSONANTS: Final = 4
_LEAST_SLIP: Final = 4
_LONG: Final = 8
