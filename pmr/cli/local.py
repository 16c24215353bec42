"""Everything on this machine: a chain, the contracts on it, a server beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from web3 import Web3

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.node import LocalNode, accounts
from pmr.chain.setting import deployments_folder, network_of
from pmr.cli.child import ServerProcess
from pmr.cli.stopping import Stopping
from pmr.config import Config
from pmr.errors import ProgramEnded
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
def running(
    config: Config, server: ServerProcess, stopping: Stopping, progress: Progress
) -> Iterator[Running]:
    """Start the chain, deploy once, wait for the server, which was started; stop the chain at the end.

    Raises `PortTaken`, `MissingTool`, `DamagedState`, `ProgramEnded`.
    """
    network = network_of(config)
    node = LocalNode(config.state / "chain" / "state.json", config.rpc_port, node_modules=config.node_modules)
    try:
        with stopping.later():
            node.start()
        w3 = connect([node.url], network.chain_id)
        deployment = deploy(w3, accounts(1)[0], network, deployments_folder(config, network), progress)
        server.wait_until_ready()
        yield Running(w3, deployment, node, server)
    finally:
        server.stop()
        node.stop()
