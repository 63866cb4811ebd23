"""Export to standard vocabularies: every format says the same, and no more than may be seen."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

import omnimemory
from omnimemory.errors import InputError, MissingExtraError
from omnimemory.memory import Memory
from omnimemory.model.commerce import Order
from omnimemory.model.facts import Changes
from omnimemory.rdf.graph import triples
from omnimemory.rdf.names import PREFIXES, node_id, resource_iri
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing import company
from omnimemory.testing.facts import edge, node, put
from omnimemory.testing.strategies import changes

SCHEMA, OM = PREFIXES["schema"], PREFIXES["om"]


@pytest.mark.parametrize(
    ("suffix", "format"),
    [
        ("trig", ox.RdfFormat.TRIG),
        ("nq", ox.RdfFormat.N_QUADS),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_every_format_says_the_same(
    memory: Memory, turtle: Path, tmp_path: Path, suffix: str, format: ox.RdfFormat
) -> None:
    path = tmp_path / f"company.{suffix}"
    memory.export_rdf(path)
    read = ox.parse(path=path, format=format, without_named_graphs=False)
    assert {str(ox.Triple(row.subject, row.predicate, row.object)) for row in read} == {
        str(row.triple) for row in ox.parse(path=turtle, format=ox.RdfFormat.TURTLE)
    }


def test_two_exports_of_one_graph_are_the_same_bytes(
    memory: Memory, turtle: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.ttl"
    memory.export_rdf(again)
    assert again.read_bytes() == turtle.read_bytes()


def test_json_ld_needs_nothing_fetched(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "company.jsonld"
    memory.export_rdf(path)
    context = json.loads(path.read_text())["@context"]
    assert isinstance(context, dict)
    assert context["schema"] == SCHEMA


def test_a_ticket_is_never_a_travel_ticket(graph: rdflib.Graph) -> None:
    assert (None, None, rdflib.URIRef(f"{SCHEMA}Ticket")) not in graph
    ticket = rdflib.URIRef(resource_iri(company.TENANT, f"ticket:zendesk:{company.DANA.ticket}"))
    kinds = set(graph.objects(ticket, rdflib.RDF.type))
    assert rdflib.URIRef(f"{PREFIXES['oslc_cm']}ChangeRequest") in kinds


def test_every_node_that_may_be_seen_is_there(memory: Memory, graph: rdflib.Graph) -> None:
    said = {str(one) for one in graph.objects(None, rdflib.DCTERMS.identifier)}
    view = memory.view()
    kinds = set(view.counts()) - {"passage", "Tenant", "Tombstone"}
    ids = {one.id for kind in kinds for one in view.find(kind=kind)}
    private = {
        one.id for one in view.nodes(sorted(ids)) if one.props.get("visibility") == "private"
    }
    assert said == ids - private


def test_a_customers_export_has_nothing_internal(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "seen.ttl"
    memory.export_rdf(path, audience="customer")
    seen = rdflib.Graph().parse(path)
    levels = {str(one) for one in seen.objects(None, rdflib.URIRef(f"{OM}visibility"))}
    assert levels <= {f"{OM}visibility-external", f"{OM}visibility-public"}
    resources = set(seen.subjects())
    ends = {one for one in seen.objects() if str(one).startswith("urn:omnimemory:")}
    assert ends <= resources


def test_an_export_shows_a_point_in_time(tmp_path: Path) -> None:
    base = {"type": "ticket", "source": "z", "id": "1", "created_at": "2026-03-01T00:00:00Z"}
    with omnimemory.connect("networkx://", tenant="acme") as opened:
        opened.ingest({**base, "status": "open"})
        opened.ingest({**base, "status": "solved", "updated_at": "2026-03-09T00:00:00Z"})
        path = tmp_path / "then.ttl"
        opened.export_rdf(path, as_of="2026-03-05")
    assert '"open"' in path.read_text()
    assert '"solved"' not in path.read_text()


def test_a_teams_own_kind_is_said_too(tmp_path: Path) -> None:
    with omnimemory.connect("networkx://", tenant="acme") as opened:
        opened.register(Order)
        opened.ingest(
            Order.model_validate(
                {"source": "shop", "id": "9", "number": "A-9", "customer": {"email": "a@x.org"}}
            )
        )
        path = tmp_path / "own.ttl"
        opened.export_rdf(path)
        store = NetworkXStore()
        put(store, node("thing:shop:1", "Thing", odd_field=3), node("thing:shop:2", "Thing"))
        put(store, edge("thing:shop:1", "LEANS_ON", "thing:shop:2"))
        own = {row.predicate.value for row in triples(store.view("acme"), "acme")}
    assert 'schema:orderNumber "A-9"' in path.read_text()
    assert {"urn:omnimemory:acme:own#oddField", "urn:omnimemory:acme:own#leansOn"} <= own


texts = st.text(st.characters(codec="utf-8"))


@given(texts, texts)
def test_no_two_ids_share_an_iri_and_each_leads_back(one: str, other: str) -> None:
    iri = resource_iri("acme", one)
    assert node_id(iri) == one
    assert (iri == resource_iri("acme", other)) == (one == other)
    assert ox.NamedNode(iri).value == iri
    assert not set(iri) & set(' <>"{}|^`\\#')


@settings(deadline=None, max_examples=60)
@given(st.lists(changes(), max_size=4))
def test_any_graph_can_be_said_and_read_back(batches: list[Changes]) -> None:
    """Whatever JSON the properties hold, what is written parses to the same triples."""
    store = NetworkXStore()
    for batch in batches:
        try:
            store.commit("acme", batch, base=store.view("acme").revision)
        except InputError:
            continue
    said = list(triples(store.view("acme"), "acme"))
    text = ox.serialize(said, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    assert text is not None
    assert {ox.Triple(*q.triple) for q in ox.parse(text, format=ox.RdfFormat.TURTLE)} == set(said)


def test_an_unknown_format_is_one_error_that_names_the_known(
    memory: Memory, tmp_path: Path
) -> None:
    for given_path, format in (("x.ttl", "rdfxml"), ("x.txt", None)):
        with pytest.raises(InputError, match="known: turtle, trig, n-quads, json-ld"):
            memory.export_rdf(tmp_path / given_path, format=format)  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())


def test_an_unknown_audience_leaves_no_file(memory: Memory, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no audience"):
        memory.export_rdf(tmp_path / "x.ttl", audience="nobody")  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())


def test_a_missing_extra_names_the_install_line(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyoxigraph", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'omnimemory-graph\[rdf\]'"):
        memory.export_rdf(tmp_path / "x.ttl")
    with pytest.raises(MissingExtraError, match="rdf"):
        memory.sparql("ASK {}")
