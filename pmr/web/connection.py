"""One client's connection under gunicorn's threaded worker."""

from __future__ import annotations

import socket
from collections import Counter
from typing import Any

from gunicorn import util
from gunicorn.http import get_parser
from gunicorn.sock import ssl_wrap_socket
from gunicorn.workers.gthread import TConn

from pmr.web.proxies import neighbourhood
from pmr.web.timed import HEAD_SECONDS, SEND_SECONDS, SlowHead, TimedReader

Counts = Counter[str]


class Connection(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """A connection that reads against the clock, and is counted as long as it is open."""

    sock: Any

    def __init__(
        self, settings: Any, source: socket.socket, client: Any, server: Any, counts: Counts
    ) -> None:
        """Take what gunicorn gives, the client's address third, and count the client in `counts`."""
        super().__init__(settings, source, client, server)
        self.who = neighbourhood(client[0])
        self.reader: TimedReader | None = None
        self._counts: Counts | None = counts
        counts[self.who] += 1

    def init(self) -> None:
        """Be ready for a request: gunicorn calls this before each, after taking all time limits away."""
        if self.reader is None:
            self.sock.settimeout(HEAD_SECONDS)
            self.reader = self._open()
        self.sock.settimeout(SEND_SECONDS)
        self.reader.begin()

    def _open(self) -> TimedReader:
        self.initialized = True
        if self.cfg.is_ssl:
            self._begin_tls()
        self.parser = get_parser(self.cfg, self.sock, self.client)
        self.parser.unreader = reader = TimedReader(self.sock)
        return reader

    def _begin_tls(self) -> None:
        self.sock = ssl_wrap_socket(self.sock, self.cfg)
        try:
            self.sock.do_handshake()
        except TimeoutError:
            raise SlowHead from None

    def linger(self) -> None:
        """Close so that the last answer arrives; takes up to two seconds."""
        util.close_graceful(self.sock)

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002 - gunicorn's own signature
        """Close at once: this runs in the thread that serves everybody."""
        util.close(self.sock)
        counts, self._counts = self._counts, None
        if counts is not None:
            counts[self.who] -= 1
            if not counts[self.who]:
                del counts[self.who]
