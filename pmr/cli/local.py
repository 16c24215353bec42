"""Everything on this machine: a chain, the contracts on it, a server beside it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from web3 import Web3

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import Network
from pmr.chain.node import LocalNode, accounts
from pmr.cli.child import ServerProcess
from pmr.cli.setting import LOCAL, deployments_folder, network_of
from pmr.cli.stopping import Stopping
from pmr.config import Config
from pmr.errors import ConfigError, PortTaken, ProgramEnded
from pmr.types import Deployment, Progress


@dataclass(frozen=True)
class Running:
    """What `pmr up` started."""

    w3: Web3
    deployment: Deployment
    node: LocalNode
    server: ServerProcess

    def check(self) -> None:
        """Raise `ProgramEnded` when the chain or the server has ended."""
        if not self.node.running:
            raise ProgramEnded(f"The local chain: see {self.node.log_file}.")
        self.server.check()


@contextmanager
def running(config: Config, stopping: Stopping, progress: Progress) -> Iterator[Running]:
    """Start the chain, deploy once, start the server; stop both at the end, whatever happens.

    Raises `PortTaken`, `MissingTool`, `DamagedState`, `ConfigError`, `ProgramEnded`.
    """
    network = _local(config)
    _check_port(config)
    node = LocalNode(config.state / "chain" / "state.json", config.rpc_port, node_modules=config.node_modules)
    server = ServerProcess(config.server_address, config.state / "server.log")
    try:
        with stopping.later():
            node.start()
        w3 = connect([node.url], network.chain_id)
        deployment = deploy(w3, accounts(1)[0], network, deployments_folder(config), progress)
        with stopping.later():
            server.start()
        server.wait_until_ready()
        yield Running(w3, deployment, node, server)
    finally:
        server.stop()
        node.stop()


def _local(config: Config) -> Network:
    if config.network != LOCAL or config.rpc_url or config.deployment:
        raise ConfigError(
            "`pmr up` brings a chain of its own: unset PMR_NETWORK, PMR_RPC_URL and PMR_DEPLOYMENT, "
            "or use `pmr serve` with the chain that they name."
        )
    return network_of(config)


def _check_port(config: Config) -> None:
    """Before anything is started: the server would only find out later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise PortTaken(
                f"{config.host}:{config.port}: {error.strerror}. Set PMR_PORT to another one."
            ) from None
