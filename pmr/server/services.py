"""Everything that the server does, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version

from sqlalchemy import Engine

from pmr.chain.connection import connect
from pmr.chain.deploy import load_deployment
from pmr.chain.network import Network
from pmr.chain.setting import deployment_file, network_of, rpc_urls
from pmr.config import Config
from pmr.content.store import BlockStore
from pmr.index.chain_events import ChainEvents
from pmr.index.follower import Follower
from pmr.index.queries import Index
from pmr.index.source import EventSource
from pmr.server.access import Access
from pmr.server.chain import Chain, DeployedContracts
from pmr.server.clock import Clock, wall_clock
from pmr.server.content import open_store
from pmr.server.database import open_database
from pmr.server.permission import Permission
from pmr.server.possession import Possession
from pmr.server.readiness import Readiness
from pmr.server.repeated import Repeated
from pmr.server.sessions import Sessions, Site
from pmr.server.signatures import check_signature
from pmr.server.uploads import Uploads
from pmr.server.vaults import Vaults
from pmr.types import Deployment

FOLLOW_SECONDS = 2
COLLECT_SECONDS = 3600


@dataclass(frozen=True)
class Parts:
    """What the services are made of; tests put others in."""

    engine: Engine
    store: BlockStore
    chain: Chain
    events: EventSource
    network: Network
    deployment: Deployment
    site: Site
    clock: Clock = wall_clock


class Services:
    """The use-cases, for the views and the command line."""

    def __init__(self, parts: Parts) -> None:
        """Put the use-cases together; nothing runs before `start`."""
        self.network = parts.network
        self.deployment = parts.deployment
        self.site = parts.site
        self.version = version("pmr")
        self._engine = parts.engine
        self.index = Index(parts.engine)
        self.follower = Follower(parts.engine, parts.events)
        permission = Permission(parts.chain, parts.clock, parts.network.max_head_age)
        possession = Possession(parts.engine, self.index, permission, self.follower.refresh)
        check = partial(check_signature, parts.chain)
        self.sessions = Sessions(parts.engine, parts.site, parts.network.chain_id, check, parts.clock)
        self.vaults = Vaults(parts.engine, parts.clock)
        self.uploads = Uploads(parts.engine, parts.store, possession, self.index, parts.clock)
        self.access = Access(parts.store, self.index, permission, possession, self.follower.refresh)
        self.readiness = Readiness(parts.chain, parts.store, self.follower)
        self._repeated = (
            Repeated("index", self.follower.step, FOLLOW_SECONDS),
            Repeated("collect", self.uploads.collect, COLLECT_SECONDS),
        )

    @classmethod
    def open(cls, config: Config) -> Services:
        """Open everything that the configuration names, and prove that the contracts are there.

        Raises `ConfigError`, `DamagedState`, `NotDeployed`, `ChainUnavailable`, `WrongChain`,
        `StoreUnavailable`.
        """
        network = network_of(config)
        network = replace(network, rpc_urls=rpc_urls(config, network))
        site = Site.parse(config.public_address)
        deployment = load_deployment(deployment_file(config, network))
        w3 = connect(network.rpc_urls, network.chain_id)
        chain = DeployedContracts(w3, deployment)
        chain.check()
        engine = open_database(config.database)
        store = open_store(config)
        events = ChainEvents(w3, deployment)
        return cls(Parts(engine, store, chain, events, network, deployment, site))

    def start(self) -> None:
        """Follow the chain and collect garbage, in threads."""
        for task in self._repeated:
            task.start()

    def close(self) -> None:
        """Stop the threads and let go of the database."""
        self.follower.close()
        for task in self._repeated:
            task.stop()
        self._engine.dispose()
