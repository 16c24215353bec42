"""A TCP proxy that keeps every byte that a client sends through it."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from leaks.scanner import Piece

_PIECE = 1 << 16


class Recorder:
    """Listens on a free port of this machine and hands on to another. Use it in `with`."""

    def __init__(self, place: str, port: int) -> None:
        """Hand on to `port`; `place` names what was recorded."""
        self.port = port
        self._place = place
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._recorded: list[bytearray] = []
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def pieces(self) -> list[Piece]:
        """Give what was sent until now, a piece a connection."""
        return [Piece(f"{self._place} {n}", bytes(data)) for n, data in enumerate(self._recorded)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone does not wake who waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._open:
            _end(connection)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            for connection in (client, server):
                # Without it, the two halves of a request wait for each other's acknowledgement.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            recorded = bytearray()
            self._recorded.append(recorded)
            self._open += [client, server]
            for given in ((client, server, recorded), (server, client, bytearray())):
                threading.Thread(target=_hand_on, args=given, daemon=True).start()


def _hand_on(source: socket.socket, target: socket.socket, recorded: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_PIECE):
            recorded += data  # before it is handed on: an answer means that the question is recorded
            target.sendall(data)
    _end(target)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
