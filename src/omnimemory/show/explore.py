"""One page to explore a graph in: everything is in the file, and nothing else is contacted."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from omnimemory.context.safe import visible
from omnimemory.errors import MissingExtraError
from omnimemory.model.facts import Node
from omnimemory.reads.graph import Graph
from omnimemory.show.words import clip, count, minute

_MOST_TEXT: Final = 4_000
_MOST_SEARCHED: Final = 600


def page(graph: Graph) -> str:
    """Return the page of a graph.

    Its policy allows the two scripts in it by their digests, inline styles, and no address.

    Raises:
        MissingExtraError: This build has no cytoscape.js in it.
    """
    library, licence = _library()
    script = _read("page.js")
    name = clip(graph.name, 120)
    said = f"{count(len(graph.nodes), 'node')} and {count(len(graph.edges), 'edge')}"
    when = f"as of {minute(graph.at)} UTC"
    cut = "; there is more than the limit" if graph.is_cut else ""
    return Template(_read("page.html")).substitute(
        policy=f"default-src 'none'; script-src {_digest(library)} {_digest(script)}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        title=escape(visible(name)),
        subtitle=escape(f"{said} within {count(graph.hops, 'hop')}, {when}{cut}"),
        words=escape(f"Graph of {visible(name)}: {said}; the list beside it has them all."),
        style=_read("page.css"),
        data=_json(_data(graph)),
        library=library,
        script=script,
        licence=escape(licence),
    )


def _read(name: str) -> str:
    return files("omnimemory.show").joinpath("explorer", name).read_text(encoding="utf-8")


def _library() -> tuple[str, str]:
    folder = files("omnimemory.show").joinpath("vendor")
    try:
        library = folder.joinpath("cytoscape.min.js").read_text(encoding="utf-8")
        return library, folder.joinpath("cytoscape.LICENSE").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingExtraError(
            "cytoscape.js", command="python vendor.py in a checkout with npm, then install again"
        ) from error


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(graph: Graph) -> dict[str, Any]:
    said = graph.to_dicts()
    nodes = [
        _shown(one) | {"at": _at(node), "search": _search(one)}
        for one, node in zip(said["nodes"], graph.nodes, strict=True)
    ]
    return {"focus": graph.focus, "nodes": nodes, "edges": [_shown(one) for one in said["edges"]]}


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    return {name: _safe(value) for name, value in one.items()}


def _safe(value: Any) -> Any:
    """Return a value with what is invisible in it shown, and long texts cut."""
    match value:
        case str():
            text = visible(value[: _MOST_TEXT + 1])
            return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
        case dict():
            return {_safe(str(name)): _safe(inner) for name, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list():
            return [_safe(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def _at(node: Node) -> float | None:
    return node.span.valid_from / 1_000 if node.span.valid_from > 0 else None


def _search(one: dict[str, Any]) -> str:
    texts = (str(one["props"].get(name) or "") for name in ("text", "description"))
    words = [one["id"], one["title"], *one["keys"], *texts]
    return " ".join(words)[:_MOST_SEARCHED].lower()
