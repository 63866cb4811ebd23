"""The commands that draw: overview, graph, compare."""

from __future__ import annotations

import argparse
from typing import Final

from omnimemory.cli.files import PICTURES, Forms, add_out, put
from omnimemory.cli.output import Command, open_memory
from omnimemory.reads.graph import Graph

_GRAPHS: Final[Forms] = {
    **PICTURES,
    ".html": Graph.to_page,
    ".dot": Graph.to_dot,
    ".graphml": Graph.to_graphml,
}


def add(command: Command) -> None:
    """Add the commands."""
    overview = command("overview", _overview, "say what is in the memory")
    overview.add_argument("--as-of", help="how it was at this time, such as 2026-03-01")
    add_out(overview)
    graph = command("graph", _graph, "show what lies around a customer", reads=True)
    graph.add_argument("customer")
    graph.add_argument("--hops", type=int, default=2, help="edges away from their identities")
    graph.add_argument("--kind", action="append", default=[], help="only along these edges")
    graph.add_argument("--limit", type=int, default=500, help="most nodes")
    add_out(graph, ".dot", ".graphml")
    compare = command("compare", _compare, "show what changed for a customer between two times")
    compare.add_argument("customer")
    compare.add_argument("earlier", help="a time, such as 2026-03-01")
    compare.add_argument("later", nargs="?", help="a time after it; now if left out")
    compare.add_argument("--audience", choices=["internal", "customer"], default="internal")
    add_out(compare)


def _overview(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        found = memory.overview(as_of=options.as_of)
    return put(options, found, found.to_dict())


def _graph(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        graph = memory.graph(
            options.customer,
            hops=options.hops,
            kinds=options.kind or None,
            limit=options.limit,
            audience=options.audience,
            as_of=options.as_of,
        )
    return put(options, graph, graph.to_dicts(), forms=_GRAPHS)


def _compare(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        found = memory.compare(
            options.customer, options.earlier, options.later, audience=options.audience
        )
    return put(options, found, found.to_dict())
