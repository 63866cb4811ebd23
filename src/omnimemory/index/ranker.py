"""The ranker: signals added up by weights, which are data (`weights.json`).

They are in units of the standard deviation of the words' score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from omnimemory.embed.reranker import Rescore
from omnimemory.index.signals import Candidate, as_said, columns, standard

if TYPE_CHECKING:
    from omnimemory.index.lexical import Scores


class Scored(msgspec.Struct, frozen=True, gc=False):
    """How well a candidate answers, and what of that each signal gave.

    Attributes:
        score: The sum of the signals; it compares inside one query only.
        is_found: Whether a word of the query stands in it or in a neighbour, a code of the
            query in it or in a record that it is linked to, or it concerns a part that is named.
        names: Signals.
        gave: What each of them added.
    """

    score: float
    is_found: bool
    names: Sequence[str] = ()
    gave: Sequence[float] = ()

    @property
    def signals(self) -> dict[str, float]:
        """What each signal added, by name; those that added nothing do not stand here."""
        pairs = zip(self.names, map(float, self.gave), strict=True)
        return {name: one for name, one in pairs if one}

    def less(self, signal: str, taken: float) -> Scored:
        """Return the score less what a signal takes."""
        if not taken:
            return self
        names, gave = (*self.names, signal), (*self.gave, -taken)
        return Scored(self.score - taken, self.is_found, names, gave)


Weights: TypeAlias = Mapping[str, float]
"""What each signal counts, by its name."""


@cache
def weights() -> Mapping[str, Weights]:
    """Return the weights that ship: by ``words``, by words and ``meaning``, and ``reranked``.

    Those of the domain's signals are ``set`` by hand, the others are trained.
    """
    read = files("omnimemory.index").joinpath("weights.json").read_bytes()
    return msgspec.json.decode(read, type=dict[str, dict[str, float]])


def score(
    query: str,
    candidates: Sequence[Candidate],
    near: Sequence[float] | None = None,
    rescore: Rescore | None = None,
) -> list[Scored]:
    """Return how well each candidate answers the query, in the order given.

    Args:
        query: What is asked.
        candidates: What may answer it.
        near: How near each is to the query in meaning, where there is an embedder.
        rescore: Asks a reranker about the best `MOST_RERANKED`.

    Raises:
        RerankerError: The reranker failed.
    """
    if not candidates:
        return []
    given = columns(query, candidates, near)
    scored = sums(given, "words" if near is None else "meaning")
    if rescore is None:
        return scored
    given |= reranked(query, candidates, scored, given, rescore)
    return sums(given, "reranked")


MOST_RERANKED: Final = 200
"""A reranker is asked about no more, as it is slow."""


def reranked(
    query: str,
    candidates: Sequence[Candidate],
    scored: Sequence[Scored],
    given: Mapping[str, Scores],
    rescore: Rescore,
) -> dict[str, Scores]:
    """Return the signals of a reranker; what is not among the best stands with its worst."""
    np: Any = import_module("numpy")
    best = sorted(range(len(scored)), key=lambda at: (-scored[at].score, at))[:MOST_RERANKED]
    found = standard(rescore(as_said(query, candidates), [candidates[at].text for at in best]))
    values = np.full(len(candidates), found.min())
    values[best] = found
    return {"reranker": values, "speaker_reranker": values * given["speaker"]}


def explain(signals: Mapping[str, float]) -> str:
    """Return what each signal gave, the largest first, such as ``words +1.20, question -0.50``."""
    largest = sorted(signals.items(), key=lambda one: (-abs(one[1]), one[0]))
    return ", ".join(f"{signal.replace('_', ' ')} {gave:+.2f}" for signal, gave in largest)


_DIGITS: Final = 9
"""So many of a score count, since processors add and take logarithms a little differently."""


def sums(given: Mapping[str, Scores], mode: str) -> list[Scored]:
    """Return the score of every candidate from its signals, by the weights of a mode."""
    np: Any = import_module("numpy")
    weighted = {**weights()[mode], **weights()["set"]}
    names = [name for name in weighted if name in given and given[name].any()]
    gave = np.array([weighted[name] * given[name] for name in names])
    gave = gave.reshape(len(names), len(given["found"]))
    exact = np.array([given[name] > 0 for name in ("found", "code", "linked", "part")])
    rows = np.ascontiguousarray(gave.T)
    scores = gave.sum(axis=0).round(_DIGITS).tolist()
    each = zip(scores, exact.any(axis=0).tolist(), rows, strict=True)
    return [Scored(score, is_found, names, row) for score, is_found, row in each]
