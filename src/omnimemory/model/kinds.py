"""The kinds of nodes that a memory knows: the built-in ones, and those a team registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from pydantic import ValidationError

from omnimemory.errors import InputError, RecordError
from omnimemory.model.ids import KIND_NAME, check_name
from omnimemory.model.records import BUILT_IN, Record
from omnimemory.model.relations import Relations


class Kinds:
    """Record types by their ``type``, and what each node kind's properties mean."""

    def __init__(self) -> None:
        self.relations = Relations()
        self.text_fields: dict[str, Sequence[str]] = {}
        self.title_fields: dict[str, str] = {}
        self.custom: dict[str, type[Record]] = {}
        self._by_type: dict[str, type[Record]] = {}
        for record in BUILT_IN:
            self._know(record)

    def register(self, record: type[Record]) -> None:
        """Let records of this type be ingested, searched and shown like any other.

        Args:
            record: A subclass of `Record` with a ``kind``, a ``type`` of its own, and in
                ``edges`` which edge kind points at which node kind.

        Raises:
            InputError: The kind is no ``PascalCase`` name, or is taken.
        """
        check_name(getattr(record, "kind", None), KIND_NAME, "node kind")
        tag = _tag(record)
        if self._by_type.get(tag, record) is not record or record.kind in _BUILT_IN_KINDS:
            raise InputError(f"the kind {record.kind!r} or the type {tag!r} is taken")
        for edge, target in record.edges.items():
            self.relations.allow(edge, source=record.kind, target=target)
        self.custom[record.kind] = record
        self._know(record)

    def anchors(self) -> Mapping[str, str]:
        """Return the edge kinds by which custom kinds hang on identities, by node kind."""
        return {
            kind: edge
            for kind, record in self.custom.items()
            for edge, target in record.edges.items()
            if target == "Identity"
        }

    def read(self, item: object, *, where: str) -> Record | list[RecordError]:
        """Return a record from what a caller passed, or why there is none.

        Args:
            item: A record, or a mapping with a ``type``.
            where: The item among its fellows, for the error.
        """
        if isinstance(item, Record):
            return item
        if not isinstance(item, Mapping):
            problem = f"expected a record or a mapping with a 'type', found {type(item).__name__}"
            return [RecordError(problem, source="input", where=where)]
        given = cast("Mapping[str, object]", item)
        source, tag = str(given.get("source", "input")), given.get("type")
        record = self._by_type.get(tag) if isinstance(tag, str) else None
        if record is None:
            known = ", ".join(sorted(self._by_type))
            problem = f"no record type {str(tag)[:80]!r}; known: {known}"
            return [RecordError(problem, source=source, where=where, path=("type",))]
        try:
            return record.model_validate(given)
        except RecursionError:
            return [RecordError("it is nested too deeply", source=source, where=where)]
        except ValidationError as error:
            return [
                RecordError(one["msg"], source=source, where=where, path=one["loc"])
                for one in error.errors(
                    include_url=False, include_context=False, include_input=False
                )
            ]

    def _know(self, record: type[Record]) -> None:
        self._by_type[_tag(record)] = record
        if record.text_fields:
            self.text_fields[record.kind] = record.text_fields
        if record.title_field:
            self.title_fields[record.kind] = record.title_field


def _tag(record: type[Record]) -> str:
    field: Any = record.model_fields.get("type")
    tags = get_args(field.annotation) if field is not None else ()
    if not tags:
        raise InputError(f"{record.__name__} needs a field: type: Literal['…'] = '…'")
    return str(tags[0])


_BUILT_IN_KINDS = frozenset(record.kind for record in BUILT_IN)
