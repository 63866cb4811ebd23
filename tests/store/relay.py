"""A line to a server that can be cut and stalled."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Self


class Relay:
    """Passes bytes between clients and a server of this machine, until it is told otherwise.

    Args:
        port: Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = Event()
        self._open.set()
        self._lock = Lock()
        self._left: int | None = None
        self._counts_answers = False
        self._lines: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def cut_after(self, pieces: int, *, answers: bool = False) -> None:
        """Cut every line once the clients, or the server, have sent so many more pieces."""
        with self._lock:
            self._left = pieces
            self._counts_answers = answers

    @property
    def is_cut(self) -> bool:
        """Whether a cut that was asked for has happened."""
        with self._lock:
            return self._left is None

    def stall(self) -> None:
        """Keep the lines open and pass nothing on."""
        self._open.clear()

    def resume(self) -> None:
        """Pass on what waits, and all that comes."""
        self._open.set()

    def close(self) -> None:
        """Cut every line and take no more."""
        self._listener.close()
        self._cut()
        self._open.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._lines += [client, server]
                Thread(target=self._pass, args=(client, server, False), daemon=True).start()
                Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                self._open.wait()
                if answers == self._counts_answers and self._is_last():
                    self._cut()
                    return
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _is_last(self) -> bool:
        with self._lock:
            if self._left is None:
                return False
            if self._left:
                self._left -= 1
                return False
            self._left = None
            return True

    def _cut(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
