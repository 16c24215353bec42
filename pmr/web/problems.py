"""Every error as a problem document (RFC 9457, https://www.rfc-editor.org/rfc/rfc9457)."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from pmr.errors import PmrError

_LOG = logging.getLogger("pmr.web")
_TYPE = "urn:pmr:problem:"


def install(app: Flask) -> None:
    """Answer every error of `app` with a problem document."""
    app.register_error_handler(PmrError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def problem(error: PmrError) -> Response:
    """The problem document of an error.

    The detail of a fault of the server's own (5xx) stays out: it can name folders and endpoints.
    """
    detail = error.detail if error.status < 500 else ""
    return _document(_TYPE + error.slug(), error.sentence, error.status, detail)


def _known(error: PmrError) -> Response:
    if error.status >= 500:
        _LOG.error("%s: %s", error.slug(), error.detail)
    return problem(error)


def _http(error: HTTPException) -> Response:
    answer = _document("about:blank", f"{error.name}.", error.code or 500, "")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _unknown(error: Exception) -> Response:
    _LOG.error("A request failed in a way that nobody foresaw.", exc_info=error)
    return _document(_TYPE + PmrError.slug(), PmrError.sentence, PmrError.status, "")


def _document(kind: str, title: str, status: int, detail: str) -> Response:
    fields = {"type": kind, "title": title, "status": status, "detail": detail}
    return Response(json.dumps(fields), status, content_type="application/problem+json")
