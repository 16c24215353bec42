"""`pmr serve`: the web server, in the foreground."""

from __future__ import annotations

from dataclasses import replace

import click

from pmr.cli.command import prints
from pmr.cli.output import Result, tell
from pmr.cli.setting import network_of, rpc_urls
from pmr.config import Config


@click.command("serve")
@prints
def serve() -> Result:
    """Serve the API and the pages until SIGTERM or Ctrl-C; `pmr up` starts the local chain too."""
    from pmr.web.serve import serve as serve_web  # noqa: PLC0415 - slow to import

    config = Config.load()
    here = replace(
        config, rpc_url=rpc_urls(config, network_of(config))[0] if not config.rpc_url else config.rpc_url
    )
    tell(f"Serving {config.public_address}. Stop with Ctrl-C.")
    serve_web(here)
    return Result({"served": config.public_address})
