"""Laws of graphs: bounded, as of a time, drawn, and taken out without loss."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from omnimemory import InputError, Memory, MissingExtraError, show
from omnimemory.reads.graph import SHARED, Found, Graph
from omnimemory.show import explore
from omnimemory.testing import company
from tests.show.worlds import ATTACKS, WHOM

BEE = "email:bee@example.org"
_LIBRARY = Path(explore.__file__).parent / "vendor" / "cytoscape.min.js"
pages = pytest.mark.skipif(
    not _LIBRARY.is_file() and "CI" not in os.environ,
    reason="this checkout has no cytoscape.js: run python vendor.py",
)


def of_dana(memory: Memory, hops: int = 2) -> Graph:
    return memory.graph(company.DANA.email, hops=hops, as_of=company.NOW)


def test_a_graph_reaches_the_ticket_and_the_issue_that_it_waits_for(sample: Memory) -> None:
    graph = of_dana(sample)
    kinds = {node.kind for node in graph.nodes}
    assert {"Customer", "Identity", "Ticket", "Issue", "Conversation", "Usage"} <= kinds
    assert (graph.nodes[0].id,) == graph.focus
    assert not graph.is_cut
    assert len(of_dana(sample, 0)) < len(of_dana(sample, 1)) < len(graph)


def test_whatever_a_read_returns_goes_out_as_a_graph(sample: Memory) -> None:
    """Customers, a timeline, tickets, usage, results: each node of the page is in it."""
    dana = sample.customer(company.DANA.email)
    pages: list[Collection[Found]] = [
        sample.customers(limit=5),
        sample.timeline(dana, limit=20),
        sample.tickets(customer=dana),
        sample.list("Usage", limit=20),
        sample.search("refund", limit=5),
        [],
    ]
    for page in pages:
        graph = sample.graph(page, hops=1)
        assert list(graph.focus) == [one.id for one in page]
        assert graph.to_graphml().count("<node ") == len(graph) >= len(page)
        assert graph.to_dot().count(" -> ") == len(graph.edges)
        assert "<svg" in graph._repr_html_()
    ticket = sample.ticket(f"zendesk:{company.DANA.ticket}")
    assert sample.graph(ticket).name == ticket.title
    assert dana.id in {node.id for node in sample.graph(ticket).nodes}


def test_both_ends_of_every_edge_are_nodes(sample: Memory) -> None:
    for hops in range(4):
        graph = of_dana(sample, hops)
        ids = {node.id for node in graph.nodes}
        assert all({edge.source, edge.target} <= ids for edge in graph.edges)


def test_a_graph_does_not_go_on_from_what_many_share(sample: Memory) -> None:
    """Nobody else's identity comes in by way of an agent, a part or the account."""
    identities = {node.id for node in of_dana(sample).nodes if node.kind == "Identity"}
    assert identities == set(sample.customer(company.DANA.email).identities)
    assert {node.kind for node in of_dana(sample).nodes} & SHARED


def test_a_graph_shows_its_time(sample: Memory) -> None:
    """Before the ticket was opened there is none."""
    early = sample.graph(company.DANA.email, as_of="2026-03-03")
    assert not [node for node in early.nodes if node.kind == "Ticket"]


def test_a_graph_of_a_busy_customer_is_cut_and_says_so(busy_memory: Memory) -> None:
    graph = busy_memory.graph(BEE, limit=200)
    assert len(graph) == 200
    assert graph.is_cut
    assert "newest are here" in show.text(graph).replace("\n", " ")
    assert len(graph._repr_html_()) < 200_000


def test_a_graph_for_a_customer_has_nothing_internal(sample: Memory) -> None:
    graph = sample.graph(company.DANA.email, audience="customer", as_of=company.NOW)
    assert not [node for node in graph.nodes if node.props.get("visibility") == "internal"]
    assert "Issue" not in {node.kind for node in graph.nodes}


def test_edge_kinds_choose_the_way(sample: Memory) -> None:
    graph = sample.graph(company.DANA.email, kinds=["SAME_AS", "REQUESTED_BY"])
    assert {edge.kind for edge in graph.edges} == {"SAME_AS", "REQUESTED_BY"}


@pytest.mark.parametrize("wrong", [{"hops": -1}, {"hops": 7}, {"hops": True}, {"limit": 0}])
def test_a_wrong_size_is_one_clear_error(sample: Memory, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="whole number"):
        sample.graph(company.DANA.email, **wrong)


def test_networkx_holds_every_node_and_edge(sample: Memory) -> None:
    graph = of_dana(sample)
    taken = graph.to_networkx()
    assert set(taken.nodes) == {node.id for node in graph.nodes}
    ends = {(source, kind, target) for source, target, kind in taken.edges(keys=True)}
    assert ends == {(edge.source, edge.kind, edge.target) for edge in graph.edges}


def test_dicts_and_frames_and_graphml_agree(sample: Memory) -> None:
    graph = of_dana(sample)
    said = json.loads(json.dumps(graph.to_dicts()))
    nodes, edges = graph.to_pandas()
    assert [one["id"] for one in said["nodes"]] == list(nodes["id"])
    assert len(said["edges"]) == len(edges)
    xml = ET.fromstring(graph.to_graphml())  # noqa: S314 - we wrote it
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert len(xml.findall(f".//{space}node")) == len(nodes)
    assert len(xml.findall(f".//{space}edge")) == len(edges)


def test_hostile_names_break_neither_dot_nor_graphml(hostile_memory: Memory) -> None:
    graph = hostile_memory.graph(WHOM)
    ET.fromstring(graph.to_graphml())  # noqa: S314 - we wrote it
    dot = graph.to_dot()
    assert dot.count("\n") == 3 + len(graph.nodes) + len(graph.edges)
    for line in dot.split("\n")[2:-2]:
        assert len(re.findall(r'(?<!\\)"', line.replace("\\\\", ""))) in (4, 6)


@pages
def test_a_page_holds_everything_and_its_data_cannot_end_its_script(
    hostile_memory: Memory, tmp_path: Path
) -> None:
    path = hostile_memory.graph(WHOM).to_html(tmp_path / "eve.html")
    page = path.read_text(encoding="utf-8")
    data = page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    assert "<" not in data
    held = json.loads(data)
    assert any(ATTACKS[0] in str(node["props"]) for node in held["nodes"])
    assert "default-src 'none'" in page
    assert "Permission is hereby granted" in page


def test_a_page_that_cannot_be_written_is_one_clear_error(sample: Memory, tmp_path: Path) -> None:
    with pytest.raises((InputError, MissingExtraError), match=r"cannot write|cytoscape"):
        of_dana(sample).to_html(tmp_path / "no" / "such" / "folder.html")
