"""Runs the application under gunicorn: one process with threads."""

from __future__ import annotations

import logging
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from pmr.config import Config
from pmr.server.services import Services
from pmr.web.app import create_app
from pmr.web.port import check_port

THREADS = 16
GRACE_SECONDS = 20
"""How long running requests may take to end after SIGTERM."""


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT; running requests are answered first.

    Raises `PortTaken`, and what `Services.open` raises: both before a request is taken.
    """
    check_port(config.host, config.port)
    Services.open(config).close()
    _log_to_stderr()
    _Server(config).run()


class _Server(BaseApplication):  # type: ignore[misc]  # as above
    """Gunicorn, told everything here: it reads no file and no command line."""

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        for name, value in _settings(self._config).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker process: threads do not survive a fork."""
        services = Services.open(self._config)
        services.start()
        self.cfg.set("worker_exit", lambda _server, _worker: services.close())
        return create_app(services)


def _settings(config: Config) -> dict[str, Any]:
    return {
        "bind": f"{config.host}:{config.port}",
        "workers": 1,  # rate limits are counted in memory
        "threads": THREADS,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 15,
        "accesslog": None,  # pmr.web.logs writes them, without headers
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "pmr",
    }


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("pmr").addHandler(handler)
    logging.getLogger("pmr").setLevel(logging.INFO)
