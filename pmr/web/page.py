"""The page: static files of the built frontend."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

blueprint = Blueprint("page", __name__)
_PACKAGED = Path(__file__).parent / "static"
_SOURCE = Path(__file__).parents[2] / "frontend"


@blueprint.get("/")
def index() -> Response:
    """The page itself."""
    return send_from_directory(_folder(), "index.html")


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A style sheet, a script."""
    return send_from_directory(_folder() / "assets", name)


def _folder() -> Path:
    """The files in the wheel; in a checkout, those of `frontend`."""
    return _PACKAGED if _PACKAGED.is_dir() else _SOURCE
