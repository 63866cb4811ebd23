"""Context packs: the history of a customer that matters, inside a budget, all accounted for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from omnimemory.context import render
from omnimemory.context import similar as elsewhere
from omnimemory.context.answers import answers
from omnimemory.context.draft import Writing
from omnimemory.context.explain import Explanation, explain
from omnimemory.context.gather import gather
from omnimemory.context.items import TITLES, Item, Level, items
from omnimemory.context.manifest import Manifest, manifest
from omnimemory.context.rank import rank
from omnimemory.context.scene import scene_of
from omnimemory.context.tokens import Tokenizer, counter
from omnimemory.context.walks import NOTHING
from omnimemory.embed.reranker import Rescore
from omnimemory.errors import InputError
from omnimemory.index.analyzer import words as words_of
from omnimemory.index.search import Proposer, check_query, propose_anew
from omnimemory.index.signals import Nearness
from omnimemory.model.audience import Audience, levels
from omnimemory.model.kinds import Kinds
from omnimemory.model.time import NOW, now, to_datetime
from omnimemory.pictured import Pictured
from omnimemory.store.base import GraphView

MOST_INTERACTIONS: Final = 200
"""How many of the newest interactions a pack without a query chooses from."""
MOST_SEARCHED: Final = 1_000
"""How many of the newest interactions are ranked by a query."""
_LEAST_INTERACTIONS: Final = 40
_LEAST_TOKENS_SHOWN: Final = 20
"""No line takes fewer, so without a query a small budget need not read what it cannot show."""


class ContextPack(msgspec.Struct, Pictured, frozen=True, repr_omit_defaults=True):
    """What an agent needs to know about a customer; `str` of it is Markdown.

    Attributes:
        customer: The customer's id.
        audience: Who may read it.
        query: What the customer wants now.
        at: The time that ages in it are told by, in microseconds.
        budget_tokens: The most tokens that it may take.
        tokens: How many it takes: no fewer than `markdown`, and than `messages` together.
        manifest: For each kind what is shown and what is not.
        items: What it accounts for, best first, with what is shown of each.
        body: The text without the rules of reading.
        similar_tokens: How many were set aside for similar cases.
    """

    customer: str
    audience: Audience
    query: str | None
    at: int
    budget_tokens: int
    tokens: int
    manifest: Manifest
    items: tuple[Item, ...]
    body: str
    similar_tokens: int = 0

    def markdown(self) -> str:
        """Return the pack as one text."""
        return f"{render.RULES}\n\n{self.body}"

    def messages(self) -> list[dict[str, str]]:
        """Return the pack as chat messages: the rules as system, the history as user."""
        return [
            {"role": "system", "content": render.RULES},
            {"role": "user", "content": self.body},
        ]

    def json(self) -> dict[str, Any]:
        """Return the pack as JSON: what is shown by section, the manifest and the citations."""
        sections: dict[str, list[dict[str, Any]]] = {}
        for item in self._shown():
            sections.setdefault(TITLES[item.section], []).append(
                {
                    "id": item.node.id,
                    "kind": item.node.kind,
                    "at": to_datetime(item.at).isoformat().replace("+00:00", "Z")
                    if item.at > 0
                    else None,
                    "shown": item.level.name.lower(),
                    "text": item.text,
                    "citation": item.citation,
                }
            )
        return {
            "customer": self.customer,
            "audience": self.audience,
            "query": self.query,
            "at": to_datetime(self.at).isoformat().replace("+00:00", "Z"),
            "budget_tokens": self.budget_tokens,
            "tokens": self.tokens,
            "sections": sections,
            "manifest": {kind: row.to_dict() for kind, row in self.manifest.items()},
            "citations": dict(self.citations),
        }

    def explain(self) -> Explanation:
        """Return why each record is shown as it is: score, floors and price."""
        return explain(
            self.items,
            budget_tokens=self.budget_tokens,
            tokens=self.tokens,
            similar_tokens=self.similar_tokens,
        )

    @property
    def citations(self) -> Mapping[str, str]:
        """The node id behind each citation of a line."""
        return {item.citation: item.node.id for item in self._shown()}

    def _shown(self) -> list[Item]:
        shown = [item for item in self.items if item.level is not Level.COUNTED]
        return sorted(shown, key=lambda item: item.section)

    def __str__(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        shown = len(self._shown())
        total = sum(row.total for row in self.manifest.values())
        return (
            f"<ContextPack of {self.customer}: {self.tokens} of {self.budget_tokens} tokens, "
            f"{shown} of {total} records shown>"
        )


def build(
    view: GraphView,
    customer: str,
    *,
    query: str | None = None,
    budget_tokens: int = 2_000,
    audience: Audience = "internal",
    tokenizer: Tokenizer | None = None,
    kinds: Kinds | None = None,
    at: int | None = None,
    proposer: Proposer | None = None,
    nearness: Nearness | None = None,
    rescore: Rescore | None = None,
    similar: bool | None = None,
) -> ContextPack:
    """Return the pack of a customer: the same view and arguments give the same bytes.

    Args:
        view: Where to read.
        customer: The customer's node id.
        query: What the customer wants now.
        budget_tokens: The most tokens that the pack may take.
        audience: Who will read it.
        tokenizer: Counts tokens; `estimate` if left out.
        kinds: The kinds that the memory knows, custom ones among them.
        at: The time that ages are told by, in microseconds: the view's own if it is of a
            time, else the clock's if left out.
        proposer: Proposes passages of the whole tenant; by words that are read anew if left out.
        nearness: Tells how near nodes are to the query in meaning; by words only if left out.
        rescore: Asks a reranker about the best answers, if there is one.
        similar: Whether an eighth of the budget is set aside for similar cases where there is
            a query; only in packs of `LEAST_WITH_SIMILAR` tokens and more if left out.

    Raises:
        InputError: The budget is no whole number, or too small for the frame; then the message
            says for which. Or there is no such audience.
        NotFoundError: There is no such customer.
    """
    levels(audience)
    count = counter(tokenizer)
    budget = _checked_budget(budget_tokens)
    kinds = kinds or Kinds()
    anchors = kinds.anchors()
    query = _checked_query(query)
    words = words_of(query) if query else []
    horizon = MOST_SEARCHED
    if not words:
        horizon = min(MOST_INTERACTIONS, max(_LEAST_INTERACTIONS, budget // _LEAST_TOKENS_SHOWN))
    aside = _aside(budget, similar=similar) if query and words else 0
    sought: elsewhere.Sought | None = None
    if query and aside:
        sought = elsewhere.seek(view, query, audience, proposer or propose_anew)
    gathered = gather(
        view,
        customer,
        audience=audience,
        anchors=anchors,
        horizon=horizon,
        beside=sought.beside if sought else NOTHING,
    )
    if at is None:
        at = view.as_of.valid if view.as_of.valid < NOW.valid else now()
    scene = scene_of(
        gathered, now=at, audience=audience, terms=words, title_fields=kinds.title_fields
    )
    listed = items(gathered, now=at)
    hits = None
    if query and words:
        near = None if nearness is None else partial(_near, view, nearness)
        hits = answers(listed, query, gathered, kinds.text_fields, near=near, rescore=rescore)
    ranked = rank(listed, hits)
    writing = Writing(
        ranked,
        scene,
        count,
        rows=partial(manifest, totals=gathered.totals, cut=gathered.cut, custom=anchors),
        query=query,
        is_asked=hits is not None,
    )
    draft = writing.fitted(budget - aside)
    if sought:
        cases = elsewhere.similar(sought, gathered, audience)
        draft = writing.with_similar(draft, cases, budget) if cases else draft
    return ContextPack(
        customer=customer,
        audience=audience,
        query=query,
        at=at,
        budget_tokens=budget,
        tokens=draft.tokens,
        manifest=draft.rows,
        items=(*ranked, *draft.similar),
        body=draft.body,
        similar_tokens=aside,
    )


def _near(
    view: GraphView, nearness: Nearness, query: str, about: Collection[str]
) -> Mapping[str, float]:
    return nearness(view, query, list(view.passages(about)))


LEAST_WITH_SIMILAR: Final = 1_200
"""Smaller packs are all the customer's own, unless similar cases are asked for."""
_SHARE_OF_SIMILAR: Final = 8


def _aside(budget: int, *, similar: bool | None) -> int:
    wanted = budget >= LEAST_WITH_SIMILAR if similar is None else similar
    return budget // _SHARE_OF_SIMILAR if wanted else 0


def _checked_budget(budget: object) -> int:
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise InputError(f"budget is {budget!r}; it must be a whole number of tokens above 0")
    return budget


def _checked_query(query: str | None) -> str | None:
    return None if query is None else check_query(query).strip() or None
