"""What matters most: by kind, openness and recency, and by the words of a query if there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from omnimemory.context.items import Item, Section
from omnimemory.index.ranker import Scored

_RECENCY: Final = 0.985
"""Weight of an item against the next newer one of its section."""
_SAME_THREAD: Final = 0.97
_SAME_FORM: Final = 0.8
"""Weights of an item against the one before it in its conversation, of its form: others get
a turn."""
_PRIOR_WEIGHT: Final = 0.05
"""What kind, openness and recency weigh against the answer to a query."""
ANSWER_RANGE: Final = 10.0
"""So far below the best in the ranker's score an answer counts for nothing. The ranker is trained
so that e to its score tells how likely a text answers, against the others."""
_DISTANT: Final = 0.8
_ALWAYS: Final = frozenset({Section.WHO, Section.OPEN, Section.CUSTOM})
"""Sections that keep their place whatever is asked: who they are, what is open, what they have."""


def rank(items: Sequence[Item], hits: Mapping[str, Scored] | None = None) -> list[Item]:
    """Return the items with their scores set, best first, ties by id.

    Args:
        items: What to rank.
        hits: With a query: how well each node answers it, by id.
    """
    by_section: dict[Section, list[Item]] = {}
    for item in items:
        by_section.setdefault(item.section, []).append(item)
    for some in by_section.values():
        some.sort(key=_newest)
        for position, item in enumerate(some):
            distance = 1.0 if " " not in item.group else _DISTANT
            is_current = bool(item.thread) and item.thread == some[0].thread
            aged = 1.0 if item.section is Section.WHO or is_current else _RECENCY**position
            item.score = item.prior * distance * aged
            item.why = {"kind": item.prior * distance, "recency": aged}
    if hits is not None:
        _fuse(items, hits)
    lately = by_section.get(Section.LATELY)
    _spread(items, current=lately[0].thread if lately else "", is_asked=hits is not None)
    return sorted(items, key=_best)


def _fuse(items: Sequence[Item], hits: Mapping[str, Scored]) -> None:
    """Add how well each item answers to how much it matters; some sections keep their place.

    An answer counts 1 for the best of the pack, and less by its distance in the ranker's score.
    """
    most = max((one.score for one in hits.values()), default=0.0)
    for item in items:
        hit = hits.get(item.node.id)
        answer = max(0.0, 1 - (most - hit.score) / ANSWER_RANGE) if hit is not None else 0.0
        fused = (item.score * _PRIOR_WEIGHT + answer) / (1.0 + _PRIOR_WEIGHT)
        item.score = max(fused, item.score) if item.section in _ALWAYS else fused
        item.why = {**item.why, "answer": answer}
        item.answer = hit


def _spread(items: Iterable[Item], *, current: str, is_asked: bool) -> None:
    """Lower each further item of one conversation, or statement of one form, a little.

    Of the conversation that is going on all matters, and a query tells what does in any.
    """
    seen: Counter[str] = Counter()
    for item in sorted(items, key=_best):
        form = "" if item.thread else str(item.node.props.get("form") or "")
        kin = form if is_asked else item.thread or form
        if kin and kin != current:
            item.score *= (_SAME_FORM if form else _SAME_THREAD) ** seen[kin]
            seen[kin] += 1


def _newest(item: Item) -> tuple[int, str]:
    return -item.at, item.node.id


def _best(item: Item) -> tuple[float, int, str]:
    return -item.score, -item.at, item.node.id
