"""Words: how texts are cut into terms, and how well a text answers a query by them (BM25)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Final

K1: Final = 1.2
B: Final = 0.75
"""Constants of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

MOST_TERMS: Final = 64
"""How many different words of a query count."""

_STOP: Final = frozenset(
    "a an and are as at be but by can did do does for from had has have how i if in is it its "
    "me my no not of on or our so that the their them then there these they this to us was we "
    "were what when where which who why will with you your".split()
)
_CJK: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_TERM: Final = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK: Final = re.compile(f"[{_CJK}]")


def terms(text: str) -> list[str]:
    """Return the words of a text, case folded, without the commonest English ones.

    Scripts without spaces come as pairs of neighbouring characters.
    """
    out: list[str] = []
    for found in _TERM.findall(text.casefold()):
        if _IS_CJK.match(found):
            out += [found[at : at + 2] for at in range(len(found) - 1)] or [found]
        elif found not in _STOP:
            out.append(found)
    return out


def query_terms(query: str) -> list[str]:
    """Return the different words of a query in their order, the first `MOST_TERMS` of them."""
    return list(dict.fromkeys(terms(query)))[:MOST_TERMS]


def bm25(query: str, texts: Sequence[str]) -> list[float]:
    """Return for each text how well it answers the query; 0 where no word of it is there.

    The length of a text is taken in characters, which orders texts as their number of words
    does and need not cut those that have no word of the query.
    """
    wanted = query_terms(query)
    if not wanted or not texts:
        return [0.0] * len(texts)
    counts = [_counts(wanted, text.casefold()) for text in texts]
    found = Counter(term for count in counts for term in count)
    weight = {term: log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for term, n in found.items()}
    mean = sum(map(len, texts)) / len(texts) or 1.0
    return [
        sum(
            weight[term] * n * (K1 + 1) / (n + K1 * (1 - B + B * len(text) / mean))
            for term, n in count.items()
        )
        for count, text in zip(counts, texts, strict=True)
    ]


def _counts(wanted: Sequence[str], text: str) -> dict[str, int]:
    """Return how often each wanted term stands in a text; most texts have none and are not cut."""
    near = [term for term in wanted if term in text]
    if not near:
        return {}
    every = terms(text) if any(map(_IS_CJK.match, near)) else _TERM.findall(text)
    return {term: count for term in near if (count := every.count(term))}
