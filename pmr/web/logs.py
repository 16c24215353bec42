"""One JSON line a request: what was asked and how it went; never headers, bodies, tokens, signatures."""

from __future__ import annotations

import json
import logging
import secrets
import time

from flask import Flask, Response, g, request

_LOG = logging.getLogger("pmr.access")


def install(app: Flask) -> None:
    """Give every request an id, and write a line when it was answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began = time.monotonic()


def _end(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.request_id
    _LOG.info("%s", json.dumps(_line(answer)))
    return answer


def _line(answer: Response) -> dict[str, object]:
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request": g.request_id,
        "client": request.remote_addr,
        "method": request.method,
        "path": request.path,
        "status": answer.status_code,
        "bytes": answer.content_length,
        "ms": round((time.monotonic() - g.began) * 1000),
    }
