"""A node or an edge → triples, by the tables; each has the node or a part of it as subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from omnimemory.model.facts import Edge, JsonObject, Node
from omnimemory.model.ids import split_id
from omnimemory.model.time import BEGINNING, FOREVER, Span
from omnimemory.rdf._fields import FIELDS, LEFT_OUT, Field
from omnimemory.rdf.names import camel, own_namespace, resource_iri, term
from omnimemory.rdf.tables import EDGES, KINDS, EdgeRow, Kind
from omnimemory.rdf.values import as_json, moment, objects, text

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode, Triple

_CONTACT = {"email": "schema:email", "phone": "schema:telephone"}
_PROPERTY_VALUE = "schema:PropertyValue"


class Mapper:
    """Writes the facts of one tenant in standard vocabularies.

    Args:
        tenant: Whose facts; it is part of every IRI.
    """

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self._own = own_namespace(tenant)

    def resource(self, id: str) -> NamedNode:
        """Return the resource that a node, or a part of one, is."""
        from pyoxigraph import NamedNode  # noqa: PLC0415 - an extra

        return NamedNode(resource_iri(self.tenant, id))

    def node(self, node: Node) -> Iterator[Triple]:
        """Yield what is said of a node itself."""
        kind = KINDS.get(node.kind)
        yield from self._say(node.id, *self._classes(node, kind))
        yield from self._say(
            node.id,
            ("dcterms:identifier", text(node.id)),
            ("om:source", text(split_id(node.id)[0])),
            ("prov:generatedAtTime", moment(node.span.recorded_from)),
        )
        for key in sorted(node.keys):
            yield from self._key(node.id, key)
        if kind is None or kind.dated:
            yield from self._interval(node.id, node.span)
        yield from self._props(node, FIELDS if kind is None else kind.fields)

    def edge(
        self, edge: Edge, source_kind: str, target_kind: str, *, customers: Collection[str] = ()
    ) -> Iterator[Triple]:
        """Yield what is said by an edge.

        Args:
            edge: The edge.
            source_kind: Kind of the node that it starts at.
            target_kind: Kind of the node that it ends at.
            customers: Whose identity the source is, for memberships.
        """
        target = self.resource(edge.target)
        row = edge_row(edge.kind, source_kind, target_kind)
        if row is None:
            yield self._triple(edge.source, self._own_term(camel(edge.kind.lower())), target)
            return
        yield from self._say(edge.source, *((name, target) for name in row.predicates))
        if row.part == "om:IdentityClaim":
            yield from self._claim(edge, target)
        elif row.part == "org:Membership":
            yield from self._membership(edge, target, customers)

    def _classes(self, node: Node, kind: Kind | None) -> Iterator[tuple[str | NamedNode, Any]]:
        if kind is None:
            yield "rdf:type", self._own_term(node.kind)
            return
        yield from (("rdf:type", term(name)) for name in kind.classes)
        for prop, classes in kind.variants.items():
            value = node.props.get(prop)
            if isinstance(value, str) and value in classes:
                yield "rdf:type", term(classes[value])
        if not node.props:
            yield "rdf:type", term("om:Stub")

    def _props(self, node: Node, known: Mapping[str, Field]) -> Iterator[Triple]:
        for name, value in sorted(node.props.items()):
            if name.startswith("_") or name in LEFT_OUT or value is None:
                continue
            field = known.get(name)
            said = None if field is None else objects(field, value)
            if said is not None:
                yield from self._say(node.id, *said)
            elif field is not None and field.form == "files":
                yield from self._files(node.id, field.predicate, value)
            elif field is not None and field.form == "clocks":
                yield from self._clocks(node.id, field.predicate, value)
            else:
                yield self._triple(node.id, self._own_term(camel(name)), as_json(value))

    def _key(self, id: str, key: str) -> Iterator[Triple]:
        namespace, _, value = key.partition(":")
        if namespace in _CONTACT:
            yield from self._say(id, (_CONTACT[namespace], text(value)))
        yield from self._part(
            id,
            "schema:identifier",
            key,
            ("rdf:type", term(_PROPERTY_VALUE)),
            ("schema:propertyID", text(namespace)),
            ("schema:value", text(value)),
        )

    def _interval(self, id: str, span: Span) -> Iterator[Triple]:
        begins, ends = span.valid_from != BEGINNING, span.valid_to < FOREVER
        if not begins and not ends:
            return
        interval = f"{id} span"
        yield from self._part(id, "time:hasTime", "span", ("rdf:type", term("time:ProperInterval")))
        if begins:
            yield from self._instant(interval, "time:hasBeginning", "begin", span.valid_from)
        if ends:
            yield from self._instant(interval, "time:hasEnd", "end", span.valid_to)

    def _instant(self, id: str, predicate: str, name: str, at: int) -> Iterator[Triple]:
        stamp = ("time:inXSDDateTimeStamp", moment(at, stamp=True))
        yield from self._part(id, predicate, name, ("rdf:type", term("time:Instant")), stamp)

    def _claim(self, edge: Edge, customer: NamedNode) -> Iterator[Triple]:
        props = edge.props
        posterior, evidence = props.get("posterior"), props.get("evidence")
        yield from self._part(
            edge.source,
            "om:identityClaim",
            f"SAME_AS {edge.target}",
            ("rdf:type", term("om:IdentityClaim")),
            ("om:customer", customer),
            ("prov:generatedAtTime", moment(edge.span.recorded_from)),
            *(objects(Field("om:confidence", "number"), posterior) or ()),
            *([("om:evidence", as_json(evidence))] if evidence is not None else []),
        )

    def _membership(
        self, edge: Edge, account: NamedNode, customers: Iterable[str]
    ) -> Iterator[Triple]:
        part = f"MEMBER_OF {edge.target}"
        role = edge.props.get("role")
        yield from self._part(
            edge.source,
            "om:membership",
            part,
            ("rdf:type", term("org:Membership")),
            ("org:organization", account),
            *(("org:member", self.resource(customer)) for customer in customers),
            *(objects(Field("om:role", "text"), role) or ()),
        )
        yield from self._interval(f"{edge.source} {part}", edge.span)

    def _files(self, id: str, predicate: str, value: Any) -> Iterator[Triple]:
        files = cast("list[Any]", value) if isinstance(value, list) else [value]
        for position, given in enumerate(map(_object, files)):
            said = (
                pair
                for name, field in _FILE.items()
                for pair in objects(field, given.get(name)) or ()
            )
            kind = ("rdf:type", term("schema:MediaObject"))
            yield from self._part(id, predicate, f"{predicate} {position}", kind, *said)

    def _clocks(self, id: str, predicate: str, clocks: Any) -> Iterator[Triple]:
        for name, clock in sorted(_object(clocks).items()):
            given = _object(clock)
            said = (
                pair for at, field in _CLOCK.items() for pair in objects(field, given.get(at)) or ()
            )
            head = (("rdf:type", term("om:SlaTarget")), ("schema:name", text(name)))
            yield from self._part(id, predicate, f"clock {name}", *head, *said)

    def _part(
        self, id: str, predicate: str, name: str, *said: tuple[str | NamedNode, Any]
    ) -> Iterator[Triple]:
        """Yield a part of a node: the triple that leads to it and what is said of it."""
        part = f"{id} {name}"
        yield from self._say(id, (predicate, self.resource(part)))
        yield from self._say(part, *said)

    def _say(self, id: str, *said: tuple[str | NamedNode, NamedNode | Literal]) -> Iterator[Triple]:
        for predicate, value in said:
            name = term(predicate) if isinstance(predicate, str) else predicate
            yield self._triple(id, name, value)

    def _triple(self, id: str, predicate: NamedNode, value: NamedNode | Literal) -> Triple:
        from pyoxigraph import Triple  # noqa: PLC0415 - an extra

        return Triple(self.resource(id), predicate, value)

    def _own_term(self, name: str) -> NamedNode:
        from pyoxigraph import NamedNode  # noqa: PLC0415 - an extra

        return NamedNode(self._own + name)


def edge_row(kind: str, source: str, target: str) -> EdgeRow | None:
    """Return the first row that speaks of such an edge; None for a tenant's own."""
    return next((row for row in EDGES.get(kind, ()) if row.fits(source, target)), None)


def _object(value: Any) -> JsonObject:
    """Return JSON's object, or an empty one for anything else."""
    return cast("JsonObject", value) if isinstance(value, Mapping) else {}


_FILE = {
    "name": Field("schema:name", "text"),
    "media_type": Field("schema:encodingFormat", "text"),
    "size_bytes": Field("schema:contentSize", "number"),
    "sha256": Field("schema:sha256", "text"),
    "url": Field("schema:contentUrl", "link"),
}
_CLOCK = {
    "state": Field("om:clockState", "text"),
    "target_at": Field("om:targetAt", "time"),
    "started_at": Field("prov:startedAtTime", "time"),
    "paused_at": Field("om:pausedAt", "time"),
    "met_at": Field("om:metAt", "time"),
    "breached_at": Field("om:breachedAt", "time"),
}
