"""Everything that the server does, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pmr.chain.connection import Head, connect
from pmr.chain.deploy import load_deployment
from pmr.chain.network import Network
from pmr.chain.setting import deployment_file, network_of, rpc_urls
from pmr.config import Config
from pmr.content.store import BlockStore
from pmr.index.chain_events import ChainEvents
from pmr.index.follower import Follower
from pmr.index.pages import Pages
from pmr.index.queries import Index
from pmr.index.source import EventSource
from pmr.server.access import Access
from pmr.server.accounts import AccountList, ListedSessions
from pmr.server.chain import Chain, DeployedContracts
from pmr.server.clock import Clock, wall_clock
from pmr.server.content import open_store
from pmr.server.database import open_database
from pmr.server.metrics import Measures
from pmr.server.permission import Permission
from pmr.server.pins import Pins
from pmr.server.possession import Possession
from pmr.server.quota import Quota
from pmr.server.readiness import Readiness
from pmr.server.repeated import Repeated
from pmr.server.retention import STAGED_SECONDS, Retention, Times
from pmr.server.sessions import Sessions, Site
from pmr.server.signatures import check_signature
from pmr.server.space import Free, Space, free_on_disk
from pmr.server.uploads import Uploads
from pmr.server.vaults import Vaults
from pmr.types import Deployment

FOLLOW_SECONDS = 2
COLLECT_SECONDS = 3600


def _unbounded() -> int:
    return 1 << 62


@dataclass(frozen=True)
class Bounds:
    """How much, how long and for whom."""

    quota_bytes: int = 0
    min_free_bytes: int = 0
    free: Free = _unbounded
    accounts: AccountList | None = None
    staged_seconds: int = STAGED_SECONDS

    @classmethod
    def of(cls, config: Config) -> Bounds:
        """Those that are configured; raise `ConfigError`."""
        listed = AccountList(Path(config.accounts_file)) if config.accounts_file else None
        free = partial(free_on_disk, config.state)
        return cls(config.quota_bytes, config.min_free_bytes, free, listed)


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
    bounds: Bounds = Bounds()


class Services:
    """The use-cases, for the views and the command line."""

    def __init__(self, parts: Parts) -> None:
        """Put the use-cases together; nothing runs before `start`."""
        self.network = parts.network
        self.deployment = parts.deployment
        self.site = parts.site
        self.version = version("pmr")
        self._engine = parts.engine
        self._chain = parts.chain
        self._bounds = parts.bounds
        self.index = Index(parts.engine)
        self.pages = Pages(parts.engine)
        self.follower = Follower(parts.engine, parts.events)
        self._permission = Permission(parts.chain, parts.clock, parts.network.max_head_age)
        possession = Possession(parts.engine, self.index, self._permission, self.follower.refresh)
        self.sessions = self._make_sessions(parts)
        self.vaults = Vaults(parts.engine, parts.clock)
        self._make_keeping(parts, possession)
        self.access = Access(
            parts.store,
            self.index,
            permission=self._permission,
            possession=possession,
            refresh=self.follower.refresh,
            clock=parts.clock,
        )
        self.tasks = (
            Repeated("index", self.follower.step, FOLLOW_SECONDS),
            Repeated("collect", self.retention.collect, COLLECT_SECONDS),
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
        bounds = Bounds.of(config)
        return cls(Parts(engine, store, chain, events, network, deployment, site, bounds=bounds))

    def _make_sessions(self, parts: Parts) -> Sessions:
        check = partial(check_signature, parts.chain)
        given: dict[str, Any] = {
            "engine": parts.engine,
            "site": parts.site,
            "chain_id": parts.network.chain_id,
            "clock": parts.clock,
        }
        listed = parts.bounds.accounts
        if listed is None:
            return Sessions(check_signature=check, **given)
        return ListedSessions(listed, check, **given)

    def _make_keeping(self, parts: Parts, possession: Possession) -> None:
        engine, store, clock, bounds = parts.engine, parts.store, parts.clock, parts.bounds
        self.quota = Quota(engine, bounds.quota_bytes)
        space = Space(bounds.free, bounds.min_free_bytes)
        pins = Pins(engine, store, self.quota, clock)
        self.uploads = Uploads(
            engine, store, possession, pins=pins, quota=self.quota, space=space, clock=clock
        )
        times = Times(bounds.staged_seconds, parts.network.confirmations)
        self.retention = Retention(
            engine,
            store,
            pins,
            quota=self.quota,
            index=self.index,
            fresh_head=self._indexed_head,
            clock=clock,
            times=times,
        )
        self.readiness = Readiness(parts.chain, store, self.follower, space)
        self.measures = Measures(
            engine,
            parts.chain,
            self.follower,
            free=bounds.free,
            confirmations=parts.network.confirmations,
            clock=clock,
        )

    def _indexed_head(self) -> Head:
        """Bring the index to the chain's head, which must be of this deployment and young enough."""
        head = self._permission.fresh_head()
        self._chain.check()
        self.follower.step()
        return head

    def start(self) -> None:
        """Follow the chain and collect garbage, in threads."""
        for task in self.tasks:
            task.start()

    def close(self) -> None:
        """Stop the threads and let go of the database."""
        self.follower.close()
        for task in self.tasks:
            task.stop()
        self._engine.dispose()
