"""Similar cases: how tickets of others were resolved, and articles that answer.

Of other customers nothing is told but ids and the resolution, and in that their names,
identifiers and addresses are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from omnimemory.context import fields
from omnimemory.context.gather import Gathered
from omnimemory.context.items import SIMILAR, Item, Section
from omnimemory.context.safe import cite, quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts
from omnimemory.context.walks import Beside
from omnimemory.index.search import Proposals, Proposer
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Edge, Node
from omnimemory.model.records.base import is_open
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery, Ends

MOST_SIMILAR: Final = 5
_LOOKED_AT: Final = 60
_READ: Final = 16
"""How many of what is proposed are read; some are the customer's own."""
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


class Sought(msgspec.Struct, frozen=True):
    """What may bear on a query elsewhere, and what must be read to tell."""

    proposals: Proposals
    beside: Beside


def seek(view: GraphView, query: str, audience: Audience, proposer: Proposer) -> Sought:
    """Return what may bear on a query elsewhere in the tenant, as the indexes propose it.

    Resolved tickets of others are for the tenant's own agents; articles for who may see them.
    """
    kinds = _FOR_AGENTS if audience == "internal" else (_ARTICLE,)
    proposals = proposer(view, query, _LOOKED_AT, kinds)
    ids = proposals.owners()[:_READ]
    tickets = [id for id in ids if not id.startswith(_ARTICLE)]
    queries = (
        EdgeQuery(tickets, ("REQUESTED_BY", *_WAYS), "source"),
        EdgeQuery((), ("SAME_AS", "MEMBER_OF"), "source", ends=(Ends((0,), "target"),)),
        EdgeQuery((), ("SAME_AS",), "target", ends=(Ends((1,), "target"),)),
    )
    return Sought(proposals, Beside(queries if tickets else (), ids))


def similar(sought: Sought, gathered: Gathered, audience: Audience) -> list[Case]:
    """Return what does, best first, from what was read beside the customer's records."""
    read = gathered.beside
    nodes = {node.id: node for node in read.nodes}
    hits = sought.proposals.hits(read.passages)
    ids = dict.fromkeys(hit.passage.about for hit in hits)
    found = [nodes[id] for id in ids if id in nodes and id not in gathered.nodes]
    people = _People(read.edges, nodes)
    out: list[Case] = []
    for node in found:
        if not _bears(node, audience):
            continue
        if node.kind == "Article":
            out.append(Case(node))
        elif not people.of(node.id) & gathered.identities:
            case = Case(node, people.ways(node.id, audience), people.names(node.id))
            if case.ways or node.props.get("resolution"):
                out.append(case)
    return out[:MOST_SIMILAR]


_ARTICLE: Final = "article:"
_FOR_AGENTS: Final = (_ARTICLE, "ticket:")


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

    def __init__(self, edges: Sequence[Sequence[Edge]], nodes: Mapping[str, Node]) -> None:
        self._out: dict[tuple[str, str], list[str]] = {}
        self._nodes = nodes
        asked, persons, same = edges or ((), (), ())
        for edge in (*asked, *persons):
            self._out.setdefault((edge.source, edge.kind), []).append(edge.target)
        for edge in same:
            self._out.setdefault((edge.target, "IS"), []).append(edge.source)

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
