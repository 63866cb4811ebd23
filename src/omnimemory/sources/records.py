"""Records of our own form: JSON or JSON Lines of mappings with a ``type``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Record
from omnimemory.sources._reading import Item, Json, files, read_json
from omnimemory.sources._source import Given, Source, is_path, objects


def read(given: Given, *, kinds: Kinds | None = None) -> Iterator[Item]:
    """Yield records from JSON of their own form.

    Args:
        given: A ``.json`` or ``.jsonl`` file, a folder of them, or decoded objects.
        kinds: The kinds that records may be of; the built-in ones if left out.
    """
    known = kinds or Kinds()
    if not is_path(given):
        return _items(objects(given), known, "records")
    found = files(str(given), "*.json", "*.jsonl")
    return (item for file in found for item in _items(read_json(file), known, file.name))


def _items(payload: Json, kinds: Kinds, where: str) -> Iterator[Item]:
    many = cast("list[Json]", payload) if isinstance(payload, list) else [payload]
    for position, one in enumerate(many):
        found = kinds.read(one, where=f"{where}[{position}]")
        yield from (found,) if isinstance(found, Record) else found


def event(body: Json, *, kinds: Kinds | None = None) -> Iterator[Item]:
    """Yield the record, or the records, of one decoded body."""
    return _items(body, kinds or Kinds(), "body")


records = Source("records", read, event)
