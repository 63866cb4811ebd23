"""SPARQL: read only, by parsing; in step with the store; answers as values."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import omnimemory
from omnimemory.cli import main
from omnimemory.errors import InputError
from omnimemory.memory import Memory
from omnimemory.model.time import NOW
from omnimemory.rdf.graph import triples
from omnimemory.rdf.guard import checked
from omnimemory.rdf.sparql import Graphs
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing import company
from omnimemory.testing.strategies import changes

TICKETS = "SELECT ?t ?title WHERE { ?t a om:SupportTicket ; dcterms:title ?title } ORDER BY ?t"


@pytest.fixture
def own() -> Iterator[Memory]:
    with omnimemory.connect("networkx://", tenant="acme") as opened:
        opened.ingest(ticket("1", "open"))
        yield opened


def ticket(id: str, status: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "ticket",
        "source": "z",
        "id": id,
        "subject": f"Case {id}",
        "status": status,
        "requester": {"id": id, "name": f"P{id}", "email": f"p{id}@x.org"},
        "updated_at": "2026-03-01T00:00:00Z",
        **fields,
    }


def test_rows_are_values_of_python(memory: Memory) -> None:
    found = memory.sparql(
        f"SELECT ?t ?made ?n WHERE {{ ?t dcterms:identifier 'ticket:zendesk:{company.DANA.ticket}' ;"
        " dcterms:created ?made . OPTIONAL { ?t om:nothing ?n } }"
    )
    (row,) = found
    assert row["t"].node_id == f"ticket:zendesk:{company.DANA.ticket}"
    assert memory.item(row["t"].node_id)["subject"]
    assert isinstance(row["made"], datetime)
    assert row["n"] is None


def test_ask_construct_and_describe_answer(memory: Memory) -> None:
    assert memory.sparql("ASK { ?t a om:SupportTicket }")
    assert not memory.sparql("ASK { ?t a schema:Ticket }")
    made = memory.sparql("CONSTRUCT { ?t a schema:Thing } WHERE { ?t a om:SupportTicket }")
    assert made.form == "graph"
    assert len(made) == 60
    assert memory.sparql(f"DESCRIBE <{made[0]['subject']}>")


def test_the_answer_has_the_form_of_the_w3c(memory: Memory) -> None:
    told = json.loads(memory.sparql(TICKETS, limit=1).to_json())
    assert told["head"] == {"vars": ["t", "title"]}
    (row,) = told["results"]["bindings"]
    assert row["t"]["type"] == "uri"
    assert row["title"]["type"] == "literal"
    assert json.loads(memory.sparql("ASK {}").to_json()) == {"head": {}, "boolean": True}


def test_more_rows_than_the_limit_are_left_out_and_said_to_be(memory: Memory) -> None:
    found = memory.sparql(TICKETS, limit=2)
    assert (len(found), found.truncated) == (2, True)
    assert "more were left out" in repr(found)
    assert not memory.sparql(TICKETS, limit=60).truncated


def test_html_shows_markup_of_others_as_text(own: Memory) -> None:
    own.ingest(ticket("2", "<script>"))
    html = own.sparql("SELECT ?s WHERE { ?t oslc_cm:status ?s }")._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p "SERVICE <http://x> FROM LOAD" }',
        "SELECT * { ?s ?p '''a ' SERVICE\nINSERT''' }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://x> LOAD FROM",
        "PREFIX SERVICE: <http://x/#FROM> SELECT * { ?s SERVICE:LOAD SERVICE:FROM }",
        "SELECT ?SERVICE $load { ?SERVICE $load ?from }",
        "SELECT * { ?s <http://x/SERVICE/LOAD> ?o }",
        "SELECT * { ?s ?p 'x'@from }",
        "SELECT * { ?s ?p ?o FILTER(?o < 3 && ?o > 1) }",
        'SELECT * { ?s ?p "it\\"s SERVICE" }',
    ],
)
def test_words_in_literals_comments_and_names_are_no_reason_to_refuse(
    memory: Memory, query: str
) -> None:
    memory.sparql(query, limit=1)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "another server"),
        ("SELECT * { service SILENT ?where { ?s ?p ?o } }", "another server"),
        ("SELECT * { { SELECT * { OPTIONAL { SERVICE <http://x> {} } } } }", "another server"),
        ("ASK { FILTER EXISTS { SERVICE <http://x> { ?s ?p ?o } } }", "another server"),
        ("SELECT * { ?s ?p ?o # c\r SERVICE <http://x> { ?a ?b ?c } \n }", "another server"),
        ('SELECT * { ?s ?p "\\u0022" SERVICE <http://x> {} "\\u0022" }', "code point"),
        ("SELECT * { \\u0053ERVICE <http://x> { ?s ?p ?o } }", "code point"),
        ("SELECT * FROM <http://x/data.ttl> { ?s ?p ?o }", "data set"),
        ("SELECT * FROM NAMED <http://x> { GRAPH ?g { ?s ?p ?o } }", "data set"),
        ("LOAD <http://x/data.ttl>", "update"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", "update"),
        ("PREFIX x: <http://x/> DELETE WHERE { ?s ?p ?o }", "update"),
        ("# SELECT\nDROP ALL", "update"),
        ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "update"),
        ("SELECT * { ?s ?p ?o } ; CLEAR ALL", "update"),
        ("SELECT " + "(" * 60, "nested"),
        ("ASK { ?a " + "/".join(["om:next"] * 70) + " ?b }", "path steps"),
        ("SELECT * {} #" + "x" * 30_000, "characters"),
    ],
)
def test_what_would_do_more_than_read_is_refused_with_the_reason(
    memory: Memory, query: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as told:
        memory.sparql(query)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT ?x WHERE {\n  ?x a }", "line 2, column [89]"),
        ("SELECT ?x\nWHRE { ?x a ?y }", "line 2"),
        ("SELECT * { ?x nope:nope ?y }", "line 1"),
        ("", "line 1, column 1"),
    ],
)
def test_a_broken_query_is_one_line_that_says_where(memory: Memory, query: str, place: str) -> None:
    with pytest.raises(InputError, match=place) as told:
        memory.sparql(query)
    assert "\n" not in str(told.value)


@given(st.text(alphabet="SERVICELOADFROM {}<>\"'#\n\r\\u?:$@().;*", max_size=60))
def test_any_text_is_checked_without_another_kind_of_error(text: str) -> None:
    with suppress(InputError):
        assert "\r" not in checked(text)


def test_what_is_written_is_found_by_the_next_query(own: Memory) -> None:
    assert [row["title"] for row in own.sparql(TICKETS)] == ["Case 1"]
    own.ingest([ticket("1", "solved", updated_at="2026-03-02T00:00:00Z"), ticket("2", "new")])
    assert [row["title"] for row in own.sparql(TICKETS)] == ["Case 1", "Case 2"]
    statuses = own.sparql("SELECT ?s WHERE { ?t oslc_cm:status ?s } ORDER BY ?s")
    assert [row["s"] for row in statuses] == ["new", "solved"]
    then = own.sparql("SELECT ?s WHERE { ?t oslc_cm:status ?s }", as_of="2026-03-01")
    assert sorted(row["s"] for row in then) == ["new", "open"]


def test_who_is_erased_is_in_no_answer(own: Memory) -> None:
    own.ingest(ticket("2", "new"))
    everything = "SELECT ?o WHERE { ?s ?p ?o }"
    assert any("p1@x.org" in str(row["o"]) for row in own.sparql(everything))
    own.erase("p1@x.org")
    assert not any("p1@x.org" in str(row["o"]) for row in own.sparql(everything))


def test_tenants_do_not_meet(own: Memory) -> None:
    other = Memory(own.store, tenant="other")
    other.ingest(ticket("9", "open"))
    assert [row["title"] for row in own.sparql(TICKETS)] == ["Case 1"]
    assert [row["title"] for row in other.sparql(TICKETS)] == ["Case 9"]


def test_a_customer_asks_only_what_they_may_see(own: Memory) -> None:
    own.ingest(ticket("2", "new", visibility="internal"))
    seen = own.sparql(TICKETS, audience="customer")
    assert [row["title"] for row in seen] == ["Case 1"]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes(), min_size=1, max_size=5), st.sampled_from(["internal", "customer"]))
def test_catching_up_ends_where_loading_afresh_does(batches: list[Any], audience: Any) -> None:
    store = NetworkXStore()
    graphs = Graphs(store, "acme")
    for batch in batches:
        try:
            store.commit("acme", _kept(batch), base=store.view("acme").revision)
        except InputError:
            continue
        found = graphs.query("CONSTRUCT WHERE { ?s ?p ?o }", as_of=NOW, audience=audience)
        said = {(row["subject"], row["predicate"]) for row in found}
        fresh = set(triples(store.view("acme"), "acme", audience=audience))
        assert len(found) == len(fresh)
        assert said == {(str(row.subject)[1:-1], row.predicate.value) for row in fresh}


def _kept(batch: Any) -> Any:
    """An erasure without a tombstone is no erasure of ours."""
    return type(batch)(add=batch.add, retire=batch.retire)


def test_async_memory_asks_too() -> None:
    async def ask() -> int:
        async with await omnimemory.AsyncMemory.connect("networkx://", tenant="acme") as memory:
            await memory.ingest(ticket("1", "open"))
            return len(await memory.sparql(TICKETS))

    assert asyncio.run(ask()) == 1


def test_the_command_line_asks_and_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--store", f"sqlite:///{tmp_path}/a.db", "--tenant", "acme"]
    with omnimemory.connect(f"sqlite:///{tmp_path}/a.db", tenant="acme") as opened:
        opened.ingest(ticket("1", "open"))
    assert main(["sparql", TICKETS, *options]) == 0
    assert "Case 1" in capsys.readouterr().out
    assert main(["sparql", TICKETS, "--json", *options]) == 0
    assert json.loads(capsys.readouterr().out)["head"]["vars"] == ["t", "title"]
    assert main(["sparql", "DROP ALL", *options]) == 2
    assert "update" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "x"), "--format", "turtle", *options]) == 0
    assert "triples in" in capsys.readouterr().out
