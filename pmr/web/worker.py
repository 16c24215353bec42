"""Gunicorn's threaded worker, made so that slow clients end and take nothing from others.

Gunicorn 27 gives a thread to a client from its first byte, waits without an end, and closes connections in
the one thread that accepts new ones. Here a connection waits for its first byte without a thread; each read
and write has an end; and one client gets a part of the threads and of the connections alone.
"""

from __future__ import annotations

import logging
import selectors
import socket
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from pmr.web.connection import Connection, Counts
from pmr.web.proxies import Network, is_proxy
from pmr.web.refusals import refusal, refusal_status

THREADS = 64
SHARE = 16
"""Requests of one client that are worked on at once; further ones wait for them."""
CONNECTIONS = 800
"""Open at once; fewer than the 1,024 files that a process may open unless told otherwise."""
CONNECTIONS_EACH = 128
"""Of one client; further ones are closed."""
_LOG = logging.getLogger("pmr.access")


class Worker(ThreadWorker):  # type: ignore[misc]  # as above
    """Shares threads and connections among clients. Its counts belong to the thread of `run`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what gunicorn gives; the application knows the proxies that are not one client."""
        super().__init__(*args, **kwargs)
        self._proxies: Sequence[Network] = self.app.proxies
        self._connected: Counts = Counter()
        self._busy: Counts = Counter()
        self._waiting: defaultdict[str, deque[Connection]] = defaultdict(deque)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and wait for its first byte without a thread."""
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        connection = Connection(self.cfg, accepted, client, listener.getsockname(), self._connected)
        if not self._has_room(connection):
            connection.close()
            return
        self.nr_conns += 1
        connection.set_timeout()
        self.pending_conns.append(connection)
        readable = partial(self.on_pending_socket_readable, connection)
        self.poller.register(accepted, selectors.EVENT_READ, readable)

    def enqueue_req(self, conn: Connection) -> None:
        """Give a connection a thread, or let it wait until its client's others are done."""
        if self._busy[conn.who] >= SHARE and not self._is_proxy(conn):
            self._waiting[conn.who].append(conn)
            return
        self._busy[conn.who] += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Take the thread back, for whoever of the same client waits."""
        self._busy -= Counter([conn.who])
        waiting = self._waiting.get(conn.who)
        if waiting:
            self.enqueue_req(waiting.popleft())
        else:
            self._waiting.pop(conn.who, None)
        super().finish_request(conn, fs)

    def handle(self, conn: Connection) -> Any:
        """Answer a request, in a thread, and say goodbye in it."""
        kept = super().handle(conn)
        if kept is False:
            conn.linger()
        return kept

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Have the application answer; end the connection of a client that does not take the answer."""
        if conn.reader is not None:
            conn.reader.begin_body()
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            return False

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        """Answer what is no request. Neither log nor answer repeats it: there may be a token in it."""
        status = refusal_status(exc)
        fields = {"client": addr[0], "status": status.value, "error": type(exc).__name__}
        unforeseen = status is HTTPStatus.INTERNAL_SERVER_ERROR
        _LOG.log(*_level(unforeseen), extra={"fields": fields}, exc_info=exc if unforeseen else None)
        with suppress(OSError):
            client.sendall(refusal(status))

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)

    def _has_room(self, connection: Connection) -> bool:
        return self._connected[connection.who] <= CONNECTIONS_EACH or self._is_proxy(connection)

    def _is_proxy(self, connection: Connection) -> bool:
        return is_proxy(connection.client[0], self._proxies)


def _level(unforeseen: bool) -> tuple[int, str]:
    return (logging.ERROR, "failed") if unforeseen else (logging.INFO, "refused")
