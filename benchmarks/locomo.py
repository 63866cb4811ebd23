"""How much of what answers a question is found: LoCoMo, through `search` and `context_pack`.

Each conversation is a customer, each session a conversation, each turn a message.

    python -m benchmarks.locomo --data FILE [--conversations N] [--peers] [--json]
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import log2
from pathlib import Path
from statistics import mean
from typing import Any, Final

import msgspec

import omnimemory
from benchmarks.measure import Row, machine, show
from omnimemory.embed import Encoder
from omnimemory.embed.minilm import MiniLMEmbedder
from omnimemory.memory import Memory
from omnimemory.model.records import Identifier, Message, Person

BUDGETS: Final = (500, 1_000, 2_000, 4_000)
_CATEGORIES: Final = (1, 2, 3, 4)
_FOUND: Final = 10
_TIME: Final = "%I:%M %p on %d %B, %Y"


class Question(msgspec.Struct, frozen=True):
    """A question, and the ids of the turns that answer it."""

    text: str
    category: int
    evidence: tuple[str, ...]


class Talk(msgspec.Struct, frozen=True):
    """One conversation of LoCoMo: its turns as messages, and its questions."""

    name: str
    messages: tuple[Message, ...]
    questions: tuple[Question, ...]

    @property
    def key(self) -> str:
        """The address of the customer."""
        return f"{self.name}@locomo.example"


def read(path: Path) -> list[Talk]:
    """Return the conversations of a file of LoCoMo's form."""
    return [_talk(one) for one in json.loads(path.read_text())]


def _talk(given: dict[str, Any]) -> Talk:
    name = given["sample_id"]
    messages = tuple(_messages(name, given["conversation"]))
    ids = {message.id.partition("/")[2] for message in messages}
    questions = [
        Question(str(one["question"]), one["category"], _evidence(one.get("evidence", ()), ids))
        for one in given["qa"]
        if one["category"] in _CATEGORIES
    ]
    return Talk(name, messages, tuple(one for one in questions if one.evidence))


def _messages(name: str, talk: dict[str, Any]) -> Iterator[Message]:
    customer = Person(
        name=talk["speaker_a"],
        identifiers=(Identifier(type="email", value=f"{name}@locomo.example"),),
    )
    agent = Person(
        kind="agent",
        name=talk["speaker_b"],
        identifiers=(Identifier(type="email", value=f"{name}@agents.example"),),
    )
    for session in range(1, 100):
        begin = talk.get(f"session_{session}_date_time")
        for position, turn in enumerate(talk.get(f"session_{session}") or ()):
            theirs = turn["speaker"] == customer.name
            at = datetime.strptime(str(begin), _TIME).replace(tzinfo=UTC)
            yield Message(
                source="locomo",
                id=f"{name}/{turn['dia_id']}",
                occurred_at=at + timedelta(seconds=20 * position),
                author=customer if theirs else agent,
                to=(agent if theirs else customer,),
                channel="chat",
                text=_said(turn),
                conversation=f"{name}/{session}",
            )


def _said(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['text']} [shares photo: {caption}]" if caption else turn["text"]


def _evidence(given: Sequence[str], ids: set[str]) -> tuple[str, ...]:
    named = (found for one in given for found in re.findall(r"D:?(\d+):0*(\d+)", one))
    found = (f"D{session}:{turn}" for session, turn in named)
    return tuple(dict.fromkeys(id for id in found if id in ids))


def measure(
    talks: Sequence[Talk], embedder: str | None = "auto", reranker: str | None = None
) -> list[Row]:
    """Return recall, gain and latency by category and over all."""
    memory = omnimemory.connect(
        "networkx://", tenant="locomo", embedder=embedder, reranker=reranker
    )
    for talk in talks:
        memory.ingest(talk.messages, strict=True)
    asked = [
        (question.category, _ask(memory, talk, question))
        for talk in talks
        for question in talk.questions
    ]
    rows: list[Row] = []
    for category in (*_CATEGORIES, None):
        some = [row for of, row in asked if category in (None, of)]
        if some:
            figures = {name: mean(row[name] for row in some) for name in some[0]}
            rows.append({"category": category or "all", "questions": len(some), **figures})
    return rows


def _ask(memory: Memory, talk: Talk, question: Question) -> dict[str, float]:
    begin = time.perf_counter()
    hits = memory.search(question.text, customer=talk.key, limit=_FOUND)
    searched = time.perf_counter() - begin
    found = [hit.id.partition("/")[2] for hit in hits]
    out = {
        "r@5": share(question, set(found[:5])),
        "r@10": share(question, set(found)),
        "ndcg@10": _gain(question, found),
    }
    begin = time.perf_counter()
    for budget in BUDGETS:
        out[f"B{budget}"] = packed(memory, talk, question, budget)
    took = (time.perf_counter() - begin) / len(BUDGETS)
    return out | {"search_ms": searched * 1_000, "pack_ms": took * 1_000}


def packed(memory: Memory, talk: Talk, question: Question, budget: int) -> float:
    """Return which share of what answers a question stands, word by word, in its pack."""
    pack = memory.context_pack(talk.key, question.text, budget=budget, similar=False)
    shown = _plain(str(pack))
    texts = {message.id.partition("/")[2]: message.text for message in talk.messages}
    return share(question, {id for id in question.evidence if _plain(texts[id]) in shown})


def share(question: Question, found: set[str]) -> float:
    """Return which share of what answers a question was found."""
    return len(found & set(question.evidence)) / len(question.evidence)


def _gain(question: Question, found: Sequence[str]) -> float:
    gained = sum(1 / log2(at + 2) for at, id in enumerate(found) if id in question.evidence)
    return gained / sum(1 / log2(at + 2) for at in range(min(_FOUND, len(question.evidence))))


def _plain(text: str) -> str:
    """Return only the letters and digits, so that quoting and line breaks do not count."""
    return "".join(re.findall(r"\w+", text.casefold()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--embedder", default="auto", help="minilm, hash, or none for words only")
    parser.add_argument("--reranker", help="minilm; none if left out")
    parser.add_argument("--conversations", type=int, help="only so many")
    parser.add_argument("--peers", action="store_true", help="and peers, on the first conversation")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    embedder = None if given.embedder == "none" else given.embedder
    talks = read(given.data)[: given.conversations]
    rows = measure(talks, embedder, given.reranker)
    if given.peers:
        from benchmarks import locomo_peers

        rows += measure(talks[:1], embedder, given.reranker)[-1:]
        rows += locomo_peers.measure(talks[0], Encoder(MiniLMEmbedder()))
    show(rows, as_json=given.json, about=machine())


if __name__ == "__main__":
    main()
