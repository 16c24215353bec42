"""The Flask application."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from pmr.server.services import Services
from pmr.web import (
    account,
    blocks,
    chain_data,
    configuration,
    description,
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
from pmr.web.metrics import Metrics
from pmr.web.proxies import Network, Proxies

_RESOURCES = (
    session,
    account,
    blocks,
    pins,
    records,
    chain_data,
    keys,
    vault,
    configuration,
    description,
    health,
    page,
)


def create_app(services: Services, proxies: Sequence[Network] = (), metrics: Metrics | None = None) -> Flask:
    """Build the application that shows `services` over HTTP, behind no other proxies than those named.

    Its requests are counted in `metrics`.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # one path a resource: nothing is redirected
    logs.install(app)
    if metrics is not None:
        metrics.install(app)
    security.install(app, services.network.rpc_urls)
    problems.install(app)
    limits.install(app)
    state.attach(app, services)
    for resource in _RESOURCES:
        app.register_blueprint(resource.blueprint)
    app.wsgi_app = Proxies(app.wsgi_app, proxies)  # type: ignore[method-assign, assignment]  # Flask's own way
    return app
