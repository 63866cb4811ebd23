"""The queries of the RDF store.

A version is a resource with `valid_from` and `recorded_from`, `valid_to` and `closed` if these
have come, its `body` as JSON, and what finds it. For a node that is `node`, `kind` and `key`;
for an edge `source`, `target`, `source_kind`, `to`, which is the target with the edge's kind, and
`in`, which has the week of its start too; for a passage `about`. Beside the versions stand an
entity for each node, which says its kind, when what it owns was last written and what ends
there, and a moment for each commit.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_KNOWN: Final = "OPTIONAL { ?v om:closed ?closed } FILTER (!BOUND(?closed) || $revision < ?closed)"
"""Passes over what was closed by now; the rest of `AsOf.sees` the reader does."""
_SEEN: Final = f"""
    ?v om:valid_from ?valid_from ; om:recorded_from ?recorded_from
    FILTER (?valid_from <= $valid && ?recorded_from <= $revision)
    OPTIONAL {{ ?v om:valid_to ?valid_to }} FILTER (!BOUND(?valid_to) || $valid < ?valid_to)
    {_KNOWN}
"""

HEAD: Final = "SELECT ?head WHERE { GRAPH $graph { $graph om:revision ?head } }"
HEAD_AT: Final = """
    SELECT (MAX(?moment) AS ?head) WHERE { GRAPH $graph {
        ?m om:moment ?moment FILTER (?moment <= $recorded)
    } }
"""
TENANTS: Final = "SELECT ?graph ?head WHERE { GRAPH ?graph { ?graph om:revision ?head } }"
SCHEMA: Final = "SELECT ?schema WHERE { GRAPH $graph { $graph om:schema ?schema } }"
ANYTHING: Final = """
    SELECT ?s WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 1
"""
NODES: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        VALUES ?id {{ $ids }} ?v om:node ?id ; om:body ?body . {_KNOWN}
    }} }}
"""
WITH_KEYS: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        VALUES ?key {{ $keys }} ?v om:key ?key ; om:body ?body . {_KNOWN}
    }} }}
"""
FIND: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{ ?v om:node ?id ; om:body ?body . {_KNOWN} }} }}
"""
FIND_KIND: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        ?v om:kind $kind ; om:body ?body . {_KNOWN}
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
TALLIES: Final = """
    SELECT ?id ?tally WHERE { GRAPH $graph {
        VALUES ?id { $ids } ?e om:entity ?id ; om:tally ?tally
    } }
"""
PASSAGES: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        VALUES ?id {{ $ids }} ?v om:about ?id ; om:body ?body . {_KNOWN}
    }} }}
"""
WITH_PASSAGES: Final = "SELECT DISTINCT ?id WHERE { GRAPH $graph { ?v om:about ?id } }"
MOMENTS: Final = """
    SELECT ?moment WHERE { GRAPH $graph {
        ?m om:moment ?moment FILTER ($since < ?moment && ?moment <= $revision)
    } }
"""
ADDED: Final = """
    SELECT ?v ?body ?closed ?at WHERE { GRAPH $graph {
        VALUES ?at { $moments } ?v om:recorded_from ?at ; om:body ?body
        OPTIONAL { ?v om:closed ?closed }
    } }
"""
CLOSED: Final = """
    SELECT ?v ?body ?at WHERE { GRAPH $graph {
        VALUES ?at { $moments } ?v om:closed ?at ; om:body ?body
    } }
"""
COUNT_NODES: Final = f"""
    SELECT ?kind (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{ ?v om:kind ?kind . {_SEEN} }} }}
    GROUP BY ?kind
"""
COUNT_PASSAGES: Final = f"""
    SELECT (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{ ?v om:about ?id . {_SEEN} }} }}
"""
LANDED: Final = """
    SELECT ?revision WHERE { GRAPH $graph { ?m om:token $token ; om:moment ?revision } }
"""
ENTITIES: Final = """
    SELECT ?id ?kind ?touched WHERE { GRAPH $graph {
        VALUES ?id { $ids } ?e om:entity ?id ; om:entity_kind ?kind ; om:touched ?touched
    } }
"""
KEYS_TOUCHED: Final = """
    SELECT DISTINCT ?key WHERE { GRAPH $graph {
        VALUES ?key { $keys } ?v om:key ?key ; om:recorded_from ?recorded_from
        OPTIONAL { ?v om:closed ?closed }
        FILTER ($base < ?recorded_from || (BOUND(?closed) && $base < ?closed))
    } }
"""


def _at(names: tuple[str, ...], pattern: str) -> str:
    """Return what finds facts by any of several properties that have one of ``$ids``."""
    return " UNION ".join(
        f"{{ VALUES ?id {{ $ids }} ?v om:{name} ?id . {pattern} }}" for name in names
    )


OWNED: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        {_at(("node", "source", "about"), "?v om:body ?body OPTIONAL { ?v om:closed ?closed }")}
    }} }}
"""
OPEN: Final = f"""
    SELECT ?v ?body WHERE {{ GRAPH $graph {{
        {
    _at(
        ("node", "source", "about"),
        "?v om:body ?body OPTIONAL { ?v om:closed ?closed } FILTER (!BOUND(?closed))",
    )
}
    }} }}
"""
ERASED: Final = f"""
    SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
        {
    _at(
        ("node", "source", "target", "about"),
        "?v om:body ?body OPTIONAL { ?v om:closed ?closed }",
    )
}
    }} }}
"""


@cache
def tally(name: str) -> str:
    """Return the query that counts the edges that have one of ``$ends`` as this property."""
    return f"""
        SELECT ?end ?source_kind (COUNT(?v) AS ?count)
            (MIN(?valid_from) AS ?first) (MAX(?valid_from) AS ?last)
        WHERE {{ GRAPH $graph {{
            VALUES ?one {{ $ends }}
            ?v om:{name} ?one ; om:{name} ?end ; om:source_kind ?source_kind . {_SEEN}
        }} }} GROUP BY ?end ?source_kind
    """


@cache
def edges(end: str, newest: int | None = None) -> str:
    """Return the query of the edges that have one of ``$ids`` as this property.

    Args:
        end: The property.
        newest: Only this many and those that share the last one's time; all if left out.
    """
    before = "?v om:valid_from ?valid_from FILTER (?valid_from < $before)"
    found = f"VALUES ?id {{ $ids }} ?v om:{end} ?id ; om:body ?body . {before} {_KNOWN}"
    if newest is None:
        return f"SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{ {found} }} }}"
    return f"""
        SELECT ?v ?body ?closed WHERE {{ GRAPH $graph {{
            {{ SELECT (MIN(?start) AS ?floor) WHERE {{
                {{ SELECT DISTINCT ?v (?valid_from AS ?start) WHERE {{
                    VALUES ?id {{ $ids }} ?v om:{end} ?id . {before} {_SEEN}
                }} ORDER BY DESC(?valid_from) LIMIT {newest:d} }}
            }} }}
            {{ {found} }} FILTER (?valid_from >= ?floor)
        }} }}
    """
