"""The queries of the RDF store.

A version is a resource with `valid_from`, `valid_to` if there is one, `recorded_from` and
`recorded_to`, its `body` as JSON, and what finds it. For a node that is `node`, `kind` and `key`;
for an edge `source`, a property with the name of its kind for the target, and `in`, which is
the target with the kind and the week of its start; for a passage `about`. A version counts once
it has `recorded_to`, which is for ever until it is closed.

Beside the versions stand an entity for each node, which says its kind and when what it owns was
last written, if that was after its own first commit, and what ends there; and a moment for each
commit.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from omnimemory.store._rdf_terms import short


class Star(NamedTuple):
    """Who has one of ``$ids`` as a property, and what they have beside.

    An engine asks it in SPARQL, or looks it up property by property.

    Attributes:
        by: The property; none if ``$ids`` are the subjects themselves.
        wanted: Properties that a subject must have, in the order of the columns.
        shown: Columns before these: the subject ``v``, and the ``id`` that it was found by.
        narrow: What keeps rows back that the reader would pass over; it may be left out.
    """

    by: str | None
    wanted: tuple[str, ...]
    shown: tuple[str, ...] = ()
    narrow: str = ""

    def query(self) -> str:
        """Return it as SPARQL."""
        names = (*self.shown, *self.wanted)
        return f"""
            SELECT {" ".join(f"?{name}" for name in names)} WHERE {{ GRAPH $graph {{
                {self._found()} {" ".join(f"?v {short(name)} ?{name} ." for name in self.wanted)}
                {self.narrow}
            }} }}
        """

    def _found(self) -> str:
        if self.by is None:
            return "VALUES ?v { $ids }"
        return f"VALUES ?id {{ $ids }} ?v {short(self.by)} ?id ."


_KNOWN: Final = "FILTER ($revision < ?recorded_to)"
"""Passes over what was closed by now; the rest of `AsOf.sees` the reader does."""
_SEEN: Final = f"""
    ?v om:valid_from ?valid_from ; om:recorded_from ?recorded_from ; om:recorded_to ?recorded_to
    FILTER (?valid_from <= $valid && ?recorded_from <= $revision) {_KNOWN}
    OPTIONAL {{ ?v om:valid_to ?valid_to }} FILTER (!BOUND(?valid_to) || $valid < ?valid_to)
"""


@cache
def known(by: str) -> Star:
    """Return the question of the versions that were not closed by the view's revision."""
    return Star(by, ("body", "recorded_to"), narrow=_KNOWN)


@cache
def owned(by: str) -> Star:
    """Return the question of all versions."""
    return Star(by, ("body", "recorded_to"), shown=("v",))


OWNERS: Final = ("node", "source", "about")
"""The properties of versions that name who owns them."""

HEAD: Final = Star(None, ("revision",))
SCHEMA: Final = Star(None, ("schema",))
LANDED: Final = Star("token", ("moment",))
ENTITIES: Final = Star(None, ("entity_kind", "touched"), shown=("v",))
FRESH: Final = Star("node", ("kind", "recorded_from", "recorded_to"), shown=("id",))
TALLIES: Final = Star(None, ("tally",), shown=("v",))
WRITTEN_KEYS: Final = Star("key", ("recorded_from", "recorded_to"), shown=("id",))
ADDED: Final = Star("recorded_from", ("body", "recorded_to"), shown=("v", "id"))
CLOSED: Final = Star("recorded_to", ("body",), shown=("v", "id"))

HEAD_AT: Final = """
    SELECT (MAX(?moment) AS ?head) WHERE { GRAPH $graph {
        ?m om:moment ?moment FILTER (?moment <= $recorded)
    } }
"""
TENANTS: Final = "SELECT ?graph ?head WHERE { GRAPH ?graph { ?graph om:revision ?head } }"
STAGED: Final = "SELECT ?graph ?mark ?count WHERE { GRAPH ?graph { ?mark om:staged ?count } }"
ANYTHING: Final = """
    SELECT ?s WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 1
"""
FIND: Final = f"""
    SELECT ?body ?recorded_to WHERE {{ GRAPH $graph {{
        ?v om:node ?id ; om:body ?body ; om:recorded_to ?recorded_to {_KNOWN}
    }} }}
"""
FIND_KIND: Final = f"""
    SELECT ?body ?recorded_to WHERE {{ GRAPH $graph {{
        ?v om:kind $kind ; om:body ?body ; om:recorded_to ?recorded_to {_KNOWN}
    }} }}
"""
IDS: Final = f"SELECT DISTINCT ?id WHERE {{ GRAPH $graph {{ ?v om:node ?id . {_SEEN} }} }}"
IDS_OF_KIND: Final = f"""
    SELECT DISTINCT ?id WHERE {{ GRAPH $graph {{ ?v om:kind $kind ; om:node ?id . {_SEEN} }} }}
"""
KEYS: Final = """
    SELECT DISTINCT ?key WHERE { GRAPH $graph { ?v om:key ?key FILTER (STRSTARTS(?key, $prefix)) } }
"""
"""Of every version: to tell which holds, of all that were ever there, would cost far more."""
WITH_PASSAGES: Final = "SELECT DISTINCT ?id WHERE { GRAPH $graph { ?v om:about ?id } }"
MOMENTS: Final = """
    SELECT ?moment WHERE { GRAPH $graph {
        ?m om:moment ?moment FILTER ($since < ?moment && ?moment <= $revision)
    } }
"""
COUNT_NODES: Final = f"""
    SELECT ?kind (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{ ?v om:kind ?kind . {_SEEN} }} }}
    GROUP BY ?kind
"""
COUNT_PASSAGES: Final = f"""
    SELECT (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{ ?v om:about ?id . {_SEEN} }} }}
"""
TALLY: Final = f"""
    SELECT ?end ?source_kind (COUNT(DISTINCT ?v) AS ?count)
        (MIN(?valid_from) AS ?first) (MAX(?valid_from) AS ?last)
    WHERE {{ GRAPH $graph {{
        VALUES ?one {{ $ends }} ?v om:in ?one ; om:in ?end ; om:source ?source . {_SEEN}
        ?node om:node ?source ; om:kind ?source_kind
    }} }} GROUP BY ?end ?source_kind
"""
"""Counts the edges of ends in weeks, by the kind of what they start at."""
