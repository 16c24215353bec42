"""The API, described for programs (OpenAPI 3.1)."""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, request

blueprint = Blueprint("description", __name__, url_prefix="/api/openapi.json")


@blueprint.get("")
def show() -> Response:
    """Give the description of this server's API."""
    text = files("pmr.web").joinpath("openapi.json").read_bytes()
    answer = Response(text, content_type="application/json")
    answer.add_etag()
    answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer
