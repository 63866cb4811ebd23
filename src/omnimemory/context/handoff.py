"""Handoff packs: what whoever takes over must know first, and the history behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from omnimemory.context import brief, moments, pack, render
from omnimemory.context.brief import Brief, Line
from omnimemory.context.gather import gather
from omnimemory.context.pack import MOST_INTERACTIONS, ContextPack
from omnimemory.context.safe import cite, quote, word
from omnimemory.context.scene import scene_of
from omnimemory.context.tokens import Count, Tokenizer, counter
from omnimemory.embed.reranker import Rescore
from omnimemory.errors import InputError
from omnimemory.index.search import Proposer
from omnimemory.index.signals import Nearness
from omnimemory.model.audience import Audience
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import now
from omnimemory.store.base import GraphView

NextStep: TypeAlias = Callable[[Brief], str | None]
"""Suggests what to do next, given what whoever takes over is told; None where it cannot tell."""

_SHARE: Final = 0.6
"""How much of the budget the brief may take; the history has the rest."""
_MOST_CHARACTERS: Final = 300


class Handed(msgspec.Struct, frozen=True):
    """The handoff itself: its node id, what is handed over, to whom, by whom, why, when."""

    id: str
    of: str
    to: str
    by: str | None
    reason: str
    at: int


class HandoffPack(msgspec.Struct, frozen=True):
    """What whoever takes over needs; `str` of it is Markdown.

    Attributes:
        handoff: The id of the handoff that was written down.
        sections: What to know first, by title, each line with its record.
        next_step: What is suggested, if anything is.
        tokens: How many tokens it takes: no fewer than `markdown`.
        pack: The customer's history, in what is left of the budget.
        head: The brief as text.
    """

    handoff: str
    sections: Mapping[str, Sequence[Line]]
    next_step: str | None
    tokens: int
    pack: ContextPack
    head: str

    def markdown(self) -> str:
        """Return the pack as one text."""
        return f"{render.RULES}\n\n{self.head}\n\n{self.pack.body}"

    def messages(self) -> list[dict[str, str]]:
        """Return the pack as chat messages: the rules as system, the rest as user."""
        return [
            {"role": "system", "content": render.RULES},
            {"role": "user", "content": f"{self.head}\n\n{self.pack.body}"},
        ]

    def json(self) -> dict[str, Any]:
        """Return the pack as JSON."""
        return {
            "handoff": self.handoff,
            "sections": {
                title: [msgspec.structs.asdict(line) for line in lines]
                for title, lines in self.sections.items()
            },
            "next_step": self.next_step,
            "tokens": self.tokens,
            "pack": self.pack.json(),
        }

    @property
    def citations(self) -> Mapping[str, str]:
        """The node id behind each citation, of the brief and of the history."""
        told = [line for lines in self.sections.values() for line in lines]
        return {**self.pack.citations, **{line.citation: line.id for line in told}}

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        told = sum(map(len, self.sections.values()))
        return f"<HandoffPack {self.handoff}: {self.tokens} tokens, {told} things to know first>"


def build(
    view: GraphView,
    customer: str,
    handed: Handed,
    *,
    query: str | None = None,
    budget_tokens: int = 2_000,
    audience: Audience = "internal",
    tokenizer: Tokenizer | None = None,
    kinds: Kinds,
    proposer: Proposer | None = None,
    nearness: Nearness | None = None,
    rescore: Rescore | None = None,
    next_step: NextStep | None = None,
) -> HandoffPack:
    """Return the pack for whoever takes over.

    Args:
        view: Where to read.
        customer: The customer's node id.
        handed: The handoff; it need not be written yet.
        query: What the customer wants; told from their last words if left out.
        budget_tokens: The most tokens that it may take.
        audience: Who will read it.
        tokenizer: Counts tokens; an estimate that does not fall short if left out.
        kinds: The kinds that the memory knows.
        proposer: Proposes passages of the whole tenant; by words that are read anew if left out.
        nearness: Tells how near nodes are to the query in meaning.
        rescore: Asks a reranker about the best answers, if there is one.
        next_step: Suggests what to do next; `brief.suggest` if left out.

    Raises:
        InputError: The budget is too small for the frame.
    """
    at = now()
    count = counter(tokenizer)
    gathered = gather(
        view, customer, audience=audience, anchors=kinds.anchors(), horizon=MOST_INTERACTIONS
    )
    scene = scene_of(gathered, now=at, audience=audience, terms=(), title_fields=kinds.title_fields)
    told = brief.tell(scene, handed.of)
    step = (next_step or brief.suggest)(told)
    for most, level in brief.SIZES:
        sections = brief.write(told, most, level)
        head = _head(handed, sections, told, step)
        tokens = count(head) + _BETWEEN_TOKENS
        is_last = (most, level) == brief.SIZES[-1]
        if tokens > budget_tokens * _SHARE and not is_last:
            continue
        try:
            history = pack.build(
                view,
                customer,
                query=query or told.wish,
                budget_tokens=max(1, budget_tokens - tokens),
                audience=audience,
                tokenizer=tokenizer,
                kinds=kinds,
                proposer=proposer,
                nearness=nearness,
                rescore=rescore,
            )
        except InputError as error:
            if is_last:
                raise _too_small(error, budget_tokens, tokens) from error
            continue
        return _checked(HandoffPack(handed.id, sections, step, 0, history, head), tokens, count)
    raise AssertionError  # the last size returns or raises


_BETWEEN_TOKENS: Final = 2


def _checked(made: HandoffPack, head_tokens: int, count: Count) -> HandoffPack:
    """Return the pack with its tokens, as one text or part by part, whichever is more."""
    tokens = max(count(made.markdown()), head_tokens + made.pack.tokens)
    return msgspec.structs.replace(made, tokens=tokens)


def _too_small(error: InputError, budget: int, head_tokens: int) -> InputError:
    return InputError(
        f"a budget of {budget} tokens is too small for a handoff: its brief takes {head_tokens}, "
        f"and for the rest: {error}"
    )


def _head(
    handed: Handed, sections: Mapping[str, Sequence[Line]], told: Brief, step: str | None
) -> str:
    by = f" by {word(handed.by)}" if handed.by else ""
    reason = f": {quote(handed.reason, _MOST_CHARACTERS)}" if handed.reason.strip() else ""
    first = f"{cite(handed.of)} handed over{by} to {word(handed.to)}{reason}"
    blocks = [f"# Handoff\n- {moments.stamp(handed.at)} {first} {cite(handed.id)}"]
    for title, lines in sections.items():
        more = len(told.sections[title]) - len(lines)
        texts = [line.text for line in lines]
        texts += [f"- and {more} more, in the history below"] if more else []
        blocks.append("\n".join([f"## {title}", *texts]))
    if step:
        blocks.append(f"## Suggested next step\n- {quote(step, _MOST_CHARACTERS)}")
    return "\n\n".join(blocks)
