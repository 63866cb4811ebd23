"""Atlassian Document Format → plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from omnimemory.sources._reading import Json, member

_BLOCKS: Final = frozenset(
    "blockquote bulletList codeBlock decisionItem decisionList doc expand heading listItem "
    "mediaGroup mediaSingle orderedList panel paragraph rule table tableRow taskItem "
    "taskList".split()
)
_ITEMS: Final = frozenset({"listItem", "taskItem", "decisionItem"})


def plain(body: Json) -> str | None:
    """Return a body as text, whether it is text already or a document; None if it is neither."""
    if isinstance(body, str):
        return body or None
    if not isinstance(body, Mapping):
        return None
    lines = "".join(_walk(cast("Json", body))).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip()) or None


def _walk(node: Json) -> Iterator[str]:
    """Yield the text of a node: leaves first to last, blocks on lines of their own."""
    kind = member(node, "type")
    attributes = member(node, "attrs")
    match kind:
        case "text":
            yield str(member(node, "text") or "")
        case "hardBreak":
            yield "\n"
        case "mention" | "emoji" | "status" | "date":
            names = ("text", "shortName", "timestamp")
            yield str(next((v for name in names if (v := member(attributes, name))), ""))
        case "inlineCard" | "blockCard":
            yield str(member(attributes, "url") or "")
        case _:
            yield "\n- " if kind in _ITEMS else "\n" if kind in _BLOCKS else ""
            content = member(node, "content")
            for child in cast("list[Json]", content) if isinstance(content, list) else ():
                yield from _walk(child)
            yield "\n" if kind in _BLOCKS else ""
