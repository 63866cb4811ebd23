"""Who the customer is and what they have, in words: identities, accounts, usage, own kinds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from omnimemory.context import fields
from omnimemory.context.compact import named
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
    """Return one identity's name, where it differs, and identifiers that no richer one has.

    What else is known of them follows: address, what they pay by, a team's own fields; not what
    a source sent and the model has no place for. An identifier that the citation tells stands
    there only.
    """
    props = item.node.props
    said = fields.named(props.get("identifiers"))
    keys = scene.fresh_keys.get(item.node.id) or sorted(item.node.keys)
    cited = item.citation
    shown = [
        one + ("" if said.get(key, {}).get("verified", True) else " (unverified)")
        for key in keys[:_MOST_SHOWN]
        if (one := _identifier(key, cited))
    ]
    shown += [f"{len(keys) - _MOST_SHOWN} more"] if len(keys) > _MOST_SHOWN else []
    name = fields.text(props.get("name"))
    if name and (name != scene.best_name or not shown):
        shown.insert(0, quote(name, NAME_CHARACTERS))
    fit_for_them = {name: props[name] for name in _THEIRS if name in props}
    given = props if scene.is_internal else fit_for_them
    head, full = _fields(given, known=_KNOWN_OF_PEOPLE)
    line = ", ".join([*shown, *head]) or "an identity"
    return Parts(line, full=", ".join([*shown, *full]) if full != head else "")


_KNOWN_OF_PEOPLE: Final = frozenset({"name", "identifiers", "resolver", "extra"})
_THEIRS: Final = ("address", "language", "time_zone", "title")
"""Fields that a customer may see of themselves."""


def _identifier(key: str, cited: str) -> str:
    """Return an identifier; of one that the citation tells, its type, unless that is there too."""
    kind, _, value = key.partition(":")
    if value and f":{value}]" in cited:
        return "" if cited.startswith(f"[{kind}:") else word(kind)
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
    """Return a record of a kind that the team registered: its title and its fields.

    A title that the citation tells stands there only. In one line, lists of objects come as
    their identifiers and names.
    """
    props = item.node.props
    field = scene.title_fields.get(item.node.kind, "name")
    title = fields.text(props.get(field))
    is_cited = title and f":{title}]" in item.citation
    said = f" {quote(title, NAME_CHARACTERS)}" if title and not is_cited else ""
    ours = () if scene.is_internal else ("custom", "extra")
    same = [name for name in props if scene.is_of_the_customer(name, props[name])]
    head, full = _fields(props, known=frozenset({field, *ours, *same}))
    theirs = [f"{word(name.replace('_', ' '))} as theirs" for name in same]
    head, full = [*head, *theirs], [*full, *theirs]
    name = f"{word(item.node.kind)}{said}{on(item.at)}"
    line, whole = (f"{name}: {', '.join(one)}" if one else name for one in (head, full))
    return Parts(line, full=whole if whole != line else "")


_UNSHOWN: Final = frozenset({"visibility", "url", "created_at", "author_kind"})


def _fields(props: Mapping[str, Any], *, known: Collection[str]) -> tuple[list[str], list[str]]:
    """Return what a record says: for one line, and all of it."""
    given = {
        name: value
        for name, value in props.items()
        if name not in _UNSHOWN and name not in known and not name.startswith("_")
    }
    for nested in ("custom", "extra"):
        if isinstance(inner := given.pop(nested, None), Mapping):
            given |= cast("Json", inner)
    listed = sorted(given.items(), key=lambda one: isinstance(one[1], Mapping | list | tuple))
    brief = [named(name, value, brief=True) for name, value in listed]
    whole = [named(name, value) for name, value in listed]
    return _up_to([one for one in brief if one], _LINE_CHARACTERS), [one for one in whole if one]


Json: TypeAlias = Mapping[str, Any]

_LINE_CHARACTERS: Final = 400


def _up_to(said: Sequence[str], most_characters: int) -> list[str]:
    """Return the first fields that take so many characters together, one at least."""
    out: list[str] = []
    for one in said:
        most_characters -= len(one)
        if out and most_characters < 0:
            continue
        out.append(one)
    return out
