"""For those who watch the server."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from pmr.server.readiness import TOLD_ONLY
from pmr.web.state import services

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say whether the server can do its work, and what stands in the way."""
    checks = services().readiness.check()
    well = all(answer == "ok" for name, answer in checks.items() if name not in TOLD_ONLY)
    return jsonify(status="ready" if well else "not ready", checks=checks), 200 if well else 503
