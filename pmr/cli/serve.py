"""`pmr serve`: the web server, in the foreground."""

from __future__ import annotations

import time

import click

from pmr.chain.setting import open_chain
from pmr.cli.command import prints
from pmr.cli.output import Result, tell
from pmr.config import Config
from pmr.errors import ChainUnavailable, NotDeployed
from pmr.web.serve import serve as serve_web

_POLL = 0.05


@click.command("serve")
@click.option("--wait", type=click.FloatRange(0), default=0, help="Seconds to wait for chain and contracts.")
@prints
def serve(wait: float) -> Result:
    """Serve the API and the pages until SIGTERM or Ctrl-C; `pmr up` starts the local chain too."""
    config = Config.load()
    _wait_for_chain(config, time.monotonic() + wait)
    tell(f"Serving {config.public_address}. Stop with Ctrl-C.")
    serve_web(config)
    return Result({"served": config.public_address})


def _wait_for_chain(config: Config, deadline: float) -> None:
    while True:
        try:
            open_chain(config)
        except (ChainUnavailable, NotDeployed):
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL)
        else:
            return
