"""How often somebody may ask. Counted in memory: the server is one process with threads."""

from __future__ import annotations

import math
import time

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded

from pmr.errors import TooManyRequests
from pmr.web import chain_data, health, session
from pmr.web.problems import problem
from pmr.web.proxies import neighbourhood
from pmr.web.state import account

REQUESTS = "12000/minute"
"""Of an account, or of a client address while not signed in: room for blocks at 100 MB/s each way."""
SIGN_INS = "600/minute"
"""Texts, and attempts to sign in, of a client address."""
PROBES = "600/minute"
"""`/readyz` asks the chain and writes to the store, for whoever comes."""
LISTS = "1200/minute"
"""Pages of public chain data, for a client address: what everybody may ask the database."""


def install(app: Flask) -> None:
    """Limit requests; what is too much is answered with a problem and the seconds to wait."""
    limiter = Limiter(_asker, app=app, default_limits=[REQUESTS], storage_uri="memory://")
    limiter.limit(SIGN_INS, key_func=_client, methods=["POST"], override_defaults=False)(session.blueprint)
    limiter.limit(PROBES, key_func=_client)(health.blueprint)
    limiter.limit(LISTS, key_func=_client)(chain_data.blueprint)

    @app.errorhandler(RateLimitExceeded)
    def refuse(_: RateLimitExceeded) -> Response:
        breached = limiter.current_limit
        seconds = math.ceil(breached.reset_at - time.time()) if breached else 60
        answer = problem(TooManyRequests(f"Try again in {max(1, seconds)} s."))
        answer.headers["Retry-After"] = str(max(1, seconds))
        return answer


def _asker() -> str:
    return account() or _client()


def _client() -> str:
    return neighbourhood(request.remote_addr or "unknown")
