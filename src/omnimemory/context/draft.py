"""A pack as it is written: fitted until it keeps to its budget, then similar cases beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

import msgspec

from omnimemory.context import render
from omnimemory.context import similar as elsewhere
from omnimemory.context.fit import Lines, fit
from omnimemory.context.items import Item, Level
from omnimemory.context.lines import show
from omnimemory.context.manifest import Row
from omnimemory.context.scene import Parts, Scene
from omnimemory.context.tokens import Count, estimate
from omnimemory.errors import InputError


class Draft(msgspec.Struct, frozen=True):
    """A pack as written, and how many tokens that takes."""

    body: str
    rows: dict[str, Row]
    tokens: int
    similar: tuple[Item, ...] = ()


class Writing:
    """Fits and writes a pack until it keeps to its budget."""

    def __init__(
        self,
        ranked: list[Item],
        scene: Scene,
        count: Count,
        *,
        rows: Callable[[list[Item]], dict[str, Row]],
        query: str | None,
        is_asked: bool,
    ) -> None:
        self._ranked = ranked
        self._scene = scene
        self._count = count
        self._rows = rows
        self._query = query
        self._is_asked = is_asked
        self._lines = Lines(count, scene)

    def fitted(self, budget: int) -> Draft:
        """Return the fullest draft within the budget.

        Raises:
            InputError: Not even the frame is.
        """
        least = self._written(0)
        if least.tokens > budget:
            raise InputError(
                f"a budget of {budget} tokens is too small for the frame of this pack; "
                f"the least that works is {least.tokens}"
            )
        room = budget - least.tokens
        while room > 0:
            draft = self._written(room)
            if draft.tokens <= budget:
                return draft
            room -= draft.tokens - budget + 1
        return self._written(0)

    def with_similar(self, draft: Draft, cases: Sequence[elsewhere.Case], budget: int) -> Draft:
        """Return the draft with as many similar cases, the best first, as there is room for."""
        listed = elsewhere.items(cases)
        parts = [elsewhere.describe(case) for case in cases]
        for item, said in zip(listed, parts, strict=True):
            self._raise(item, said, Level.BRIEF)
        whole = self._beside(draft, listed)
        if whole.tokens <= budget:
            draft = whole
        else:
            for item in listed:
                item.text, item.level, item.tokens = "", Level.COUNTED, 0
            draft = self._one_by_one(draft, listed, parts, budget)
        rows = self._rows([*self._ranked, *listed])
        return msgspec.structs.replace(draft, rows=rows, similar=tuple(listed))

    def _one_by_one(
        self, draft: Draft, listed: Sequence[Item], parts: Sequence[Parts], budget: int
    ) -> Draft:
        for item, said in zip(listed, parts, strict=True):
            for level in (Level.BRIEF, Level.LINE):
                self._raise(item, said, level)
                longer = self._beside(draft, listed)
                if longer.tokens <= budget:
                    draft = longer
                    break
                item.text, item.level, item.tokens = "", Level.COUNTED, 0
        return draft

    def _raise(self, item: Item, said: Parts, level: Level) -> None:
        item.text, item.level = show(item, said, level, self._scene)
        item.tokens = self._lines.cost(item.text)

    def _beside(self, draft: Draft, similar: Sequence[Item]) -> Draft:
        """Return the draft with those of the similar cases that are shown."""
        body = self._body(draft.rows, [one for one in similar if one.text])
        return Draft(body, draft.rows, _measure(body, self._count))

    def _written(self, room: int) -> Draft:
        fit(self._ranked, room, self._lines, is_asked=self._is_asked)
        rows = self._rows(self._ranked)
        body = self._body(rows)
        return Draft(body, rows, _measure(body, self._count))

    def _body(self, rows: Mapping[str, Row], similar: Sequence[Item] = ()) -> str:
        return render.body(self._ranked, rows, self._scene, query=self._query, similar=similar)


def _measure(body: str, count: Count) -> int:
    """Return how many tokens a pack takes, as one text or as messages, whichever is more.

    The estimate of both as one text is never more than that of the two, so it need not be taken.
    """
    if count is estimate:
        return _rules_tokens() + _BETWEEN_TOKENS + count(body)
    return max(count(f"{render.RULES}\n\n{body}"), count(render.RULES) + count(body))


_BETWEEN_TOKENS: Final = 2


@cache
def _rules_tokens() -> int:
    return estimate(render.RULES)
