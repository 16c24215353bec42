"""One JSON line for every request and for every thing that happens; none can hold a secret.

A line is made of fields that are named here: never headers, bodies, queries, tokens or signatures. Of an
error it tells the kinds and the places in the code, not the words: these may quote what was being worked on.
Words of other people's libraries are left out for the same reason. JSON's escapes keep a line one line.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import TracebackType

from flask import Flask, Response, g, has_request_context, request

MAX_PATH = 200
"""Characters of a request's path that are written; ours are shorter."""
MAX_FRAMES = 20
_LOG = logging.getLogger("pmr.access")


class JsonLines(logging.Formatter):
    """Turns a log record into one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give time, level, logger and request; then the record's `fields`, or its words, and its error."""
        line = {"time": _time(record.created), "level": record.levelname.lower(), "logger": record.name}
        fields = getattr(record, "fields", None)
        return json.dumps(line | _request() | (_words(record) if fields is None else fields) | _error(record))


def log_to(handler: logging.Handler) -> None:
    """Write all that is logged in this process to `handler`, as lines of JSON."""
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers = [handler]
    logging.getLogger("pmr").setLevel(logging.INFO)


def install(app: Flask) -> None:
    """Give every request an id, and write a line when it was answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    # Only a trusted proxy's id comes as far as this: pmr.web.proxies drops the others.
    g.request_id = request.headers.get("X-Request-ID") or secrets.token_hex(8)
    g.began = time.monotonic()


def _end(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.request_id
    _LOG.info("request", extra={"fields": _answered(answer)})
    return answer


def _answered(answer: Response) -> dict[str, object]:
    return {
        "client": request.remote_addr,
        "method": request.method,
        "path": request.path[:MAX_PATH],
        "status": answer.status_code,
        "bytes": answer.content_length,
        "ms": round((time.monotonic() - g.began) * 1000),
    }


def _request() -> dict[str, object]:
    return {"request": g.request_id} if has_request_context() and "request_id" in g else {}


def _words(record: logging.LogRecord) -> dict[str, object]:
    ours = record.name.startswith("pmr.") or record.name == "pmr"
    # With arguments, `msg` is a constant of the library; without, it may have been put together.
    return {"message": record.getMessage() if ours else str(record.msg) if record.args else ""}


def _error(record: logging.LogRecord) -> dict[str, object]:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    return {"errors": [type(each).__name__ for each in _causes(error)], "at": _places(error.__traceback__)}


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(MAX_FRAMES):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__


def _places(trace: TracebackType | None) -> list[str]:
    return [_place(frame) for frame in traceback.extract_tb(trace, limit=-MAX_FRAMES)]


def _place(frame: traceback.FrameSummary) -> str:
    return f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
