"""The shapes that ship: our own output satisfies them, and each refuses what it speaks of."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

import omnimemory
from omnimemory.model.audience import Audience
from omnimemory.rdf.graph import triples
from omnimemory.rdf.names import PREFIXES

SHAPES = rdflib.Graph().parse(data=files("omnimemory.rdf").joinpath("shapes.ttl").read_text())
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
SELF = 'dcterms:identifier "x" ; om:source "z" ; prov:generatedAtTime "2026-01-01T00:00:00Z"^^xsd:dateTime'

BACKWARDS = """
<urn:a> a time:ProperInterval ; time:hasBeginning <urn:b> ; time:hasEnd <urn:c> .
<urn:b> a time:Instant ; time:inXSDDateTimeStamp "2026-01-02T00:00:00Z"^^xsd:dateTimeStamp .
<urn:c> a time:Instant ; time:inXSDDateTimeStamp "2026-01-01T00:00:00Z"^^xsd:dateTimeStamp .
"""
TOO_WIDE = """
<urn:a> om:visibility om:visibility-public ; prov:hadPrimarySource <urn:b> .
<urn:b> om:visibility om:visibility-internal .
"""


def problems(graph: rdflib.Graph) -> str:
    conforms, _, text = pyshacl.validate(graph, shacl_graph=SHAPES, allow_warnings=True)
    return "" if conforms else str(text)


def test_the_sample_company_satisfies_the_shapes(graph: rdflib.Graph) -> None:
    assert problems(graph) == ""


times = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.sampled_from(["1", "2", "ü x", "a/b#c"])
people = st.fixed_dictionaries(
    {"id": ids}, optional={"name": st.text(max_size=5), "email": st.just("a@x.org")}
)
agents = st.fixed_dictionaries({"id": ids, "kind": st.sampled_from(["agent", "bot", "ai_agent"])})
levels = st.sampled_from(["private", "internal", "external", "public"])
tickets = st.fixed_dictionaries(
    {"type": st.just("ticket"), "source": st.just("z"), "id": ids},
    optional={
        "subject": st.text(max_size=5),
        "status": st.text(max_size=5),
        "status_class": st.sampled_from(["new", "resolved", "waiting_on_customer"]),
        "priority": st.sampled_from(["urgent", "P1", "low"]),
        "requester": people,
        "assignee": agents,
        "visibility": levels,
        "updated_at": times,
        "parent": st.fixed_dictionaries({"kind": st.just("Ticket"), "id": ids}),
        "depends_on": st.tuples(st.fixed_dictionaries({"kind": st.just("Issue"), "id": ids})),
        "clocks": st.just({"reply": {"state": "met"}}),
    },
)
messages = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["message", "note", "call"]),
        "source": st.just("z"),
        "id": ids,
        "occurred_at": times,
        "author": people | agents,
    },
    optional={
        "text": st.text(max_size=5),
        "conversation": ids,
        "visibility": levels,
        "channel": st.sampled_from(["email", "chat"]),
        "to": st.lists(people | agents, max_size=3),
        "attachments": st.just([{"name": "a.png", "size_bytes": 3}]),
    },
)
statements = st.fixed_dictionaries(
    {
        "type": st.just("statement"),
        "source": st.just("z"),
        "id": ids,
        "form": st.sampled_from(["decision", "question", "fact"]),
        "text": st.text(max_size=5),
        "occurred_at": times,
    },
    optional={
        "author": people,
        "customer": people,
        "visibility": levels,
        "stated_in": st.fixed_dictionaries({"kind": st.just("Interaction"), "id": ids}),
    },
)
usage = st.fixed_dictionaries(
    {
        "type": st.just("usage_event"),
        "source": st.just("z"),
        "id": ids,
        "name": st.sampled_from(["open", "save"]),
        "occurred_at": times,
        "user": people,
    }
)
records = st.lists(tickets | messages | statements | usage, max_size=8)


@settings(deadline=None, max_examples=25)
@given(records, st.sampled_from(["internal", "customer"]), st.none() | times)
def test_whatever_is_ingested_satisfies_the_shapes(
    given_records: list[dict[str, Any]], audience: Audience, as_of: datetime | None
) -> None:
    with omnimemory.connect("networkx://", tenant="acme") as memory:
        memory.ingest(given_records)
        said = triples(memory.view(as_of), "acme", audience=audience)
        text = ox.serialize(said, format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    assert problems(rdflib.Graph().parse(data=text, format="nt")) == ""


@pytest.mark.parametrize(
    ("shape", "broken"),
    [
        ("om:ResourceShape", '<urn:a> dcterms:identifier "x" , "y" .'),
        ("om:ResourceShape", f"<urn:a> {SELF} ; om:visibility om:visibility-secret ."),
        ("om:NeverATravelTicketShape", "<urn:a> a schema:Ticket ."),
        ("om:IdentifierShape", '<urn:a> a schema:PropertyValue ; schema:value "1" .'),
        ("om:ChangeRequestShape", '<urn:a> a oslc_cm:ChangeRequest ; oslc_cm:status "a" , "b" .'),
        (
            "om:ChangeRequestShape",
            "<urn:a> a oslc_cm:ChangeRequest ; om:statusClass om:state-odd .",
        ),
        ("om:TicketShape", "<urn:a> a om:SupportTicket , oslc_cm:ChangeRequest ."),
        ("om:TicketShape", "<urn:a> a om:SupportTicket , om:Stub ."),
        ("om:IssueShape", "<urn:a> a om:EngineeringIssue ."),
        ("om:SlaTargetShape", '<urn:a> a om:SlaTarget ; om:clockState "asleep" .'),
        ("om:MessageShape", "<urn:a> a schema:Message ; om:visibility om:visibility-external ."),
        ("om:StatementShape", '<urn:a> a om:Statement ; om:form "guess" .'),
        ("om:RatingShape", '<urn:a> a schema:Rating ; schema:ratingValue "good" .'),
        ("om:IdentityShape", "<urn:a> a sioc:UserAccount ; sioc:account_of <urn:b> , <urn:c> ."),
        ("om:IdentityClaimShape", "<urn:a> a om:IdentityClaim ; om:confidence 2.0 ."),
        ("om:MembershipShape", "<urn:a> a org:Membership ."),
        ("om:IntervalShape", BACKWARDS),
        ("om:InstantShape", "<urn:a> a time:Instant ."),
        ("om:UsageShape", "<urn:a> a schema:InteractionCounter ; schema:userInteractionCount 0 ."),
        ("om:DerivedVisibilityShape", TOO_WIDE),
        (
            "om:NoParentCycleShape",
            "<urn:a> oslc_cm:parent <urn:b> . <urn:b> oslc_cm:parent <urn:a> .",
        ),
    ],
)
def test_a_broken_graph_is_refused_by_the_shape_that_speaks_of_it(shape: str, broken: str) -> None:
    conforms, report, _ = pyshacl.validate(
        rdflib.Graph().parse(data=HEAD + broken), shacl_graph=SHAPES
    )
    assert not conforms
    assert isinstance(report, rdflib.Graph)
    sources = set(report.objects(None, rdflib.SH.sourceShape))
    own = rdflib.URIRef(PREFIXES["om"] + shape.removeprefix("om:"))
    parts = {own, *SHAPES.objects(own, rdflib.SH.property)}
    assert sources & parts
