"""Which kind may point at which; a wrong edge is an error at the door."""

from __future__ import annotations

from typing import Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.ids import EDGE_NAME, check_name


class Relation(msgspec.Struct, frozen=True):
    """What an edge kind may join; ``single`` allows one target of a kind at a time."""

    sources: frozenset[str]
    targets: frozenset[str]
    single: bool = False


def _relation(sources: str, targets: str, *, single: bool = False) -> Relation:
    return Relation(frozenset(sources.split()), frozenset(targets.split()), single)


SAID: Final = "Statement Action Feedback Handoff"

BUILT_IN: Final[dict[str, Relation]] = {
    # who is who
    "SAME_AS": _relation("Identity", "Customer", single=True),
    "POSSIBLE_SAME_AS": _relation("Customer", "Customer"),
    "RELATED": _relation("Customer", "Customer"),
    "CANNOT_LINK": _relation("Identity", "Identity"),
    "MEMBER_OF": _relation("Identity", "Account"),
    "SAME_COMPANY": _relation("Account", "Account"),
    "BELONGS_TO": _relation("Agent", "Team"),
    # what was said, by whom, where; an interaction has one customer-side FROM or TO
    "FROM": _relation(f"Interaction {SAID}", "Identity Agent", single=True),
    "TO": _relation("Interaction Handoff", "Identity Agent Team", single=True),
    "CC": _relation("Interaction", "Identity Agent"),
    "PART_OF": _relation("Interaction", "Conversation", single=True),
    "ABOUT": _relation("Conversation Interaction", "Ticket Issue Account Identity"),
    "CITES": _relation("Interaction", "Article"),
    # work
    "REQUESTED_BY": _relation("Ticket Issue", "Identity Agent", single=True),
    "ASSIGNED_TO": _relation("Ticket Issue Conversation", "Agent Team", single=True),
    "OWNED_BY": _relation("Account Part Article", "Agent", single=True),
    "DEPENDS_ON": _relation("Ticket", "Issue"),
    "DUPLICATE_OF": _relation("Ticket Issue", "Ticket Issue"),
    "FOLLOW_UP_OF": _relation("Ticket Conversation", "Ticket Conversation"),
    "RELATES_TO": _relation("Ticket Issue", "Ticket Issue"),
    "CHILD_OF": _relation("Account Part Ticket Issue", "Account Part Ticket Issue", single=True),
    "MERGED_INTO": _relation(
        "Customer Account Ticket Conversation Identity",
        "Customer Account Ticket Conversation Identity",
        single=True,
    ),
    "RESOLVED_BY": _relation("Ticket", "Interaction Article Action"),
    # the product
    "CONCERNS": _relation("Ticket Issue Usage Article Conversation", "Part"),
    "USED_BY": _relation("Usage", "Identity", single=True),
    # what must not be forgotten; OF Identity is the one anchor that counts
    "STATED_IN": _relation("Statement", "Interaction", single=True),
    "OF": _relation(SAID, "Identity Account Ticket Conversation Interaction", single=True),
}


class Relations:
    """The edge kinds of a tenant: the built-in ones and those that custom kinds bring."""

    def __init__(self) -> None:
        self._known = dict(BUILT_IN)
        self._allowed: dict[tuple[str, str, str], Relation] = {}

    def __getitem__(self, kind: str) -> Relation:
        found = self._known.get(kind)
        if found is None:
            raise InputError(f"no edge kind {kind!r}; known: {', '.join(sorted(self._known))}")
        return found

    def allow(self, kind: str, *, source: str, target: str) -> None:
        """Let nodes of kind ``source`` point at nodes of kind ``target``.

        Raises:
            InputError: The edge kind is not in ``UPPER_SNAKE``.
        """
        check_name(kind, EDGE_NAME, "edge kind")
        old = self._known.get(kind, _relation("", ""))
        self._known[kind] = Relation(old.sources | {source}, old.targets | {target}, old.single)
        self._allowed.clear()

    def check(self, kind: str, *, source: str, target: str) -> Relation:
        """Return the relation of this kind.

        Raises:
            InputError: There is none, or no node of kind ``source`` may point at one of ``target``.
        """
        if (known := self._allowed.get((kind, source, target))) is not None:
            return known
        relation = self[kind]
        if source not in relation.sources or target not in relation.targets:
            sources, targets = (
                " or ".join(sorted(kinds)) for kinds in (relation.sources, relation.targets)
            )
            raise InputError(
                f"a {kind} edge cannot run from {source} to {target}; "
                f"it runs from {sources} to {targets}"
            )
        self._allowed[kind, source, target] = relation
        return relation
