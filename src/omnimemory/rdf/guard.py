"""Which queries may run: read-only ones that stay in this graph, told by parsing them.

Two readers must agree before the engine sees a query: rdflib's parser, whose tree is
walked, and a reader of tokens by the grammar of SPARQL 1.1, which leaves out strings,
IRIs, comments and names. What the two could read differently (escaped code points,
carriage returns) is refused or made plain first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from omnimemory.errors import InputError, MissingExtraError

MAX_LENGTH: Final = 8_000
"""Longest query, in characters; the parser takes seconds for more."""

_MAX_DEPTH: Final = 40
_MAX_STEPS: Final = 60
"""Most steps of property paths; the engine's time grows fast with the length of one."""
_LONGEST_PROBLEM: Final = 120
_ESCAPED: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_TOKEN: Final = re.compile(
    r"""
    (?P<skip> <[^<>"{}|^`\\\x00-\x20]*>              # IRI
      | \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
      | \#[^\n]*                                     # comment
      | [?$]\w+ | @[A-Za-z]+(?:-[A-Za-z0-9]+)*       # variable, language
      | (?:\w[\w.-]*)?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)* )  # prefixed name
    | (?P<word> [A-Za-z]+\w* ) | (?P<open> [({\[] ) | (?P<close> [)}\]] )
    | (?P<step> [/|^*+!] ) | .
    """,
    re.VERBOSE | re.DOTALL,
)
_REFUSED: Final[Mapping[str, str]] = {
    "service": "SERVICE asks another server; a query here reads this memory only",
    "from": "FROM names another data set; a query here reads this memory only",
    **dict.fromkeys(
        ("load", "insert", "delete", "drop", "clear", "create", "copy", "move", "add"),
        "this is an update; a query here only reads (SELECT, ASK, CONSTRUCT, DESCRIBE)",
    ),
}
_NODES: Final[Mapping[str, str]] = {"ServiceGraphPattern": "service", "DatasetClause": "from"}


def checked(query: str) -> str:
    """Return a query that may run, its line ends made plain.

    Raises:
        InputError: It asks for more than reading this graph, or cannot be read; the
            message says what or where.
        MissingExtraError: rdflib is not installed.
    """
    if len(query) > MAX_LENGTH:
        raise InputError(f"the query has {len(query):,} characters; {MAX_LENGTH:,} is the most")
    if _ESCAPED.search(query):
        raise InputError("the query has an escaped code point; write the character itself")
    plain = query.replace("\r\n", "\n").replace("\r", "\n")
    _check_words(plain)
    _check_tree(plain)
    return plain


def _check_words(query: str) -> None:
    depth = steps = 0
    for token in _TOKEN.finditer(query):
        word = (token["word"] or "").lower()
        if word in _REFUSED:
            raise InputError(f"{_place(query, token.start())}: {_REFUSED[word]}")
        steps += bool(token["step"])
        if steps > _MAX_STEPS:
            raise InputError(f"{_place(query, token.start())}: more than {_MAX_STEPS} path steps")
        depth += bool(token["open"]) - bool(token["close"])
        if depth > _MAX_DEPTH:
            raise InputError(
                f"{_place(query, token.start())}: brackets are nested more than {_MAX_DEPTH} deep"
            )


def _check_tree(query: str) -> None:
    for name in _names(_parse(query)):
        if name in _NODES:
            raise InputError(_REFUSED[_NODES[name]])


def _parse(query: str) -> Any:
    try:
        from pyparsing import ParseBaseException  # noqa: PLC0415 - an extra
        from rdflib.plugins.sparql.parser import parseQuery  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("rdflib", extra="rdf") from error
    try:
        return cast("Any", parseQuery)(query)
    except RecursionError:
        raise InputError("the query is nested too deep") from None
    except ParseBaseException as error:
        _check_syntax(query)
        raise InputError(
            f"line {error.lineno}, column {error.column}: cannot be read as SPARQL 1.1"
        ) from error
    except Exception as error:
        _check_syntax(query)
        raise InputError(f"cannot be read as SPARQL 1.1: {error}") from error


def _check_syntax(query: str) -> None:
    """Raise what the engine says of a query that does not parse; it says best where."""
    import pyoxigraph  # noqa: PLC0415 - an extra

    from omnimemory.rdf.names import PREFIXES  # noqa: PLC0415

    try:
        pyoxigraph.Store().query(query, prefixes=PREFIXES)
    except SyntaxError as error:
        raise InputError(syntax_problem(error)) from error


def syntax_problem(error: SyntaxError) -> str:
    """Return what is wrong with a query, and where."""
    found = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if found is None:
        return f"the query is no SPARQL: {error}"
    line, column, problem = found.groups()
    if len(problem) > _LONGEST_PROBLEM:
        problem = "this does not belong here, or something is missing before it"
    return f"line {line}, column {column}: {problem}"


def _names(tree: Any) -> Iterator[str]:
    """Yield the name of every part of a parsed query."""
    todo = [tree]
    while todo:
        one = todo.pop()
        name = getattr(one, "name", None)
        if isinstance(name, str):
            yield name
        if isinstance(one, Mapping):
            todo.extend(cast("Mapping[Any, Any]", one).values())
        elif not isinstance(one, str) and hasattr(one, "__iter__"):
            todo.extend(one)


def _place(query: str, at: int) -> str:
    line = query.count("\n", 0, at) + 1
    return f"line {line}, column {at - query.rfind(chr(10), 0, at)}"
