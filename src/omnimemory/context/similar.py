"""Similar cases: how tickets of others were resolved, and articles that answer.

Of other customers nothing is told but ids and the resolution, and in that their names,
identifiers and addresses are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from omnimemory.context import fields
from omnimemory.context.gather import Gathered
from omnimemory.context.items import SIMILAR, Item, Section
from omnimemory.context.safe import cite, quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts
from omnimemory.context.walks import is_open
from omnimemory.index.search import Searcher
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Node
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery, Ends

MOST_SIMILAR: Final = 5
_LOOKED_AT: Final = 60
_READ: Final = 12
_MOST_TIES: Final = 3
_WAYS: Final = {"RESOLVED_BY": "by", "DEPENDS_ON": "with"}
"""What led to the resolution, and how it is said."""
_SHOWN_BY_ID: Final = frozenset({"Article", "Action", "Issue"})


class Case(msgspec.Struct, frozen=True):
    """An article, or a ticket of somebody else with how it was resolved.

    Attributes:
        node: The record.
        ways: What it was resolved by or with, by how that is said.
        names: What names the people behind it, which must not be told.
    """

    node: Node
    ways: Mapping[str, list[Node]] = {}
    names: frozenset[str] = frozenset()


def similar(
    view: GraphView, query: str, gathered: Gathered, audience: Audience, searcher: Searcher
) -> list[Case]:
    """Return what bears on a query elsewhere in the tenant, best first.

    Resolved tickets of others are for the tenant's own agents; articles for who may see them.
    """
    hits = searcher(view, query, _LOOKED_AT)
    ids = list(dict.fromkeys(hit.passage.about for hit in hits))
    wanted = [one for one in ids if one.startswith(_KINDS) and one not in gathered.nodes][:_READ]
    nodes = {node.id: node for node in view.nodes(wanted)} if wanted else {}
    found = [nodes[id] for id in wanted if id in nodes and _bears(nodes[id], audience)]
    tickets = [node.id for node in found if node.kind == "Ticket"]
    people = _People(view, tickets)
    out: list[Case] = []
    for node in found:
        if node.kind == "Article":
            out.append(Case(node))
        elif not people.of(node.id) & gathered.identities:
            case = Case(node, people.ways(node.id, audience), people.names(node.id))
            if case.ways or node.props.get("resolution"):
                out.append(case)
    return out[:MOST_SIMILAR]


_KINDS: Final = ("article:", "ticket:")


def items(cases: Iterable[Case]) -> list[Item]:
    """Return cases as items, the best first."""
    return [
        Item(
            case.node,
            Section.SIMILAR,
            case.node.span.valid_from,
            f"{SIMILAR}{case.node.kind}",
            prior=1 / place,
            score=1 / place,
            why={"place": 1 / place},
        )
        for place, case in enumerate(cases, 1)
    ]


def describe(case: Case) -> Parts:
    """Return a case in words: an article's text, or how a ticket was resolved."""
    props = case.node.props
    if case.node.kind == "Article":
        title = quote(fields.text(props.get("title")), NAME_CHARACTERS)
        return Parts(f"article {title}", fields.text(props.get("text")))
    facts = ["ticket resolved"]
    for said, nodes in case.ways.items():
        shown = [_way(node) for node in nodes[:_MOST_TIES]]
        facts += [f"{said} {', '.join(shown)}"] if shown else []
    return Parts(", ".join(facts), masked(fields.text(props.get("resolution")), case.names))


def _way(node: Node) -> str:
    fixed = [word(one) for one in fields.texts(node.props.get("fixed_in"))[:_MOST_TIES]]
    return cite(node.id) + (f" fixed in {', '.join(fixed)}" if fixed else "")


def _bears(node: Node, audience: Audience) -> bool:
    if not may_see(audience, node):
        return False
    if node.kind == "Article":
        return True
    return audience == "internal" and node.kind == "Ticket" and not is_open(node.props)


class _People:
    """Who asked for tickets, what names them, and what the tickets were resolved by."""

    def __init__(self, view: GraphView, tickets: list[str]) -> None:
        self._out: dict[tuple[str, str], list[str]] = {}
        self._nodes: dict[str, Node] = {}
        if not tickets:
            return
        walked = view.walk(
            [
                EdgeQuery(tickets, ("REQUESTED_BY", *_WAYS), "source"),
                EdgeQuery((), ("SAME_AS", "MEMBER_OF"), "source", ends=(Ends((0,), "target"),)),
                EdgeQuery((), ("SAME_AS",), "target", ends=(Ends((1,), "target"),)),
            ]
        )
        asked, persons, same = walked.edges
        for edge in (*asked, *persons):
            self._out.setdefault((edge.source, edge.kind), []).append(edge.target)
        for edge in same:
            self._out.setdefault((edge.target, "IS"), []).append(edge.source)
        self._nodes = {node.id: node for node in walked.nodes}

    def of(self, ticket: str) -> set[str]:
        """Return the identities of whoever asked for a ticket, all of the person's."""
        asked = self._out.get((ticket, "REQUESTED_BY"), [])
        whole = [one for id in asked for one in self._out.get((id, "SAME_AS"), [])]
        return {*asked, *(one for id in whole for one in self._out.get((id, "IS"), []))}

    def ways(self, ticket: str, audience: Audience) -> dict[str, list[Node]]:
        """Return what a ticket was resolved by or with, as far as the audience may see it."""
        out: dict[str, list[Node]] = {}
        for kind, said in _WAYS.items():
            nodes = [self._nodes.get(id) for id in self._out.get((ticket, kind), ())]
            seen = [node for node in nodes if node and may_see(audience, node)]
            out[said] = [node for node in seen if node.kind in _SHOWN_BY_ID]
        return {said: nodes for said, nodes in out.items() if nodes}

    def names(self, ticket: str) -> frozenset[str]:
        """Return what names whoever asked for a ticket, or their company."""
        ids = {*self.of(ticket)}
        ids |= {one for id in ids for one in self._out.get((id, "MEMBER_OF"), ())}
        nodes = [self._nodes[id] for id in ids if id in self._nodes]
        return frozenset(name for node in nodes for name in _names(node))


def _names(node: Node) -> Iterator[str]:
    """Yield names, each word of them, and identifiers, whole and their local parts."""
    said = fields.text(node.props.get("name"))
    yield from (said, *said.split())
    for key in node.keys:
        value = key.partition(":")[2]
        yield from (value, value.rpartition(":")[2], value.partition("@")[0])
    address = node.props.get("address")
    if isinstance(address, Mapping):
        yield from map(fields.text, cast("Mapping[str, Any]", address).values())


_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d[\d ()/.-]{6,}\d|@\w{2,}")
_LEAST_NAME: Final = 2


def masked(text: str, names: Iterable[str]) -> str:
    """Return a text without these names, and without addresses and numbers that name people."""
    text = _PERSONAL.sub("…", text)
    bare = {name.strip(" ,.;:\"'()") for name in names}
    for name in sorted(bare, key=lambda one: (-len(one), one)):
        if len(name) >= _LEAST_NAME:
            text = _pattern(name).sub("…", text)
    return text


def _pattern(name: str) -> re.Pattern[str]:
    """Return what finds a name: as a word where the script has spaces, else anywhere."""
    begin = r"(?<!\w)" if name[:1].isascii() else ""
    end = r"(?!\w)" if name[-1:].isascii() else ""
    return re.compile(begin + re.escape(name) + end, re.IGNORECASE)
