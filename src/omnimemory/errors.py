"""Every exception omnimemory raises on purpose.

OmniMemoryError
├── InputError            (also ValueError) the caller passed something that cannot be used
│   ├── RecordError       one record cannot be used; ``path`` leads to the field
│   └── ToolError         an agent's call of a tool cannot be used; the message says what to try
├── NotFoundError         (also LookupError) nothing has the id or key that the caller named
├── AmbiguousError        (also LookupError) several have the key that the caller named
├── StoreError            a backend failed; the driver's error is ``__cause__``
│   ├── ConflictError     another writer came first: read again, plan again
│   ├── SchemaError       the database is another program's, or of a newer omnimemory
│   └── ClosedError       the store was closed before this call
├── EmbedderError         an embedder failed, or gave back what is no vector of each text
├── RerankerError         a reranker failed, or gave back what is no number for each text
├── ExtractorError        an extractor failed, or gave back what are no statements
└── MissingExtraError     (also ImportError) an optional dependency is not installed
"""

from __future__ import annotations

from collections.abc import Collection, Sequence


class OmniMemoryError(Exception):
    """Base class of all errors that this library raises on purpose."""


class InputError(OmniMemoryError, ValueError):
    """A value that the caller passed cannot be used; the message says what is wanted."""


class RecordError(InputError):
    """One record cannot be used; the others are not affected.

    Attributes:
        source: Name of the source, such as ``zendesk``.
        where: The record among its fellows: a file and line, an id, a position.
        path: Field names and positions that lead to the value, outermost first.
        problem: What is wrong with it, in one sentence.
    """

    def __init__(
        self, problem: str, *, source: str, where: str, path: Sequence[str | int] = ()
    ) -> None:
        self.source = source
        self.where = where
        self.path = tuple(path)
        self.problem = problem
        at = ".".join(map(str, self.path))
        super().__init__(f"{source} {where}{f' at {at}' if at else ''}: {problem}")


class ToolError(InputError):
    """An agent's call of a tool cannot be used; the message says what to try next.

    Attributes:
        tool: The tool's name.
    """

    def __init__(self, problem: str, *, tool: str) -> None:
        self.tool = tool
        super().__init__(problem)


class NotFoundError(OmniMemoryError, LookupError):
    """Nothing in this tenant has the id or key that the caller named.

    Attributes:
        wanted: What was looked for.
        nearest: Keys that exist and look alike, best first.
    """

    def __init__(self, what: str, wanted: str, nearest: Sequence[str] = ()) -> None:
        self.wanted = wanted
        self.nearest = tuple(nearest)
        hint = f"; nearest: {', '.join(map(repr, self.nearest))}" if self.nearest else ""
        super().__init__(f"no {what} with key {wanted!r}{hint}")


class AmbiguousError(OmniMemoryError, LookupError):
    """Several in this tenant share the key that the caller named; name one by its id.

    Attributes:
        wanted: What was looked for.
        choices: The ids of those who share it.
    """

    def __init__(self, what: str, wanted: str, choices: Sequence[str]) -> None:
        self.wanted = wanted
        self.choices = tuple(choices)
        few = ", ".join(self.choices[:5])
        super().__init__(
            f"{len(self.choices)} {what}s share the key {wanted!r}; name one by its id: {few}"
        )


class StoreError(OmniMemoryError):
    """A storage backend could not do what was asked; the driver's error is the cause."""


class ConflictError(StoreError):
    """Another writer recorded something about the same ids or keys since the plan was made.

    Attributes:
        base: Revision that the plan was made from.
        touched: Some of the ids or keys that have moved on.
    """

    def __init__(self, *, base: int, touched: Collection[str]) -> None:
        self.base = base
        self.touched = tuple(sorted(touched)[:5])
        super().__init__(
            f"{', '.join(self.touched)} changed after revision {base}; read again and plan again"
        )


class SchemaError(StoreError):
    """The database belongs to another program, or to a newer version of omnimemory."""


class ClosedError(StoreError):
    """The store was closed before this call; open a new one with `omnimemory.connect`."""


class EmbedderError(OmniMemoryError):
    """An embedder failed or gave back what cannot be used; its error is the cause."""


class RerankerError(OmniMemoryError):
    """A reranker failed or gave back what cannot be used; its error is the cause."""


class ExtractorError(OmniMemoryError):
    """An extractor failed or gave back what cannot be used; its error is the cause."""


class MissingExtraError(OmniMemoryError, ImportError):
    """An optional dependency is not installed; the message names the install command."""

    def __init__(self, package: str, *, extra: str = "", command: str = "") -> None:
        self.extra = extra
        install = command or f"pip install 'omnimemory-graph[{extra}]'"
        super().__init__(f"{package} is not installed; run: {install}")
