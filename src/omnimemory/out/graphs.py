"""Nodes and edges → JSON, networkx, pandas, DOT and GraphML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from omnimemory.model.facts import Edge, Node
from omnimemory.model.time import FOREVER, Span, to_datetime
from omnimemory.out import tables

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

Titles = Mapping[str, str]


def to_dicts(
    nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles
) -> dict[str, list[dict[str, Any]]]:
    """Return nodes and edges as JSON, with times in ISO 8601."""
    return {
        "nodes": [_node(node, titles) | _said(node.span) for node in nodes],
        "edges": [_edge(edge) | _said(edge.span) for edge in edges],
    }


def _node(node: Node, titles: Titles) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.kind,
        "title": titles.get(node.id, node.id),
        "keys": sorted(node.keys),
        "props": _public(node.props),
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "kind": edge.kind,
        "target": edge.target,
        "props": _public(edge.props),
    }


def _public(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if not name.startswith("_")}


def _times(span: Span) -> dict[str, datetime | None]:
    return {
        "valid_from": to_datetime(span.valid_from) if span.valid_from > 0 else None,
        "valid_to": to_datetime(span.valid_to) if span.valid_to < FOREVER else None,
    }


def _said(span: Span) -> dict[str, str | None]:
    return {
        name: None if when is None else when.isoformat().replace("+00:00", "Z")
        for name, when in _times(span).items()
    }


def to_networkx(
    nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles
) -> nx.MultiDiGraph[str]:
    """Return a networkx graph; an edge's key is its kind, its attributes are its properties."""
    import networkx as nx  # noqa: PLC0415 - heavy

    out: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        said = _node(node, titles)
        out.add_node(said.pop("id"), **said, **_times(node.span))
    for edge in edges:
        said = _edge(edge) | _times(edge.span)
        out.add_edge(edge.source, edge.target, key=edge.kind, **_attributes(said))
    return out


def _attributes(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("source", "target")}


def to_pandas(
    nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a frame of the nodes and one of the edges.

    Raises:
        MissingExtraError: The extra ``pandas`` is not installed.
    """
    node_rows, edge_rows = _rows(nodes, edges, titles)
    return tables.to_pandas(node_rows), tables.to_pandas(edge_rows)


def to_arrow(
    nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles
) -> tuple[tables.Stream, tables.Stream]:
    """Return an Arrow C stream of the nodes and one of the edges."""
    node_rows, edge_rows = _rows(nodes, edges, titles)
    return tables.Stream(node_rows), tables.Stream(edge_rows)


def _rows(
    nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return (
        [_node(node, titles) | _times(node.span) for node in nodes],
        [_edge(edge) | _times(edge.span) for edge in edges],
    )


def to_dot(nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles) -> str:
    """Return the graph in the DOT language; nodes are labelled by kind and title."""
    return "\n".join(_dot(nodes, edges, titles)) + "\n"


def _dot(nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles) -> Iterator[str]:
    yield "digraph omnimemory {"
    yield "  rankdir=LR; node [shape=box, style=rounded, fontsize=10]; edge [fontsize=8];"
    for node in nodes:
        label = f"{node.kind}\n{titles.get(node.id, node.id)}"
        yield f"  {_quoted(node.id)} [label={_quoted(label)}];"
    for edge in edges:
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.kind)}];"
    yield "}"


def _quoted(text: str) -> str:
    safe = _plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'


_CONTROL: Final = {
    code: "\ufffd" for code in (*range(32), 127, 0xFFFE, 0xFFFF) if code not in (9, 10)
}


def _plain(text: str) -> str:
    """Return a text without what neither XML nor Graphviz may hold."""
    return text.translate(_CONTROL).encode("utf-8", "replace").decode()


def to_graphml(nodes: Iterable[Node], edges: Iterable[Edge], titles: Titles) -> str:
    """Return the graph as GraphML; keys and properties are JSON in one attribute each."""
    import networkx as nx  # noqa: PLC0415 - heavy

    out: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        out.add_node(_plain(node.id), **_flat(_node(node, titles) | _said(node.span)))
    for edge in edges:
        said = _flat(_edge(edge) | _said(edge.span))
        out.add_edge(_plain(edge.source), _plain(edge.target), key=edge.kind, **said)
    lines: Iterator[str] = nx.generate_graphml(out)  # pyright: ignore[reportUnknownMemberType]
    return "\n".join(lines) + "\n"


def _flat(said: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes as texts: what is no text is JSON, what is nothing is left out."""
    return {
        name: _plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in said.items()
        if name not in ("id", "source", "target") and value is not None
    }
