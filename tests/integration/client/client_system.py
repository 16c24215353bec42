"""A chain, a server and doctors in one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3
from werkzeug.serving import make_server

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port
from pmr.chain.wallet import Wallet
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.ledger import Ledger
from pmr.config import Config
from pmr.crypto.keyring import Keyring
from pmr.server.services import Services
from pmr.types import Deployment
from pmr.web.app import create_app

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class System:
    """A chain with contracts, and a server beside it."""

    w3: Web3
    deployment: Deployment
    url: str
    state: Path
    rpc_url: str

    @property
    def settings(self) -> dict[str, str]:
        """What a doctor's commands need in their environment."""
        return {"PMR_STATE": str(self.state), "PMR_RPC_URL": self.rpc_url, "PMR_SERVER_URL": self.url}

    def doctor(self, wallet: Wallet, *, published: bool = True) -> Doctor:
        """A doctor with a new key."""
        api = Api(Http(self.url), wallet, CHAIN_ID)
        made = Doctor(Ledger(self.w3, self.deployment, wallet.address, wallet), api, Keyring.new())
        if published:
            made.publish_key(b"a sealed vault")
        return made


def running_system(folder: Path) -> Iterator[System]:
    """Run both as long as the caller holds them."""
    with LocalNode(folder / "chain.json", 0, node_modules=ROOT / "node_modules") as node:
        w3 = connect([node.url], CHAIN_ID)
        deployment = deploy(w3, accounts(1)[0], find_network("local"), folder / "deployments")
        config = Config(state=folder, rpc_url=node.url, port=free_port())
        services = Services.open(config)
        services.start()
        web = make_server(config.host, config.port, create_app(services), threaded=True)
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield System(w3, deployment, config.server_address, folder, node.url)
        web.shutdown()
        thread.join()
        services.close()
