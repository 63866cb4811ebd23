"""Show: values → pictures of themselves, as HTML, as text and for rich.

Everything here is a function from a value to text; nothing is read but what the value holds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from omnimemory.show.sheets import Sheet

_PICTURES: Final = {
    "Comparison": "comparison",
    "ContextPack": "pack",
    "Customer": "customer",
    "Entry": "item",
    "Graph": "graph",
    "Item": "item",
    "Memory": "overview",
    "Overview": "overview",
    "Page": "page",
    "Provenance": "provenance",
    "Report": "report",
    "Result": "item",
    "Timeline": "timeline",
    "Why": "why",
}
"""Which module draws which type."""


def sheet(value: Any) -> Sheet:
    """Return the picture of a value."""
    for kind in type(value).__mro__:
        if home := _PICTURES.get(kind.__name__):
            return import_module(f"omnimemory.show.{home}").sheet(value)
    raise TypeError(f"{type(value).__name__} has no picture")


def html(value: Any) -> str:
    """Return the picture of a value as static HTML."""
    return import_module("omnimemory.show.as_html").html(sheet(value))


def document(value: Any) -> str:
    """Return the picture of a value as an HTML page of its own."""
    return import_module("omnimemory.show.as_html").document(sheet(value))


def text(value: Any) -> str:
    """Return the picture of a value as lines of text."""
    return import_module("omnimemory.show.as_text").text(sheet(value))


def rich(value: Any) -> Any:
    """Return the picture of a value as something that the library rich prints."""
    return import_module("omnimemory.show.as_rich").rich(sheet(value))
