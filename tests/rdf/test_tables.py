"""The tables are whole: every kind, field and edge has its row, every term is known."""

from __future__ import annotations

from importlib.resources import files

import rdflib

from omnimemory.model.records import BUILT_IN
from omnimemory.model.relations import BUILT_IN as RELATIONS
from omnimemory.rdf._fields import CONCEPTS, INDIVIDUAL_PREDICATES, INDIVIDUALS, LEFT_OUT
from omnimemory.rdf.names import OM, PREFIXES, term
from omnimemory.rdf.tables import EDGES, KINDS
from omnimemory.rdf.values import concept

LINKS = {"person", "user", "error", "properties", "parts"}
NOTES = {"type", "source", "id", "kind", "updated_at", "deleted_at", "redacted"}
PART_TERMS = (
    "identityClaim customer confidence evidence membership role source clockState "
    "targetAt pausedAt metAt breachedAt Stub IdentityClaim SlaTarget"
).split()


def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(data=files("omnimemory.rdf").joinpath("ontology.ttl").read_text())


def test_every_kind_and_edge_kind_has_a_row() -> None:
    assert {record.kind for record in BUILT_IN} | {"Customer"} <= set(KINDS)
    assert set(RELATIONS) <= set(EDGES)


def test_every_edge_between_kinds_that_may_meet_has_a_row() -> None:
    for name, relation in RELATIONS.items():
        for source in relation.sources:
            for target in relation.targets:
                assert any(row.fits(source, target) for row in EDGES[name]), (name, source, target)


def test_every_field_of_a_record_has_a_row_or_is_left_out_on_purpose() -> None:
    for record in BUILT_IN:
        if record.__name__.endswith("Change"):
            continue
        told = set(KINDS[record.kind].fields) | LEFT_OUT | LINKS | NOTES | set(record.not_props)
        assert set(record.model_fields) <= told | {"occurred_at"}, record.__name__


def test_every_term_of_ours_is_in_the_ontology_and_no_other_is() -> None:
    used = {name for kind in KINDS.values() for name in kind.classes}
    used |= {name for kind in KINDS.values() for v in kind.variants.values() for name in v.values()}
    used |= {field.predicate for kind in KINDS.values() for field in kind.fields.values()}
    used |= {name for rows in EDGES.values() for row in rows for name in row.predicates}
    used |= {f"om:{name}" for name in PART_TERMS}
    ours = {term(name).value for name in used if name.startswith("om:")}
    ours |= {concept(form, value).value for form, values in CONCEPTS.items() for value in values}
    ours |= {f"{OM}{form}" for form in CONCEPTS} | {f"{OM}Concept"}
    stated = {str(one) for one in ontology().subjects() if str(one).startswith(OM)}
    assert ours == stated


def test_every_term_of_the_ontology_says_what_it_is() -> None:
    known = ontology()
    for one in set(known.subjects(rdflib.RDF.type, rdflib.RDF.Property)):
        assert known.value(one, rdflib.RDFS.label)
        assert known.value(one, rdflib.RDFS.comment)


def test_terms_of_others_exist_where_their_vocabulary_can_be_asked() -> None:
    spaces = {"dcterms": rdflib.DCTERMS, "foaf": rdflib.FOAF, "org": rdflib.ORG, "prov": rdflib.PROV,
              "schema": rdflib.SDO, "time": rdflib.TIME}  # fmt: skip
    used = {name for kind in KINDS.values() for name in kind.classes}
    used |= {name for kind in KINDS.values() for v in kind.variants.values() for name in v.values()}
    used |= {field.predicate for kind in KINDS.values() for field in kind.fields.values()}
    used |= {name for rows in EDGES.values() for row in rows for name in row.predicates}
    used |= {name for form in INDIVIDUALS.values() for name in form.values()}
    used |= set(INDIVIDUAL_PREDICATES.values())
    for prefix, space in spaces.items():
        assert str(space) == PREFIXES[prefix]
        for name in used:
            if name.startswith(f"{prefix}:"):
                assert space[name.removeprefix(f"{prefix}:")] in space, name
