"""What a source is to its user: a callable that reads exports, and `event` for one webhook body."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Concatenate, Final, Generic, ParamSpec, TypeAlias, cast

from omnimemory.errors import InputError
from omnimemory.sources._frames import Frame
from omnimemory.sources._reading import Item, Json

Given: TypeAlias = str | Path | Mapping[str, Json] | Iterable[Json] | Frame
"""What a source reads: a file, a folder, or objects that were decoded already; tables, too,
data frames."""

Body: TypeAlias = str | bytes | bytearray | Mapping[str, Json]
"""A webhook's body as it arrived, or decoded."""

P = ParamSpec("P")


class Source(Generic[P]):
    """A system's own format → records: called with an export, or through `event` with a webhook.

    Both take the source's options. What comes back is lazy; a bad payload is a `RecordError`
    among the records, a path that leads nowhere is an `InputError` at the call.

    Args:
        name: What records call the source unless an option says otherwise.
        read: Yields what an export holds. It checks the path before it yields.
        event: Yields what one decoded webhook body says; None where there are no webhooks.
    """

    def __init__(
        self,
        name: str,
        read: Callable[Concatenate[Given, P], Iterable[Item]],
        event: Callable[Concatenate[Json, P], Iterable[Item]] | None = None,
    ) -> None:
        self.name: Final = name
        self.__doc__ = read.__doc__
        self._read = read
        self._event = event

    def __call__(self, given: Given, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Item]:
        """Return the records of an export, and an error for each payload that has none.

        Args:
            given: A file or a folder, or decoded objects.
            *args: Options of the source.
            **kwargs: Options of the source.

        Raises:
            InputError: Nothing that the source reads is there.
        """
        return iter(self._read(given, *args, **kwargs))

    def event(self, body: Body, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Item]:
        """Return the records of one webhook body.

        Args:
            body: A JSON text, or the decoded object.
            *args: Options of the source.
            **kwargs: Options of the source.

        Raises:
            InputError: The body is not JSON, or the system has no webhooks.
        """
        if self._event is None:
            raise InputError(f"{self.name} has no webhooks; call sources.{self.name}(path)")
        return iter(self._event(decode(body, what=f"{self.name} webhook body"), *args, **kwargs))

    def __repr__(self) -> str:
        return f"<source {self.name}>"


def decode(body: Body, *, what: str) -> Json:
    """Return a body as decoded JSON.

    Raises:
        InputError: It is empty, not JSON, or nested too deep.
    """
    if not isinstance(body, str | bytes | bytearray):
        return body
    text = body if isinstance(body, str) else body.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InputError(f"the {what} is empty")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"the {what} is not JSON: {error.msg} at {place}") from error
    except RecursionError as error:
        raise InputError(f"the {what} is nested too deep") from error


def is_path(given: Given) -> bool:
    """Return whether what was given is a place on disk and not objects."""
    return isinstance(given, str | Path)


def objects(given: Given) -> list[Json]:
    """Return decoded objects as a list; a single one is a list of one.

    Raises:
        InputError: It is neither an object nor many.
    """
    if isinstance(given, Mapping):
        return [cast("Json", given)]
    if isinstance(given, str | bytes | Path) or not isinstance(given, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"expected a path or decoded objects, found {type(given).__name__}")
    return list(given)
