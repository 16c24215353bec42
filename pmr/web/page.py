"""The page: static files of the built frontend."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

blueprint = Blueprint("page", __name__)
FOLDER = Path(__file__).parent / "static"


@blueprint.get("/")
def index() -> Response:
    """The page itself."""
    return send_from_directory(FOLDER, "index.html")


@blueprint.get("/icon.svg")
def icon() -> Response:
    """The picture on the browser's tab."""
    return send_from_directory(FOLDER, "icon.svg")


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A style sheet, a script, a font."""
    return send_from_directory(FOLDER / "assets", name)
