"""Pictured: how a value comes to its picture, by name and only when somebody looks.

What a value looks like is decided in `omnimemory.show`, which knows the values; they do not
know it. So importing a value imports no picture, and a notebook that shows one does.
"""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import Any

from omnimemory.errors import OmniMemoryError


class Pictured:
    """A value that notebooks, terminals and rich show as more than its repr."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Set the text form beside a class's own ``__repr__``, which IPython would prefer."""
        super().__init_subclass__(**options)
        cls._repr_pretty_ = Pictured._repr_pretty_

    def _repr_html_(self) -> str:
        """Return the picture as static HTML: no script, everything escaped."""
        try:
            return _show().html(self)
        except OmniMemoryError as error:
            return f"<pre>{escape(f'{self!r}: {error}')}</pre>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's protocol
        """Write the picture as text, as IPython does in a terminal."""
        try:
            printer.text(repr(self) if cycle else _show().text(self))
        except OmniMemoryError as error:
            printer.text(f"{self!r}: {error}")

    def __rich__(self) -> Any:
        """Return the picture as something that rich can print."""
        return _show().rich(self)


def _show() -> Any:
    return import_module("omnimemory.show")
