"""The engine on a server: any that speaks the SPARQL 1.1 protocol over HTTP."""

from __future__ import annotations

import time
from base64 import b64encode
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from omnimemory.errors import InputError, StoreError
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store._rdf_engine import Engine, Question, Row, Update
from omnimemory.store._rdf_request import forgetting, lines, read_results, request, union
from omnimemory.store._rdf_terms import Iri, Triple

_UPDATE: Final = "application/sparql-update"
_RESULTS: Final = "application/sparql-results+json"
_BUSY: Final = frozenset({429, 502, 503, 504})
_REFUSED: Final = frozenset({401, 403})
_NOT_FOUND: Final = frozenset({404, 405, 410, 415, 501})
_SHOWN: Final = 300


class _NoAnswerError(Exception):
    """A server did not answer, so that nobody knows what it did."""


class _NoPlaceError(StoreError):
    """A server has nothing at a path, or takes no such request there."""


class HttpEngine(Engine):
    """A dataset of a SPARQL server that many processes may use at once.

    The server must apply a whole update request or nothing of it, and show each request
    one state; Apache Jena Fuseki does.

    Args:
        url: The dataset, such as ``http://127.0.0.1:3030/ds``.
        query: Path of the endpoint for queries; ``query`` below the dataset if left out.
        update: Path of the endpoint for updates; ``update`` below the dataset if left out.
        data: Path of the graph store, through which large commits are written in less time;
            ``data`` below the dataset if left out. A server need not have one.
        auth: User and password.
        timeout: Seconds to wait for an answer.
        retry_seconds: How long reads are asked again, and the outcome of an update is looked
            for, while the server cannot be reached.

    Raises:
        InputError: The URL names no host.
    """

    is_alone = False

    def __init__(
        self,
        url: str,
        *,
        query: str | None = None,
        update: str | None = None,
        data: str | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float = 60.0,
        retry_seconds: float = 15.0,
    ) -> None:
        parts = urlsplit(url)
        try:
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError as error:
            raise InputError(f"{url!r} has no port that can be used: {error}") from error
        if not self._host or parts.query or parts.fragment:
            raise InputError(f"{url!r} is no address of a dataset; write http://host:port/dataset")
        self.name = url
        self._secure = parts.scheme == "https"
        dataset = parts.path.rstrip("/")
        self._query = query or f"{dataset}/query"
        self._update = update or f"{dataset}/update"
        self._data = data or f"{dataset}/data"
        self._timeout = timeout
        self._retry_seconds = retry_seconds
        self._headers: dict[str, str] = {}
        if auth is not None:
            secret = b64encode(":".join(auth).encode()).decode()
            self._headers["Authorization"] = f"Basic {secret}"
        self._idle: deque[HTTPConnection] = deque()

    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        text = self._patiently(self._query, union(questions))
        try:
            return read_results(text, questions)
        except (msgspec.MsgspecError, LookupError, ValueError) as error:
            raise StoreError(
                f"{self.name} does not answer as a SPARQL server; check its path ({error})"
            ) from error

    def update(self, update: Update) -> bool:
        self.check_open()
        (token,) = (one.value for one in update.insert if one.name in {"token", "schema"})
        staged = False
        try:
            staged = update.is_large and self._stage(update)
            self._post(self._update, request(update, staged=staged), _UPDATE)
            if not isinstance(token, str):
                return True
            if self.rows(sparql.LANDED, graph=update.graph, ids=[token]):
                return True
        except _NoAnswerError:
            return False
        if staged and update.mark:
            mark = update.mark
            self.forget(update.graph, mark.subject, [mark.subject, *_subjects(update.ahead)])
        return False

    def _stage(self, update: Update) -> bool:
        """Write what may come ahead to the graph store; return whether there is one."""
        if not self._data or update.mark is None:
            return False
        place = f"{self._data}?{urlencode({'graph': update.graph})}"
        try:
            self._post(place, lines([update.mark, *update.ahead]), "application/n-triples")
        except _NoPlaceError:
            self._data = ""
            return False
        return True

    def forget(self, graph: Iri, mark: Iri, subjects: Sequence[Iri]) -> None:
        try:
            self._post(self._update, forgetting(graph, mark, subjects), _UPDATE)
        except _NoAnswerError as error:
            raise StoreError(
                f"{self.name} cannot be reached; is the server running there? ({error})"
            ) from error

    def close(self) -> None:
        self._closed = True
        self._forget_idle()

    def _patiently(self, path: str, text: str) -> bytes:
        """Return the answer to a query, asked again while there is none."""
        deadline = time.monotonic() + self._retry_seconds
        pause = 0.0
        while True:
            try:
                return self._post(path, text, "application/sparql-query")
            except _NoAnswerError as error:
                if time.monotonic() + pause > deadline:
                    raise StoreError(
                        f"{self.name} cannot be reached; is the server running there? ({error})"
                    ) from error
            time.sleep(pause)
            pause = min(pause * 2 or 0.05, 1.0)

    def _post(self, path: str, text: str | bytes, content: str) -> bytes:
        headers = {**self._headers, "Content-Type": f"{content}; charset=utf-8"}
        with self._connection() as connection:
            body = text.encode() if isinstance(text, str) else text
            connection.request("POST", path, body, {**headers, "Accept": _RESULTS})
            response = connection.getresponse()
            answer = response.read()
        self._check(response, answer)
        return answer

    def _check(self, response: HTTPResponse, answer: bytes) -> None:
        status = response.status
        said = answer.decode(errors="replace").strip()[:_SHOWN]
        if status in _BUSY:
            raise _NoAnswerError(f"{status} {said}")
        if status in _REFUSED:
            raise StoreError(f"{self.name} refuses the user; check auth=(user, password)")
        if status in _NOT_FOUND:
            raise _NoPlaceError(
                f"{self.name} is no dataset that takes queries and updates; "
                f"check its path ({status})"
            )
        if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls a success
            raise StoreError(f"{self.name}: {status} {said}")

    @contextmanager
    def _connection(self) -> Generator[HTTPConnection]:
        """Give a connection that is kept for others, unless it fails."""
        try:
            connection = self._idle.pop()
        except IndexError:
            kind = HTTPSConnection if self._secure else HTTPConnection
            connection = kind(self._host, self._port, timeout=self._timeout)
        try:
            yield connection
        except (OSError, HTTPException) as error:
            connection.close()
            self._forget_idle()
            raise _NoAnswerError(f"{type(error).__name__}: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        if self._closed:
            self._forget_idle()

    def _forget_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _subjects(triples: Sequence[Triple]) -> list[Iri]:
    return list(dict.fromkeys(triple.subject for triple in triples))
