"""The graph as a file of Turtle, TriG, N-Quads or JSON-LD, written as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeAlias, cast, get_args

from omnimemory.errors import InputError, MissingExtraError
from omnimemory.model.audience import Audience
from omnimemory.rdf.graph import triples
from omnimemory.rdf.jsonld import write_json_ld
from omnimemory.rdf.names import OWN, PREFIXES, graph_iri, own_namespace
from omnimemory.store.base import GraphView

if TYPE_CHECKING:
    from pyoxigraph import Triple

RdfFormat: TypeAlias = Literal["turtle", "trig", "n-quads", "json-ld"]

SUFFIXES: Final[dict[str, RdfFormat]] = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nq": "n-quads",
    ".jsonld": "json-ld",
}

_PROGRESS_EVERY: Final = 10_000


def export(
    view: GraphView,
    tenant: str,
    path: str | Path,
    *,
    format: RdfFormat | None = None,
    audience: Audience = "internal",
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write the graph of a view to a file; return how many triples.

    The file appears whole or not at all, and is the same for the same graph.

    Raises:
        InputError: The format is unknown, or the file cannot be written.
        MissingExtraError: pyoxigraph is not installed.
    """
    check_extra()
    target = Path(path)
    form = _format(format, target)
    part = target.with_name(f"{target.name}.part")
    count = _Count(on_progress)
    try:
        with part.open("wb") as file:
            _write(file, form, count.over(triples(view, tenant, audience=audience)), tenant)
        part.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count.done


def check_extra() -> None:
    """Raise `MissingExtraError` unless pyoxigraph is installed."""
    try:
        import pyoxigraph  # noqa: F401, PLC0415 # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise MissingExtraError("pyoxigraph", extra="rdf") from error


def prefixes(tenant: str) -> dict[str, str]:
    """Return the prefixes of an export, the tenant's own terms among them."""
    return {**PREFIXES, OWN: own_namespace(tenant)}


class _Count:
    def __init__(self, on_progress: Callable[[int], None] | None) -> None:
        self.done = 0
        self._tell = on_progress

    def over(self, rows: Iterable[Triple]) -> Iterator[Triple]:
        for row in rows:
            self.done += 1
            if self._tell is not None and self.done % _PROGRESS_EVERY == 0:
                self._tell(self.done)
            yield row


def _format(format: str | None, path: Path) -> RdfFormat:
    found = format or SUFFIXES.get(path.suffix)
    known = get_args(RdfFormat)
    if found not in known:
        what = f"RDF format {format!r}" if format else f"RDF format for {path.name!r}"
        raise InputError(f"no {what}; known: {', '.join(known)}")
    return cast("RdfFormat", found)


def _write(file: BinaryIO, format: RdfFormat, rows: Iterator[Triple], tenant: str) -> None:
    import pyoxigraph as ox  # noqa: PLC0415 - an extra

    names = prefixes(tenant)
    if format == "json-ld":
        write_json_ld(file, rows, names)
    elif format == "turtle":
        ox.serialize(rows, cast("Any", file), ox.RdfFormat.TURTLE, prefixes=names)
    else:
        graph = ox.NamedNode(graph_iri(tenant))
        quads = (ox.Quad(row.subject, row.predicate, row.object, graph) for row in rows)
        form = ox.RdfFormat.TRIG if format == "trig" else ox.RdfFormat.N_QUADS
        ox.serialize(quads, cast("Any", file), form, prefixes=names)
