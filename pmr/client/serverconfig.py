"""The server names chain and contracts too; a client only compares them with what it knows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pmr.client.http import Http
from pmr.errors import ServerMismatch, ServerUnavailable
from pmr.types import Deployment

_NAMES = {
    "chain_id": "chainId",
    "registry": "registry",
    "key_directory": "keyDirectory",
    "forwarder": "forwarder",
}


def server_differences(http: Http, deployment: Deployment) -> dict[str, tuple[Any, Any]]:
    """Give what the server names otherwise than we do: name to (theirs, ours)."""
    theirs = http.json("GET", "/api/config")
    if not isinstance(theirs, dict):
        raise ServerUnavailable("Its /api/config is not what a PMR server answers.")
    ours = asdict(deployment)
    pairs = {name: (theirs.get(name), ours[field]) for field, name in _NAMES.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def check_server(http: Http, deployment: Deployment) -> None:
    """Raise `ServerMismatch` when the server works with another chain or other contracts."""
    for name, (theirs, ours) in server_differences(http, deployment).items():
        raise ServerMismatch(
            f"For {name} it says {theirs!r}, and this machine's deployment file says {ours!r}. "
            "Ask whoever runs the server for its deployment file, and check it with somebody you trust."
        )
