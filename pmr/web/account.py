"""What an account takes of the room here."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from pmr.web.state import services, session

blueprint = Blueprint("account", __name__, url_prefix="/api/account")


@blueprint.get("")
def show() -> Response:
    """Say how much the account keeps and how much it may."""
    address = session().address
    usage = services().quota.usage(address)
    return jsonify(address=address, used=usage.used, quota=usage.allowed)
