"""Who the customer is and what they have, in words: identities, accounts, usage, own kinds."""

from __future__ import annotations

from typing import Any, Final

from omnimemory.context import fields
from omnimemory.context.items import Item
from omnimemory.context.safe import quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts, Scene, name_of, on

_MOST_SHOWN: Final = 8


def usage(item: Item, _: Scene) -> Parts:
    """Return a day's count of one event, with what went wrong."""
    props = item.node.props
    errors = props.get("errors")
    failed = f", {word(errors)} failed" if errors else ""
    head = f"{word(props.get('day', '?'))} {word(props.get('name', '?'))}"
    return Parts(
        f"{head} ×{word(props.get('count', 0))}{failed}",
        fields.text(props.get("last_error")) if errors else "",
    )


def article(item: Item, _: Scene) -> Parts:
    """Return an article's title and text."""
    props = item.node.props
    title = quote(fields.text(props.get("title")), NAME_CHARACTERS)
    return Parts(f"article {title}", fields.text(props.get("text")))


def identity(item: Item, scene: Scene) -> Parts:
    """Return one identity's name, where it differs, and identifiers that no richer one has."""
    said = fields.named(item.node.props.get("identifiers"))
    keys = scene.fresh_keys.get(item.node.id) or sorted(item.node.keys)
    shown = [
        _identifier(key) + ("" if said.get(key, {}).get("verified", True) else " (unverified)")
        for key in keys[:_MOST_SHOWN]
    ]
    shown += [f"{len(keys) - _MOST_SHOWN} more"] if len(keys) > _MOST_SHOWN else []
    name = fields.text(item.node.props.get("name"))
    if name and (name != scene.best_name or not shown):
        shown.insert(0, quote(name, NAME_CHARACTERS))
    language = item.node.props.get("language")
    details = f"language {word(language)}" if language else ""
    return Parts(", ".join(shown) or "an identity", details=details)


def _identifier(key: str) -> str:
    plain = key.isascii() and key.isprintable() and len(key) <= NAME_CHARACTERS
    return key if plain and not set(key) & _MARKS else quote(key, NAME_CHARACTERS)


_MARKS: Final = frozenset(' "[]<>`()!')


def account(item: Item, scene: Scene) -> Parts:
    """Return the company, and for the tenant's agents what it is worth."""
    props = item.node.props
    facts = [f"of {name_of(item.node)}"]
    if scene.is_internal:
        facts += [f"tier {word(props['tier'])}"] if props.get("tier") else []
        value = fields.amount(props.get("annual_value"))
        if value is not None:
            currency = f" {word(props['currency'])}" if props.get("currency") else ""
            facts.append(f"{value:,.0f}{currency} a year")
        facts += [word(props["state_name"])] if props.get("state_name") else []
    return Parts(", ".join(facts))


def custom(item: Item, scene: Scene) -> Parts:
    """Return a record of a kind that the team registered: its title and short properties."""
    props = item.node.props
    field = scene.title_fields.get(item.node.kind, "name")
    title = fields.text(props.get(field))
    head = word(item.node.kind) + (f" {quote(title, NAME_CHARACTERS)}" if title else "")
    shown = [
        f"{word(name)} {word(value)}"
        for name, value in props.items()
        if name not in _UNSHOWN and name != field and not name.startswith("_") and _is_short(value)
    ]
    more = ": " + ", ".join(shown[:_MOST_SHOWN]) if shown else ""
    return Parts(head + on(item.at) + more)


_UNSHOWN: Final = frozenset({"visibility", "url", "created_at", "author_kind"})


def _is_short(value: Any) -> bool:
    return 0 < len(fields.text(value)) <= NAME_CHARACTERS
