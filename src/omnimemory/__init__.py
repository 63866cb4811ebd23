"""One typed, bi-temporal memory of every customer, across every channel, for any agent.

`connect` opens a memory, `omnimemory.sources` reads exports into records, `Memory.ingest`
takes them in, and `Memory.context_pack` gives an agent the history that matters.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omnimemory import sources
    from omnimemory.aio import AsyncMemory
    from omnimemory.context.handoff import HandoffPack
    from omnimemory.context.pack import ContextPack
    from omnimemory.errors import (
        AmbiguousError,
        ClosedError,
        ConflictError,
        EmbedderError,
        ExtractorError,
        InputError,
        MissingExtraError,
        NotFoundError,
        OmniMemoryError,
        RecordError,
        RerankerError,
        SchemaError,
        StoreError,
        ToolError,
    )
    from omnimemory.ingest.report import Report
    from omnimemory.memory import Memory, connect
    from omnimemory.model.commerce import Order, Subscription
    from omnimemory.model.records import Link, Person, Record, Ref
    from omnimemory.model.time import AsOf
    from omnimemory.reads.customers import Customer
    from omnimemory.reads.items import Item
    from omnimemory.reads.page import Page
    from omnimemory.reads.results import Result
    from omnimemory.reads.timeline import Entry

__version__ = "0.1.0"

_HOMES = {
    "AmbiguousError": "errors",
    "AsOf": "model.time",
    "AsyncMemory": "aio",
    "ClosedError": "errors",
    "ConflictError": "errors",
    "ContextPack": "context.pack",
    "Customer": "reads.customers",
    "EmbedderError": "errors",
    "Entry": "reads.timeline",
    "ExtractorError": "errors",
    "HandoffPack": "context.handoff",
    "InputError": "errors",
    "Item": "reads.items",
    "Link": "model.records",
    "Memory": "memory",
    "MissingExtraError": "errors",
    "NotFoundError": "errors",
    "OmniMemoryError": "errors",
    "Order": "model.commerce",
    "Page": "reads.page",
    "Person": "model.records",
    "Record": "model.records",
    "RecordError": "errors",
    "Ref": "model.records",
    "Report": "ingest.report",
    "RerankerError": "errors",
    "Result": "reads.results",
    "SchemaError": "errors",
    "StoreError": "errors",
    "Subscription": "model.commerce",
    "ToolError": "errors",
    "connect": "memory",
}
"""Where each public name lives; it is imported when it is first asked for."""

__all__ = [
    "AmbiguousError",
    "AsOf",
    "AsyncMemory",
    "ClosedError",
    "ConflictError",
    "ContextPack",
    "Customer",
    "EmbedderError",
    "Entry",
    "ExtractorError",
    "HandoffPack",
    "InputError",
    "Item",
    "Link",
    "Memory",
    "MissingExtraError",
    "NotFoundError",
    "OmniMemoryError",
    "Order",
    "Page",
    "Person",
    "Record",
    "RecordError",
    "Ref",
    "Report",
    "RerankerError",
    "Result",
    "SchemaError",
    "StoreError",
    "Subscription",
    "ToolError",
    "connect",
    "sources",
]


def __getattr__(name: str) -> Any:
    if name == "sources":
        return import_module("omnimemory.sources")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'omnimemory' has no attribute {name!r}")
    value = getattr(import_module(f"omnimemory.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
