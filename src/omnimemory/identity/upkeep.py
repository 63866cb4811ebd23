"""What a commit does to customers that are held, so that few of them are read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec

from omnimemory.identity import companies, facts
from omnimemory.identity.standing import Member, Standing, by_id
from omnimemory.model.facts import Changes, Edge, by_type
from omnimemory.model.time import FOREVER, Span

_LINK_PROPS: Final = ("since", "came_from", "grounds")
"""What is read of a ``SAME_AS`` edge; the evidence that it carries stays in the store."""


class News:
    """What a commit tells of one customer.

    Attributes:
        links: Links of identities that come.
        members: Identities that come, or say something else.
        opened: Questions and relations that come.
        closed: Ids of those that go.
    """

    def __init__(self) -> None:
        self.links: list[Edge] = []
        self.members: list[Member] = []
        self.opened: list[Edge] = []
        self.closed: set[str] = set()

    def applied_to(self, standing: Standing) -> Standing:
        """Return the customer as it stands after the commit."""
        links = by_id((*standing.links, *self.links))
        members = {one.evidence.id: one for one in (*standing.members, *self.members)}
        left = (edge for edge in standing.around if edge.id not in self.closed)
        return msgspec.structs.replace(
            standing,
            links=links,
            members=tuple(members[link.source] for link in links if link.source in members),
            around=by_id((*left, *self.opened)),
        )


class Upkeep:
    """What a commit does to customers.

    Identities that come or say something else are followed, and so are questions and
    relations. What was merged, split or kept apart is to be read again.

    Args:
        changes: What was written.
        members: What identities say from now on, where that is known.
        revision: The revision that the commit made.

    Attributes:
        news: What it tells of each customer.
        begun: Customers that begin with it.
        said: Identities that are written.
        unclear: Customers, and identities whose customers, are to be read again.
    """

    def __init__(self, changes: Changes, members: Mapping[str, Member], revision: int) -> None:
        nodes, edges, _ = by_type(changes.add)
        gone, closed, _ = by_type(changes.retire)
        self.news: defaultdict[str, News] = defaultdict(News)
        self.said = {node.id for node in (*nodes, *gone) if node.kind == "Identity"}
        self.unclear: set[str] = set()
        self._members = members
        self._revision = revision
        self._moved = {edge.source for edge in closed if edge.kind == facts.SAME_AS}
        for edge in edges:
            self._follow(edge, is_new=True)
        for edge in closed:
            self._follow(edge, is_new=False)
        self.unclear |= self.said - members.keys()
        self.begun = {node.id for node in nodes if node.kind == "Customer"} - self.unclear

    def says_anew(self, customer: str, identity: str) -> None:
        """Note whose an identity is that is written."""
        self.news[customer].members.append(self._members[identity])

    def _follow(self, edge: Edge, *, is_new: bool) -> None:
        match edge.kind:
            case facts.POSSIBLE | facts.RELATED:
                for end in (edge.source, edge.target):
                    if is_new:
                        self.news[end].opened.append(self._written(edge))
                    else:
                        self.news[end].closed.add(edge.id)
            case facts.SAME_AS if self._comes(edge.source):
                self.news[edge.target].links.append(_slim(self._written(edge)))
                self.says_anew(edge.target, edge.source)
            case facts.SAME_AS | facts.MERGED_INTO | facts.CANNOT_LINK:
                self.unclear |= {edge.source, edge.target}
            case companies.MEMBER_OF if not companies.is_by_domain(edge):
                goes_on = is_new and edge.span.valid_to == FOREVER
                (self.said if goes_on else self.unclear).add(edge.source)
            case _:
                pass

    def _comes(self, identity: str) -> bool:
        """Return whether an identity comes, and all that is to be known of it."""
        return identity in self._members and identity not in self._moved

    def _written(self, edge: Edge) -> Edge:
        """Return an edge as it is read once it is written."""
        span = Span(edge.span.valid_from, edge.span.valid_to, self._revision)
        return msgspec.structs.replace(edge, span=span)


def slim(standing: Standing) -> Standing:
    """Return a customer without what nobody reads of its links."""
    return msgspec.structs.replace(standing, links=tuple(map(_slim, standing.links)))


def _slim(link: Edge) -> Edge:
    props = {name: link.props[name] for name in _LINK_PROPS if name in link.props}
    return msgspec.structs.replace(link, props=props)
