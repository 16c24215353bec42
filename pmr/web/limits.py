"""How often one client may ask. Counted in memory: the server is one process with threads."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter

from pmr.web import health, session

REQUESTS = "12000/minute"
"""Room for blocks at 100 MB/s in each direction."""
SIGN_INS = "600/minute"
PROBES = "600/minute"
"""`/readyz` asks the chain and writes to the store, for whoever comes."""


def install(app: Flask) -> None:
    """Limit requests by client address."""
    limiter = Limiter(_client, app=app, default_limits=[REQUESTS], storage_uri="memory://")
    limiter.limit(SIGN_INS)(session.blueprint)
    limiter.limit(PROBES)(health.blueprint)


def _client() -> str:
    return request.remote_addr or "unknown"
