"""The texts about a node that are searched, cut where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from omnimemory.model.facts import Node, Passage
from omnimemory.model.time import Span

MOST_CHARACTERS: Final = 2_000
"""Longest passage; a longer text becomes several."""

_BREAKS: Final = (r"\n\s*\n", "(?<=[.!?\u3002\uff01\uff1f])\\s", r"\s")
"""After a paragraph, after a sentence, after a word."""


def passages(versions: Sequence[Node], fields: Sequence[str]) -> list[Passage]:
    """Return the passages of a node over its versions; what does not change stays one passage.

    Args:
        versions: Versions of one node, oldest first.
        fields: Properties that are searched, in reading order.
    """
    if len(versions) == 1:
        (node,) = versions
        span = Span(node.span.valid_from, node.span.valid_to)
        return [
            Passage(about=node.id, part=part, text=text, span=span)
            for part, text in enumerate(cut(text_of(node.props, fields)))
        ]
    out: list[Passage] = []
    live: dict[int, Passage] = {}
    for node in versions:
        texts = dict(enumerate(cut(text_of(node.props, fields))))
        span = node.span
        out += [live.pop(part) for part in list(live) if live[part].text != texts.get(part)]
        for part, text in texts.items():
            start = live[part].span.valid_from if part in live else span.valid_from
            live[part] = Passage(
                about=node.id, part=part, text=text, span=Span(start, span.valid_to)
            )
    return [*out, *live.values()]


def text_of(props: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Return the searched text of a node: its fields, one to a line."""
    return "\n".join([str(value) for name in fields if (value := props.get(name))])


def cut(text: str) -> Iterator[str]:
    """Yield the text in pieces of at most `MOST_CHARACTERS`, cut at the best break there is."""
    rest = text.strip()
    while len(rest) > MOST_CHARACTERS:
        end = _best_break(rest)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()
    if rest:
        yield rest


def _best_break(text: str) -> int:
    """Return where to cut: after a paragraph, else a sentence, else a word, else anywhere."""
    window = text[:MOST_CHARACTERS]
    half = MOST_CHARACTERS // 2
    for pattern in _BREAKS:
        breaks = [found.end() for found in re.finditer(pattern, window) if found.end() > half]
        if breaks:
            return breaks[-1]
    return MOST_CHARACTERS
