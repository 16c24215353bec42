"""Runs the application under gunicorn: one process with threads."""

from __future__ import annotations

import logging
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from pmr.config import Config, bracketed
from pmr.errors import ConfigError
from pmr.server.services import Services
from pmr.web.app import create_app
from pmr.web.exposure import check_exposure
from pmr.web.logs import JsonLines, log_to
from pmr.web.metrics import Metrics
from pmr.web.port import check_port
from pmr.web.proxies import parse_proxies
from pmr.web.worker import CONNECTIONS, THREADS, Worker

GRACE_SECONDS = 20
"""How long running requests may take to end after SIGTERM."""
KEPT_SECONDS = 15
"""How long a connection may wait for its first, or its next, request."""


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT; running requests are answered first.

    Raises `PortTaken`, `ConfigError`, and what `Services.open` raises: all before a request is taken.
    """
    check_exposure(config)
    check_port(config.host, config.port)
    _check_metrics_port(config)
    Services.open(config).close()
    log_to(logging.StreamHandler(sys.stderr))
    _Server(config).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn, told everything here: it reads no file and no command line."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.proxies = parse_proxies(config.trusted_proxies)
        super().__init__()

    def load_config(self) -> None:
        for name, value in _settings(self._config).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker process: threads do not survive a fork."""
        services = Services.open(self._config)
        services.start()
        metrics = self._metrics(services)
        self.cfg.set("worker_exit", lambda _server, _worker: _end(services, metrics))
        return create_app(services, self.proxies, metrics)

    def _metrics(self, services: Services) -> Metrics | None:
        if not self._config.metrics_port:
            return None
        metrics = Metrics(services)
        metrics.start(self._config.metrics_host, self._config.metrics_port)
        return metrics


class GunicornLog(Logger):  # type: ignore[misc]  # as above
    """Gunicorn's own words, in the form of ours."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does, but for the form."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


def _check_metrics_port(config: Config) -> None:
    if config.metrics_port == config.port:
        raise ConfigError("metrics_port must be another port than port: the metrics are not for the public.")
    if config.metrics_port:
        check_port(config.metrics_host, config.metrics_port, "PMR_METRICS_PORT")


def _end(services: Services, metrics: Metrics | None) -> None:
    if metrics is not None:
        metrics.stop()
    services.close()


def _settings(config: Config) -> dict[str, Any]:
    return {
        "bind": f"{bracketed(config.host)}:{config.port}",
        "workers": 1,  # rate limits are counted in memory
        "threads": THREADS,
        "worker_connections": CONNECTIONS,
        "worker_class": Worker,
        "timeout": 120,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": KEPT_SECONDS,
        "accesslog": None,  # pmr.web.logs writes them, without headers
        "logger_class": GunicornLog,
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "pmr",
        "forwarded_allow_ips": "",  # pmr.web.proxies knows whom to believe
        "http_parser": "python",  # the one that pmr.web.timed reads for
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "certfile": config.tls_certificate or None,
        "keyfile": config.tls_key or None,
    }
