"""A record in words at each level: its line, a part of its text, or all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from omnimemory.context import fields, moments, said_lines, thing_lines, work_lines
from omnimemory.context.items import TITLES, Item, Level, Section
from omnimemory.context.safe import cite, clip, fence, quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts, Scene, Thread

LINE_CHARACTERS: Final = 100
BRIEF_CHARACTERS: Final = 360

_DESCRIBE: Final[dict[str, Callable[[Item, Scene], Parts]]] = {
    "Ticket": work_lines.ticket,
    "Issue": work_lines.issue,
    "Statement": said_lines.statement,
    "Action": said_lines.action,
    "Interaction": said_lines.interaction,
    "Feedback": said_lines.feedback,
    "Handoff": said_lines.handoff,
    "Usage": thing_lines.usage,
    "Article": thing_lines.article,
    "Identity": thing_lines.identity,
    "Account": thing_lines.account,
}


def describe(item: Item, scene: Scene) -> Parts:
    """Return a record in words."""
    return _DESCRIBE.get(item.node.kind, thing_lines.custom)(item, scene)


def section_heading(section: Section, scene: Scene) -> str:
    """Return the line that stands over a section; empty where it needs none.

    Who they are stands below the title, and an only conversation has its own heading. That of
    what was said may name the other.
    """
    if section is Section.WHO or (section is Section.LATELY and scene.only_thread):
        return ""
    named = section is Section.LATELY and '"' in scene.other
    return f"## {TITLES[section]}" + (f", with {scene.other}" if named else "")


def heading(thread: str, scene: Scene) -> str:
    """Return the line that stands over what is shown of a conversation.

    Of one that may be going on it tells the minute and cites it, since it may be answered or
    handed over; of older ones the messages are cited.
    """
    node = scene.gathered.nodes.get(thread)
    known = scene.threads.get(thread) or Thread()
    is_only = thread == scene.only_thread
    is_fresh = 0 <= scene.now - known.last < _FRESH
    when = moments.lately(known.last, scene.now) if is_fresh else moments.day(known.last)
    facts = [f"{word(known.channel)} {when}"]
    facts += [f"with {known.other}"] if '"' in known.other and (is_only or not scene.other) else []
    title = fields.text(node.props.get("title")) if node is not None else ""
    if title:
        facts.append(quote(title, NAME_CHARACTERS))
    about = [one for one in scene.gathered.targets(thread, "ABOUT") if one.kind == "Ticket"]
    facts += [f"re {cite(one.id)}" for one in about[:2]]
    cited = f" {cite(thread)}" if is_fresh and node is not None else ""
    begins = f"## {TITLES[Section.LATELY]}:" if is_only else "###"
    return f"{begins} {', '.join(facts)}{cited}"


_FRESH: Final = 2 * moments.DAY
"""A conversation that is not older may be going on."""


def show(item: Item, parts: Parts, level: Level, scene: Scene) -> tuple[str, Level]:
    """Return an item's lines at a level, and the level that they come to.

    A text that is shown in full is whole, however short its line. A message of a conversation
    begins with what cites it, since that is shorter.
    """
    begin, cited = (f"{item.citation} ", "") if item.number else ("- ", f" {item.citation}")
    text = parts.text.strip()
    is_long = level > Level.LINE
    details = f"; {parts.details}" if parts.details and is_long else ""
    head = parts.full if parts.full and is_long else parts.head
    is_all = is_long or not (parts.details or parts.full)
    if not text:
        return f"{begin}{head}{details}{cited}", Level.WHOLE if is_all else level
    limit = LINE_CHARACTERS if level is Level.LINE else BRIEF_CHARACTERS
    if len(text) <= limit and "\n" not in text:
        return f"{begin}{head}: {quote(text)}{details}{cited}", Level.WHOLE if is_all else level
    if level is Level.WHOLE:
        return f"{begin}{head}{details}{cited}:\n{fence(text)}", level
    return f"{begin}{head}: {quote(_excerpt(text, limit, scene.terms))}{details}{cited}", level


def _excerpt(text: str, most_characters: int, terms: Sequence[str]) -> str:
    """Return the part of a text where the words of the query stand, or its beginning."""
    if terms and len(text) > most_characters:
        folded = text[:20_000].casefold()
        places = [place for term in terms if (place := folded.find(term)) >= 0]
        start = max(0, min(places, default=0) - most_characters // 4)
        if start > most_characters // 2:
            cut = text.find(" ", start) + 1
            return "…" + clip(text[cut if 0 < cut < start + 40 else start :], most_characters)
    return clip(text, most_characters)
