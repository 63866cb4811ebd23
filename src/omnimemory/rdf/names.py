"""Names of RDF: prefixes of the vocabularies, and the one function that makes our IRIs."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from pyoxigraph import NamedNode

ROOT: Final = "urn:omnimemory:"
"""What the IRIs of tenants begin with: ``urn:omnimemory:TENANT:NODE``."""

OM: Final = "https://omnimemory.invalid/ns#"
"""Our own terms, for what no standard vocabulary has; ``.invalid`` can never be fetched."""

PREFIXES: Final[dict[str, str]] = {
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "om": OM,
    "org": "http://www.w3.org/ns/org#",
    "oslc_cm": "http://open-services.net/ns/cm#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sioc": "http://rdfs.org/sioc/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes that every export declares and that a query may use undeclared."""

OWN: Final = "own"
"""Prefix of a tenant's own kinds, edges and fields."""

_WORD: Final = re.compile(r"_+([a-z0-9])")


def own_namespace(tenant: str) -> str:
    """Return the namespace of the terms that a tenant's own kinds bring."""
    return f"{graph_iri(tenant)}:own#"


def graph_iri(tenant: str) -> str:
    """Return the IRI of a tenant's graph."""
    return ROOT + quote(tenant, safe="")


def resource_iri(tenant: str, id: str) -> str:
    """Return the IRI of a node, or of a part of one: the same for the same id, every time.

    Everything but ASCII letters, digits and ``-._~:@/`` is percent-encoded, the percent
    sign among it, so that no two ids share an IRI and no id can leave its tenant: a
    tenant's name has no colon.
    """
    return f"{graph_iri(tenant)}:{quote(id, safe=':@/')}"


def node_id(iri: str) -> str | None:
    """Return the id of the node that an IRI of ours names; None for every other IRI."""
    if not iri.startswith(ROOT) or "#" in iri:
        return None
    _, colon, rest = iri.removeprefix(ROOT).partition(":")
    return unquote(rest) if colon else None


def camel(name: str) -> str:
    """Return ``first_reply`` as ``firstReply``, percent-encoded where it is no plain name."""
    return quote(_WORD.sub(lambda found: found.group(1).upper(), name), safe="")


@cache
def term(curie: str) -> NamedNode:
    """Return the term that a prefixed name stands for, such as ``schema:Person``."""
    from pyoxigraph import NamedNode  # noqa: PLC0415 - an extra

    prefix, _, local = curie.partition(":")
    return NamedNode(PREFIXES[prefix] + local)
