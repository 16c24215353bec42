"""The Flask application."""

from __future__ import annotations

from flask import Flask

from pmr.server.services import Services
from pmr.web import (
    blocks,
    configuration,
    health,
    keys,
    limits,
    logs,
    page,
    pins,
    problems,
    records,
    security,
    session,
    state,
    vault,
)

_RESOURCES = (session, blocks, pins, records, keys, vault, configuration, health, page)


def create_app(services: Services) -> Flask:
    """Build the application that shows `services` over HTTP."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # one path a resource: nothing is redirected
    logs.install(app)
    security.install(app, services.network.rpc_urls, services.site.origin.startswith("https:"))
    problems.install(app)
    limits.install(app)
    state.attach(app, services)
    for resource in _RESOURCES:
        app.register_blueprint(resource.blueprint)
    return app
