"""A graph: a drawing of what lies around a customer, and its nodes and edges by kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from omnimemory.model.facts import Node
from omnimemory.reads.graph import Graph
from omnimemory.show import network
from omnimemory.show.sheets import Bar, Cell, Figure, Fold, Note, Part, Sheet, Table
from omnimemory.show.words import clip, count, left_out, listed, minute

_MANY: Final = 6
"""From so many of a kind on, statements and the like are drawn as one."""
_MOST_ROWS: Final = 60


def sheet(graph: Graph) -> Sheet:
    """Return the picture of a graph."""
    name = clip(graph.name, 100)
    kinds = Counter(node.kind for node in graph.nodes)
    spots, ties = fold(graph)
    title = f"{count(len(graph.nodes), 'node')} around {name}"
    words = f"{_counted(kinds)}; {_counted(Counter(edge.kind for edge in graph.edges))}"
    picture, hidden = network.draw(spots, ties, title=title, words=words)
    parts: list[Part] = [Figure(picture, _strip(spots), is_wide=True), *_notes(graph, hidden)]
    parts.append(Fold("Nodes and edges by kind", (_table("Nodes", kinds), _edges(graph))))
    said = (
        f"{count(len(graph.nodes), 'node')} and {count(len(graph.edges), 'edge')} within "
        f"{count(graph.hops, 'hop')}, as of {minute(graph.at)} UTC"
    )
    return Sheet("Graph", name, said, parts)


def _counted(kinds: Counter[str]) -> str:
    return listed((f"{number:,} {clip(kind, 40)}" for kind, number in kinds.most_common()), 12)


def _notes(graph: Graph, hidden: int) -> Iterator[Note]:
    if hidden:
        yield Note(
            f"{count(hidden, 'box', 'boxes')} more had no room; graph.to_html(…) draws them all."
        )
    if graph.is_cut:
        yield Note(
            "There is more than the limit; the newest are here. Pass a larger limit=.", "warn"
        )


def _strip(spots: list[network.Spot]) -> str:
    return "\n".join(f"{spot.kind:14} {clip(spot.title, 80)}" for spot in spots[:_MOST_ROWS])


def _table(caption: str, kinds: Counter[str]) -> Table:
    most = max(kinds.values(), default=1)
    rows: list[tuple[Cell, ...]] = [
        (clip(kind, 60), Bar(number, most, f"{number:,}")) for kind, number in kinds.most_common(40)
    ]
    return Table(caption, ("kind", "how many"), rows)


def _edges(graph: Graph) -> Table:
    kind_of = {node.id: node.kind for node in graph.nodes}
    found = Counter((edge.kind, kind_of[edge.source], kind_of[edge.target]) for edge in graph.edges)
    rows = [
        (clip(kind, 40), clip(source, 40), clip(target, 40), f"{number:,}")
        for (kind, source, target), number in found.most_common(_MOST_ROWS)
    ]
    beyond = left_out(len(found), len(rows), "kind of edge", "kinds of edge")
    return Table("Edges", ("edge", "from", "to", "how many"), rows, beyond, frozenset({3}))


def fold(graph: Graph) -> tuple[list[network.Spot], list[network.Tie]]:
    """Return what is drawn: messages as their thread, days of usage as their event name.

    Nodes that stand for others take over their edges, which are counted.
    """
    into = _folded(graph)
    spots = _spots(graph, into)
    ties: Counter[tuple[str, str, str]] = Counter()
    for edge in graph.edges:
        source, target = into[edge.source], into[edge.target]
        if source != target:
            ties[source, edge.kind, target] += 1
    return spots, [network.Tie(*ends, number) for ends, number in ties.items()]


def _folded(graph: Graph) -> dict[str, str]:
    """Return for each node the id of what it is drawn as."""
    threads = {edge.source: edge.target for edge in graph.edges if edge.kind == "PART_OF"}
    many = {
        kind
        for kind, number in Counter(node.kind for node in graph.nodes).items()
        if number >= _MANY
    }
    return {node.id: _drawn_as(node, threads, many) for node in graph.nodes}


def _drawn_as(node: Node, threads: dict[str, str], many: set[str]) -> str:
    match node.kind:
        case "Interaction":
            return threads.get(node.id, f"*Interaction {node.props.get('channel') or 'other'}")
        case "Usage":
            return f"*Usage {node.props.get('name')}"
        case "Statement" | "Action" | "Feedback" | "Handoff" if node.kind in many:
            return f"*{node.kind} {node.props.get('form') or ''}"
        case "Agent" | "Account" | "Team" if node.props.get("name"):
            return f"*{node.kind} {node.props['name']}"
        case _:
            return node.id


def _spots(graph: Graph, into: dict[str, str]) -> list[network.Spot]:
    members: defaultdict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        members[into[node.id]].append(node)
    return [_spot(id, nodes, graph) for id, nodes in members.items()]


def _spot(id: str, nodes: list[Node], graph: Graph) -> network.Spot:
    own = next((node for node in nodes if node.id == id), None)
    if own is None:
        kind, _, name = id.removeprefix("*").partition(" ")
        number = "" if kind in ("Agent", "Account", "Team") else f"{len(nodes)} × "
        return network.Spot(id, kind, f"{number}{name}".rstrip(" ×"), len(nodes))
    title = graph.titles.get(id, id)
    if own.kind == "Identity":
        title = id.partition(":")[2]
    if own.kind == "Conversation":
        channel = str(own.props.get("channel") or "")
        name = title if title != id else ""
        title = f"{channel} {len(nodes) - 1} × {name}".rstrip(" ×")
    return network.Spot(id, own.kind, title, len(nodes))
