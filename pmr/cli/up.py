"""`pmr up`: a chain, the contracts, a server and, once, a story; everything stops together."""

from __future__ import annotations

import click

from pmr.cli.child import ServerProcess
from pmr.cli.output import tell
from pmr.cli.stopping import Stopping
from pmr.config import Config
from pmr.errors import ConfigError
from pmr.web.port import check_port


@click.command("up")
@click.option("--no-story", is_flag=True, help="Do not play the story on the first run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout when all is up.")
def up(no_story: bool, as_json: bool) -> None:
    """Start a local chain and the server, deploy and play a story once, and run until Ctrl-C."""
    config, stopping, say = Config.load(), Stopping(), tell if as_json else click.echo
    _demand_local(config)
    check_port(config.host, config.port)
    server = ServerProcess(config.server_address, config.state / "server.log")
    with stopping.caught():
        try:
            with stopping.later():
                server.start()
            # Only now: while this process imports, the server does too, on another core.
            from pmr.cli.house import House  # noqa: PLC0415

            House(config, server, say, as_json=as_json).run(stopping, story=not no_story)
        except KeyboardInterrupt:
            say("Stopped. `pmr up` goes on from here.")
        finally:
            server.stop()


def _demand_local(config: Config) -> None:
    if config.network != Config.network or config.rpc_url or config.deployment:
        raise ConfigError(
            "`pmr up` brings a chain of its own: unset PMR_NETWORK, PMR_RPC_URL and PMR_DEPLOYMENT, "
            "or use `pmr serve` with the chain that they name."
        )
