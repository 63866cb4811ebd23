"""Signals of the domain: who said it by role, what kind of record, its state, and codes.

Codes are what names one thing exactly: order numbers, error codes, issue keys, serial numbers.
A query that asks for none of this is ranked as if these signals were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec

from omnimemory.index.analyzer import terms
from omnimemory.index.languages import ENGLISH
from omnimemory.model.facts import Node
from omnimemory.model.ids import split_id

if TYPE_CHECKING:
    from omnimemory.index.lexical import Scores


class Told(msgspec.Struct, frozen=True, gc=False):
    """What the graph tells of a text besides who wrote it when.

    Attributes:
        role: What its author is: ``customer``, ``agent``, ``ai_agent``, ``bot`` or ``system``.
        labels: Terms of what it is: its kind, its channel, its form.
        state: ``open`` or ``resolved``, as its ticket is; ``resolution`` for what resolved one.
        codes: The codes of the record itself and of its text.
        linked: The codes of the records that it is linked to.
        parts: The ids of the product's parts that the query names and that the record, its
            conversation or its ticket concerns.
    """

    role: str = ""
    labels: frozenset[str] = frozenset()
    state: str = ""
    codes: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()


class Asked(msgspec.Struct, frozen=True):
    """What a query asks for in the words of the domain; all empty where it does not.

    Attributes:
        roles: Roles of the authors that it asks what they said.
        labels: Its terms that may name a kind, a channel or a form.
        state: ``open``, or ``resolved`` where it asks how something was solved.
        codes: The codes that it names.
        parts: The ids of the product's parts that it names.
    """

    roles: frozenset[str]
    labels: frozenset[str]
    state: str
    codes: frozenset[str]
    parts: frozenset[str] = frozenset()

    @property
    def is_special(self) -> bool:
        """Whether it asks for more than words tell."""
        return bool(self.roles or self.needs_links)

    @property
    def needs_links(self) -> bool:
        """Whether records around a text bear on the answer."""
        return bool(self.codes or self.state or self.parts)

    def naming(self, nodes: Iterable[Node]) -> Asked:
        """Return the same with those of the product's parts among these nodes that it names.

        A part is named where every word of its name stands in the query.
        """
        parts = {one.id: labels(str(one.props.get("name"))) for one in nodes if one.kind == "Part"}
        named = frozenset(id for id, name in parts.items() if name and name <= self.labels)
        return msgspec.structs.replace(self, parts=named) if named else self


@lru_cache(maxsize=128)
def asked_for(query: str) -> Asked:
    """Return what a query asks for."""
    return Asked(_roles(query), labels(query), _state(query), codes(query))


def columns(query: str, told: Sequence[Told]) -> dict[str, Scores]:
    """Return each signal's value for every text."""
    np: Any = import_module("numpy")
    asked = asked_for(query)
    nothing = np.zeros(len(told))

    def of_each(tell: Callable[[Told], float], *, is_asked: Collection[str]) -> Scores:
        return np.array([tell(one) for one in told], dtype=float) if is_asked else nothing

    return {
        "role": of_each(lambda one: one.role in asked.roles, is_asked=asked.roles),
        "kind": of_each(lambda one: not asked.labels.isdisjoint(one.labels), is_asked=asked.labels),
        "state": of_each(
            lambda one: _STATES.get((asked.state, one.state), 0.0), is_asked=asked.state
        ),
        "code": of_each(lambda one: _share(asked.codes, one.codes), is_asked=asked.codes),
        "linked": of_each(
            lambda one: _share(asked.codes, one.linked - one.codes), is_asked=asked.codes
        ),
        "part": np.array([bool(one.parts) for one in told], dtype=float),
    }


def _share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted & there) / len(wanted)


_STATES: Final = {
    ("open", "open"): 1.0,
    ("resolved", "resolution"): 1.0,
    ("resolved", "resolved"): 0.5,
}
"""What the state of a text is worth to a query that asks for one."""

