"""How the weights of the signals were found: a linear ranker over a file of LoCoMo's form.

Prints the recall on each conversation of weights that saw the others only, among the ten best
and inside packs of a thousand tokens, then writes the weights of all to `index/weights.json`.

    python -m benchmarks.train_ranker --data FILE [--write]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import msgspec
import numpy as np

import omnimemory
from benchmarks.locomo import Talk, packed, read
from omnimemory.embed import Encoder
from omnimemory.embed.late import LateInteraction
from omnimemory.embed.minilm import MiniLMEmbedder
from omnimemory.embed.reranker import Rescore, rescoring
from omnimemory.index import ranker, signals
from omnimemory.index.ranker import Weights, weights
from omnimemory.index.signals import Candidate
from omnimemory.model.time import micros

Array = np.ndarray[Any, Any]

MODES: Final = ("words", "meaning", "reranked")
_STEPS: Final = 150
_RATE: Final = 0.05
_SHRINK: Final = 1e-3
_BUDGET: Final = 1_000
_UNTRAINED: Final = frozenset({"found", *weights()["set"]})
"""The words' score as it is, and the signals of which LoCoMo has nothing."""


class Asked(msgspec.Struct, frozen=True):
    """A question: the signals of every text (a row each), and which rows answer it."""

    values: Array
    answers: Sequence[int]


def gather(
    talk: Talk, encoder: Encoder | None, rescore: Rescore | None
) -> tuple[list[str], list[Asked]]:
    """Return the names of the signals, and every question of a conversation."""
    candidates = [
        Candidate(
            id=one.id,
            text=one.text or "",
            at=micros(one.occurred_at),
            thread=str(one.conversation),
            speaker=(one.author.name or "") if one.author else "",
            sequence=place,
        )
        for place, one in enumerate(talk.messages)
    ]
    vectors = encoder.encode([one.text for one in candidates]) if encoder else None
    rows = {one.id.partition("/")[2]: place for place, one in enumerate(candidates)}
    names: list[str] = []
    out: list[Asked] = []
    for question in talk.questions:
        near: list[float] | None = None
        if encoder is not None and vectors is not None:
            (vector,) = encoder.encode([signals.as_said(question.text, candidates)])
            near = (vectors @ vector).tolist()
        columns = signals.columns(question.text, candidates, near)
        if rescore is not None:
            scored = ranker.sums(columns, "meaning")
            columns |= ranker.reranked(question.text, candidates, scored, columns, rescore)
        names = [name for name in columns if name not in _UNTRAINED]
        values = np.array([columns[name] for name in names], dtype=np.float32).T
        out.append(Asked(values, [rows[id] for id in question.evidence]))
    return names, out


def train(asked: Sequence[Asked]) -> Array:
    """Return the weights that make what answers likeliest: softmax over all texts, Adam."""
    deviation = np.concatenate([one.values for one in asked]).std(0) + 1e-6
    most = max(len(one.values) for one in asked)
    values = np.zeros((len(asked), most, len(deviation)), dtype=np.float32)
    wanted = np.zeros((len(asked), most), dtype=np.float32)
    padding = np.ones((len(asked), most), dtype=bool)
    for at, one in enumerate(asked):
        values[at, : len(one.values)] = one.values / deviation
        wanted[at, list(set(one.answers))] = 1 / len(set(one.answers))
        padding[at, : len(one.values)] = False
    found, mean, square = (np.zeros(len(deviation)) for _ in range(3))
    for step in range(1, _STEPS + 1):
        score = np.where(padding, -1e9, values @ found)
        likely = np.exp(score - score.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        slope = ((likely - wanted)[:, :, None] * values).sum((0, 1)) / len(asked)
        slope += _SHRINK * found
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        scaled = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        found = found - _RATE * scaled
    return found / deviation


def recall(asked: Sequence[Asked], weights: Array, most: int = 10) -> list[float]:
    """Return for each question which share of what answers it stands among the best."""
    out: list[float] = []
    for one in asked:
        best = set(np.argsort(-(one.values @ weights), kind="stable")[:most].tolist())
        out.append(len(best & set(one.answers)) / len(set(one.answers)))
    return out


def budget_recall(
    talk: Talk, trained: Weights, mode: str, model: MiniLMEmbedder, late: LateInteraction
) -> list[float]:
    """Return for each question which share of what answers it a pack by these weights holds."""
    memory = omnimemory.connect(
        "networkx://",
        tenant="locomo",
        embedder=None if mode == "words" else model,
        reranker=late if mode == "reranked" else None,
    )
    memory.ingest(talk.messages, strict=True)
    with patch.object(ranker, "weights", lambda: {**weights(), mode: trained}):
        return [packed(memory, talk, question, _BUDGET) for question in talk.questions]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    talks = read(given.data)
    model = MiniLMEmbedder()
    late = LateInteraction(model)
    found: dict[str, Weights] = {}
    for mode in MODES:
        encoder = Encoder(model) if mode != "words" else None
        rescore = rescoring(late) if mode == "reranked" else None
        gathered = [gather(talk, encoder, rescore) for talk in talks]
        names, by_talk = gathered[0][0], [asked for _, asked in gathered]
        unseen: list[float] = []
        inside: list[float] = []
        for at, (talk, held) in enumerate(zip(talks, by_talk, strict=True)):
            trained = train(
                [one for place, some in enumerate(by_talk) if place != at for one in some]
            )
            unseen += recall(held, trained)
            inside += budget_recall(talk, _named(names, trained), mode, model, late)
        print(
            f"{mode}: conversations not trained on: r@10 {np.mean(unseen):.3f}, "
            f"B{_BUDGET} {np.mean(inside):.3f}",
            flush=True,
        )
        found[mode] = _named(names, train([one for some in by_talk for one in some]))
    found["set"] = weights()["set"]
    print(json.dumps(found, indent=2))
    if given.write:
        path = Path(omnimemory.__file__).parent / "index" / "weights.json"
        path.write_text(json.dumps(found, indent=2) + "\n")


def _named(names: Sequence[str], trained: Array) -> Weights:
    return dict(zip(names, np.round(trained, 3).tolist(), strict=True))


if __name__ == "__main__":
    main()
