"""Reading a request against the clock: only time spent waiting for the client counts."""

from __future__ import annotations

import socket
import time

from gunicorn.http.errors import ParseException
from gunicorn.http.unreader import SocketUnreader

HEAD_SECONDS = 15
"""For the request line and the headers together, and for a TLS handshake."""
STALL_SECONDS = 15
"""For the next bytes of a body, whatever was sent before."""
BODY_SECONDS = 20
BODY_RATE = 8 << 10
"""A body may take `BODY_SECONDS`, and a second more for each so many bytes: 8 MiB take at most 17 minutes."""
SEND_SECONDS = 120
"""For the client to take an answer, of at most 2 MiB."""


class SlowHead(ParseException):  # type: ignore[misc]  # gunicorn ships no types
    """The request's head did not arrive in time."""


class TimedReader(SocketUnreader):  # type: ignore[misc]  # as above
    """Gunicorn's reader of a socket, with an end to its patience."""

    def __init__(self, source: socket.socket) -> None:
        """Read from `source`; call `begin` before each request."""
        super().__init__(source)
        self.begin()

    def begin(self) -> None:
        """Expect the head of a request."""
        self._in_body, self._waited, self._received = False, 0.0, 0

    def begin_body(self) -> None:
        """Expect the body of a request."""
        self._in_body, self._waited, self._received = True, 0.0, 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Give the next bytes; raise `SlowHead`, or `TimeoutError` in a body."""
        began, patience = time.monotonic(), self._patience()
        try:
            if patience <= 0:
                raise TimeoutError
            self.sock.settimeout(patience)
            data = bytes(super().chunk(size_hint))
        except TimeoutError:
            if self._in_body:
                raise
            raise SlowHead from None
        finally:
            self.sock.settimeout(SEND_SECONDS)
        self._waited += time.monotonic() - began
        self._received += len(data)
        return data

    def _patience(self) -> float:
        if not self._in_body:
            return HEAD_SECONDS - self._waited
        left = BODY_SECONDS + self._received / BODY_RATE - self._waited
        # Gunicorn sets a time limit of its own while it throws away the rest of a body.
        return min(left, STALL_SECONDS, self.sock.gettimeout() or STALL_SECONDS)
