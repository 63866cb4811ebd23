"""A handoff as records: what is handed over, whose it is, and who takes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, get_args

import msgspec

from omnimemory.errors import InputError, NotFoundError
from omnimemory.ingest.drafts import OURS
from omnimemory.model.facts import Node
from omnimemory.model.ids import is_node_id, split_id
from omnimemory.model.records import Channel, Handoff, Person, Record, Ref, Team, Visibility
from omnimemory.store.base import GraphView

_MOST_SPOKEN: Final = 50
_AGENTS: Final = ("agent", "ai_agent", "bot", "system")


class Taker(msgspec.Struct, frozen=True):
    """Who takes over: one of the three, and a team that must be made first."""

    to: Person | Ref | None = None
    to_team: Ref | None = None
    to_channel: str | None = None
    made: tuple[Record, ...] = ()


def requester(view: GraphView, node: Node) -> str:
    """Return the identity of the customer whose ticket or conversation this is.

    Raises:
        InputError: It is neither, or no customer has a part in it.
    """
    if node.kind == "Ticket":
        edges = view.edges([node.id], kinds=["REQUESTED_BY"], at="source")
    elif node.kind == "Conversation":
        parts = view.edges([node.id], kinds=["PART_OF"], at="target", newest=_MOST_SPOKEN)
        said = [edge.source for edge in parts]
        edges = view.edges(said, kinds=["FROM", "TO"], at="source")
    else:
        raise InputError(f"{node.id} is of kind {node.kind}; hand over a ticket or a conversation")
    found = [edge.target for edge in edges if is_node_id(edge.target, "Identity")]
    if not found:
        raise InputError(f"no customer has a part in {node.id}, so it cannot be handed over")
    return found[0]


def taker(view: GraphView, to: str) -> Taker:
    """Return who is meant by ``agent:kim``, ``team:billing`` or ``channel:phone``.

    A whole id, such as ``agent:zendesk:7``, is that node; a team is found by its name too.

    Raises:
        InputError: The text names nobody.
        NotFoundError: Nothing has that whole id.
    """
    kind, _, name = to.partition(":")
    if kind == "channel" and name in get_args(Channel):
        return Taker(to_channel=name)
    if is_node_id(to, "Agent") or is_node_id(to, "Team"):
        return _known(view, to)
    if kind in _AGENTS and name:
        return Taker(to=Person.model_validate({"kind": kind, "id": name, "name": name}))
    if kind == "team" and name:
        return _team(view, name)
    channels = ", ".join(get_args(Channel))
    raise InputError(
        f"to is {to!r}; write 'agent:NAME', 'ai_agent:NAME', 'bot:NAME', 'team:NAME' or "
        f"'channel:NAME' with one of: {channels}"
    )


def records(
    view: GraphView,
    of: Node,
    to: str,
    *,
    id: str,
    author: Person | Ref | None,
    reason: str,
    at: datetime,
    visibility: Visibility,
) -> list[Record]:
    """Return the records that write a handoff down.

    Args:
        view: Where to look for who is meant.
        of: The ticket or conversation.
        to: Who takes over, as `taker` reads it.
        id: The handoff's own id.
        author: Who hands over.
        reason: Why.
        at: When.
        visibility: Who may see it.

    Raises:
        InputError: No customer has a part in it, or ``to`` names nobody.
        NotFoundError: Nothing has that whole id.
    """
    whom = taker(view, to)
    given: dict[str, Any] = {
        "source": OURS,
        "id": id,
        "occurred_at": at,
        "author": author,
        "customer": _ref("Identity", requester(view, of)),
        "of": _ref(of.kind, of.id),
        "reason": reason,
        "to": whom.to,
        "to_team": whom.to_team,
        "to_channel": whom.to_channel,
        "visibility": visibility,
    }
    return [*whom.made, Handoff.model_validate(given)]


def _known(view: GraphView, id: str) -> Taker:
    nodes = view.nodes([id])
    if not nodes:
        raise NotFoundError("agent or team", id)
    return Taker(to=_ref(nodes[0].kind, id))


def _team(view: GraphView, name: str) -> Taker:
    teams: Sequence[Node] = view.find(kind="Team")
    folded = name.casefold()
    for node in teams:
        if folded in (str(node.props.get("name", "")).casefold(), split_id(node.id)[1].casefold()):
            return Taker(to_team=_ref("Team", node.id))
    made = Team(source=OURS, id=name, name=name)
    return Taker(to_team=Ref(kind="Team", source=OURS, id=name), made=(made,))


def _ref(kind: str, id: str) -> Ref:
    source, own = split_id(id)
    return Ref(kind=kind, source=source, id=own)
