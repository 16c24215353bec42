"""What is answered to bytes that are no HTTP request: the application never hears of them."""

from __future__ import annotations

import json
import ssl
from http import HTTPStatus

from gunicorn.http import errors

from pmr.web.security import security_headers
from pmr.web.timed import SlowHead

_STATUS: dict[type[Exception], HTTPStatus] = {
    SlowHead: HTTPStatus.REQUEST_TIMEOUT,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


def refusal_status(error: Exception) -> HTTPStatus:
    """The status for what gunicorn raised: 500 for what is not the client's fault."""
    client = isinstance(error, errors.ParseException | ssl.SSLError)
    return _STATUS.get(type(error), HTTPStatus.BAD_REQUEST if client else HTTPStatus.INTERNAL_SERVER_ERROR)


def refusal(status: HTTPStatus) -> bytes:
    """The whole answer: a problem document, with the headers of every answer; the connection ends."""
    fields = {"type": "about:blank", "title": f"{status.phrase}.", "status": status.value, "detail": ""}
    body = json.dumps(fields).encode()
    headers = security_headers() | {
        "Cache-Control": "no-store",
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": "application/problem+json",
    }
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
