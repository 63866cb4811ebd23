"""RDF terms and the names that the store gives; the only code that writes a value as text."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from omnimemory.model.facts import Fact

OM: Final = "urn:om:"
"""Begins every name that the store gives."""

XSD_INTEGER: Final = "http://www.w3.org/2001/XMLSchema#integer"
XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"

_TENANTS: Final = f"{OM}tenant:"
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_IRI: Final = re.compile(r"urn:om:[A-Za-z0-9_.~%:-]+")
_SHORT: Final = re.compile(r"[a-z]+:[A-Za-z0-9-]+")
_RARE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


class Iri(str):
    """A name, apart from text that looks like one."""

    __slots__ = ()


Value: TypeAlias = str | int
"""What stands in a triple: an `Iri`, a text or a whole number."""


class Triple(NamedTuple):
    """A statement in the graph of a tenant; ``name`` is a property below `OM`."""

    subject: Iri
    name: str
    value: Value

    def text(self) -> str:
        """Return the statement as N-Triples and SPARQL write it, without the dot."""
        return f"{term(self.subject)} {term(Iri(OM + self.name))} {term(self.value)}"


def term(value: Value, graph: Iri | None = None) -> str:
    """Return a value as a term that N-Quads and SPARQL read alike, or SPARQL alone.

    Args:
        value: What is to be written.
        graph: In SPARQL, the graph whose names the prefix ``g`` shortens.

    No reader takes a code point escape for part of what follows, whether it
    resolves them before it parses, as SPARQL 1.1 section 19.2 says, or inside of literals.

    Raises:
        ValueError: An `Iri` is none of ours.
    """
    if isinstance(value, Iri):
        if not _IRI.fullmatch(value):
            raise ValueError(f"{value!r} is no name that the store gives")
        short = "" if graph is None else value.removeprefix(f"{graph}:")
        return f"g:{short}" if _SHORT.fullmatch(short) and short != value else f"<{value}>"
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    if graph is not None:
        return f"{value:d}"
    return f'"{value:d}"^^<{XSD_INTEGER}>'


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
        text = text.replace("\\\\u", r"\\\u0075").replace("\\\\U", r"\\\u0055")
    text = text.replace('"', '\\"')
    return _RARE.sub(lambda found: f"\\u{ord(found.group()):04X}", text)


def short(name: str) -> str:
    """Return a property as SPARQL writes it.

    Raises:
        ValueError: It is no name.
    """
    if not is_name(name):
        raise ValueError(f"{name!r} is no name of a property")
    return f"om:{name}"


def is_name(text: str) -> bool:
    """Return whether this may be the name of a variable or a property."""
    return _NAME.fullmatch(text) is not None


def graph_of(tenant: str) -> Iri:
    """Return the named graph of a tenant."""
    return Iri(_TENANTS + quote(tenant, safe=""))


def tenant_of(graph: str) -> str | None:
    """Return the tenant whose named graph this is."""
    return unquote(graph.removeprefix(_TENANTS)) if graph.startswith(_TENANTS) else None


def version_of(graph: Iri, fact: Fact, batch: str, position: int) -> Iri:
    """Return the name of the fact that a batch adds at this position; it says of which kind."""
    return Iri(f"{graph}:{type(fact).__name__.lower()}:{batch}-{position}")


def mark_of(graph: Iri, batch: str) -> Iri:
    """Return what says that the facts of a batch were written before their commit."""
    return Iri(f"{graph}:staged:{batch}")


def staged_by(graph: Iri, mark: str, count: int) -> list[Iri]:
    """Return what a mark may speak of, itself included."""
    batch = mark.removeprefix(f"{graph}:staged:")
    kinds = ("node", "edge", "passage")
    return [
        Iri(mark),
        *(Iri(f"{graph}:{kind}:{batch}-{n}") for n in range(count) for kind in kinds),
    ]


def kind_of(graph: Iri, version: str) -> str:
    """Return whether this is a version of a node, an edge or a passage, in lower case."""
    return version[len(graph) + 1 :].partition(":")[0]


def entity_of(graph: Iri, id: str) -> Iri:
    """Return the name of what stands for a node in all its versions."""
    return Iri(f"{graph}:entity:{blake2b(id.encode(), digest_size=12).hexdigest()}")


def moment_of(graph: Iri, revision: int) -> Iri:
    """Return the name of a commit."""
    return Iri(f"{graph}:commit:{revision}")
