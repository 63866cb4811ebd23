"""The queries of the RDF store.

A fact is a resource with `fact`, `mark`, both times and its `body` as JSON, and what finds it:
`node`, `kind` and `key`; `source`, `target`, `kind`, `source_kind`, and `from` and `to`, which
are an end with the kind; `about`. Beside the facts stand an entity for each node, which says
its kind and when what it owns was last written, and a moment for each commit.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_TIMES: Final = (
    "?v om:valid_from ?valid_from ; om:valid_to ?valid_to ; "
    "om:recorded_from ?recorded_from ; om:recorded_to ?recorded_to ."
)
_SEES: Final = (
    "?valid_from <= $valid && $valid < ?valid_to"
    " && ?recorded_from <= $revision && $revision < ?recorded_to"
)
SEEN: Final = f"{_TIMES} FILTER ({_SEES})"

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
    SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
        VALUES ?id {{ $ids }} ?v om:node ?id ; om:body ?body . {SEEN}
    }} }}
"""
WITH_KEYS: Final = f"""
    SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
        VALUES ?key {{ $keys }} ?v om:key ?key ; om:body ?body . {SEEN}
    }} }}
"""
FIND: Final = f"""
    SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
        ?v om:node ?id ; om:body ?body . {SEEN}
    }} }}
"""
FIND_KIND: Final = f"""
    SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
        ?v om:kind $kind ; om:node ?id ; om:body ?body . {SEEN}
    }} }}
"""
IDS: Final = f"SELECT DISTINCT ?id WHERE {{ GRAPH $graph {{ ?v om:node ?id . {SEEN} }} }}"
IDS_OF_KIND: Final = f"""
    SELECT DISTINCT ?id WHERE {{ GRAPH $graph {{ ?v om:kind $kind ; om:node ?id . {SEEN} }} }}
"""
KEYS: Final = f"""
    SELECT DISTINCT ?key WHERE {{ GRAPH $graph {{
        ?v om:key ?key FILTER (STRSTARTS(?key, $prefix)) {SEEN}
    }} }}
"""
TALLY: Final = f"""
    SELECT ?kind ?source_kind (COUNT(?v) AS ?count)
        (MIN(?valid_from) AS ?first) (MAX(?valid_from) AS ?last)
    WHERE {{ GRAPH $graph {{
        VALUES ?end {{ $ends }}
        ?v om:to ?end ; om:kind ?kind ; om:source_kind ?source_kind . {SEEN}
    }} }} GROUP BY ?kind ?source_kind
"""
PASSAGES: Final = f"""
    SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
        VALUES ?id {{ $ids }} ?v om:about ?id ; om:body ?body . {SEEN}
    }} }}
"""
WITH_PASSAGES: Final = "SELECT DISTINCT ?id WHERE { GRAPH $graph { ?v om:about ?id } }"
MOMENTS: Final = """
    SELECT ?moment WHERE { GRAPH $graph {
        ?m om:moment ?moment FILTER ($since < ?moment && ?moment <= $revision)
    } }
"""
ADDED: Final = """
    SELECT ?v ?fact ?body ?recorded_to ?at WHERE { GRAPH $graph {
        VALUES ?at { $moments }
        ?v om:recorded_from ?at ; om:recorded_to ?recorded_to ; om:fact ?fact ; om:body ?body
    } }
"""
CLOSED: Final = """
    SELECT ?v ?fact ?body ?at WHERE { GRAPH $graph {
        VALUES ?at { $moments } ?v om:recorded_to ?at ; om:fact ?fact ; om:body ?body
    } }
"""
COUNT_NODES: Final = f"""
    SELECT ?kind (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{
        ?v om:node ?id ; om:kind ?kind . {SEEN}
    }} }} GROUP BY ?kind
"""
COUNT_PASSAGES: Final = f"""
    SELECT (COUNT(?v) AS ?count) WHERE {{ GRAPH $graph {{ ?v om:about ?id . {SEEN} }} }}
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
        VALUES ?key { $keys }
        ?v om:key ?key ; om:recorded_from ?recorded_from ; om:recorded_to ?recorded_to .
        FILTER (?recorded_from > $base || (?recorded_to > $base && ?recorded_to < $forever))
    } }
"""
OPEN: Final = """
    SELECT ?v WHERE { GRAPH $graph {
        VALUES ?mark { $marks } ?v om:mark ?mark ; om:recorded_to $forever
    } }
"""


def _at(names: tuple[str, ...], pattern: str) -> str:
    """Return what finds facts by any of several properties that have one of ``$ids``."""
    return " UNION ".join(
        f"{{ VALUES ?id {{ $ids }} ?v om:{name} ?id . {pattern} }}" for name in names
    )


VERSIONS: Final = f"""
    SELECT ?v ?fact ?body ?recorded_to WHERE {{ GRAPH $graph {{ {
    _at(
        ("node", "source", "about"),
        "?v om:fact ?fact ; om:body ?body ; om:recorded_from ?recorded_from ; "
        "om:recorded_to ?recorded_to FILTER (?recorded_from <= $revision)",
    )
} }} }}
"""
ERASED: Final = f"""
    SELECT DISTINCT ?v WHERE {{ GRAPH $graph {{ {
    _at(("node", "source", "target", "about"), "")
} }} }}
"""


@cache
def edges(ends: tuple[str, ...], newest: int | None) -> str:
    """Return the query of the edges that have one of ``$ids`` as one of these ends.

    Args:
        ends: Properties: ``source`` and ``target``, or ``from`` and ``to``.
        newest: Only this many and those that share the last one's time; all if left out.
    """
    sees = f"{_TIMES} FILTER (?valid_from < $before && {_SEES})"
    found = _at(ends, f"?v om:body ?body . {sees}")
    if newest is None:
        return f"SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{ {found} }} }}"
    return f"""
        SELECT ?v ?body ?recorded_to WHERE {{ GRAPH $graph {{
            {{ SELECT (MIN(?start) AS ?floor) WHERE {{
                {{ SELECT DISTINCT ?v (?valid_from AS ?start) WHERE {{ {_at(ends, sees)} }}
                    ORDER BY DESC(?valid_from) LIMIT {newest:d} }}
            }} }}
            {{ {found} }} FILTER (?valid_from >= ?floor)
        }} }}
    """