_CODE: Final = re.compile(r"(?<![\w.])[^\W_]+(?:[-_/][^\W_]+)*(?!\w)", re.ASCII)
_NO_CODE: Final = re.compile(
    r"(?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th|am|pm)|\d+(?:h|d|min|ms|s|kg|g|cm|mm|m|km|gb|mb|kb|x)"
    r"|\d{4}-\d\d?(?:-\d\d?)?|\d{1,2}[-/]\d{1,2}(?:[-/]\d{2,4})?",
    re.IGNORECASE,
)
"""Years, dates, times of day and amounts of something look like codes and name no thing."""
_LEAST_CODE: Final = 3


def codes(text: str) -> frozenset[str]:
    """Return the codes in a text, in capitals: words with a digit, or in capitals with a ``_``."""
    found = (one.group() for one in _CODE.finditer(text))
    return frozenset(one.upper() for one in found if _is_code(one))


def _is_code(word: str) -> bool:
    if len(word) < _LEAST_CODE or _NO_CODE.fullmatch(word):
        return False
    return any(one.isdigit() for one in word) or ("_" in word and word.isupper())


_NAMES: Final = ("number", "key", "code", "title", "name", "subject")
"""Properties that may hold the code of a record."""


def codes_of(node: Node) -> frozenset[str]:
    """Return the codes that name a record: in its id and in its names."""
    names = (value for name in _NAMES if isinstance(value := node.props.get(name), str))
    return codes("\n".join((split_id(node.id)[1], *names)))


_SPEECH: Final = (
    r"sa(?:y|id|ys)|t(?:ell|old|ells)|promised?|offer(?:ed)?|ask(?:ed)?|wr(?:ite|ote)|claim(?:ed)?|"
    r"complain(?:ed)?|suggest(?:ed)?|advised?|explain(?:ed)?|recommend(?:ed)?|report(?:ed)?|"
    r"confirm(?:ed)?|agreed?|answer(?:ed)?|repl(?:y|ied)|mention(?:ed)?|propose[d]?|tr(?:y|ied)"
)
_ROLES: Final = {
    r"agents?|support|reps?|representatives?|advisors?|colleagues?|we": ("agent", "ai_agent"),
    r"(?:chat ?)?bots?|(?:virtual |ai )?assistants?|ai agents?": ("bot", "ai_agent"),
    r"customers?|clients?|callers?|users?": ("customer",),
}
_SAYS: Final = tuple(
    (re.compile(rf"\b(?:{words})\b(?:\s+\w+)?\s+(?:{_SPEECH})\b", re.IGNORECASE), roles)
    for words, roles in _ROLES.items()
)
"""What asks what somebody of a role said: ``what did the agent promise``."""


def _roles(query: str) -> frozenset[str]:
    found = (roles for says, roles in _SAYS if says.search(query))
    return frozenset(role for roles in found for role in roles)


_SOLVED: Final = re.compile(
    r"\b(?:how|what|who)\b.*\b(?:fix(?:ed|es)?|solved?|resolved?|settled|repaired|sorted out|"
    r"cured|helped)\b|\b(?:solution|resolution|workaround|fix)\b",
    re.IGNORECASE | re.DOTALL,
)
_OPEN: Final = re.compile(
    r"\b(?:still|open|pending|unresolved|unsolved|unanswered|outstanding|ongoing|in progress|"
    r"waiting for)\b",
    re.IGNORECASE,
)


def _state(query: str) -> str:
    if _SOLVED.search(query):
        return "resolved"
    return "open" if _OPEN.search(query) else ""


_SAME: Final = {
    "telephon": "phone",
    "mail": "email",
    "promis": "commit",
    "commitment": "commit",
    "bug": "issu",
}
"""What people say for the names of kinds, channels and forms, as terms."""
_IN_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


@lru_cache(maxsize=1_024)
def labels(text: str) -> frozenset[str]:
    """Return the terms by which kinds, channels and forms are named in a text."""
    return frozenset(_SAME.get(one, one) for one in terms(_IN_WORDS.sub(" ", text), ENGLISH))
