"""What `pmr check` looks at: each method says what is well, or raises what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from web3 import Web3

from pmr.chain.connection import connect, fresh_head
from pmr.chain.deploy import load_deployment, verify
from pmr.chain.setting import deployment_file, network_of, rpc_urls
from pmr.client.certificate import read_certificate
from pmr.client.http import Http
from pmr.client.serverconfig import check_server
from pmr.config import Config
from pmr.errors import (
    DamagedState,
    ForeignPage,
    PmrError,
    ServerUnavailable,
    UnsafeConnection,
    WrongClock,
)
from pmr.server.content import open_store
from pmr.server.database import open_existing
from pmr.server.inspection import demand_pinned, inspect_roots
from pmr.web.bundle import bundle_hash, differing, installed_files

NOT_READY = 503
CLOCK_SECONDS = 30
"""How far clocks may be apart."""
DAYS_LEFT = 14
"""Less, and a certificate should have been renewed."""
HSTS_DAYS = 180
SAMPLE = 20
"""Roots that are read whole."""
_DAY = 24 * 3600
_PAGE_LIMIT = 64 << 20
Check = tuple[str, Callable[[], str]]


class Probes:
    """Everything that can be looked at from here."""

    def __init__(self, config: Config) -> None:
        """Take the endpoints, files and addresses of a configuration."""
        self._config = config
        self._network = network_of(config)
        # Where browsers find it, unless somebody said otherwise: through the proxy, if there is one.
        self._http = Http(config.server_address, ca=config.server_ca)

    def chosen(self, *, ui: bool, whole: bool) -> Iterator[Check]:
        """The checks, in order: each a name and what runs it."""
        yield "chain", self.chain
        yield "contracts", self.contracts
        yield "server", self.server
        yield "server's parts", self.ready
        yield "server's contracts", self.same
        yield "connection", self.connection
        yield "clocks", self.clocks
        if self._has_content:
            yield "content", lambda: self.content(whole=whole)
        if ui:
            yield "page", self.page

    # --- chain

    def chain(self) -> str:
        """The chain answers, and its newest block is young enough."""
        newest = fresh_head(self._w3, self._network.max_head_age, time.time())
        return f"chain {self._network.chain_id}, block {newest.number}"

    def contracts(self) -> str:
        """The code and the wiring at the addresses are those of this installation."""
        path = deployment_file(self._config, self._network)
        verify(self._w3, load_deployment(path))
        return f"the code and wiring that {path} names are ours"

    @cached_property
    def _w3(self) -> Web3:
        return connect(rpc_urls(self._config, self._network), self._network.chain_id)

    # --- server

    def server(self) -> str:
        """It answers."""
        answer = self._http.json("GET", "/healthz")
        if not isinstance(answer, dict) or answer.get("status") != "ok":
            raise ServerUnavailable("Its /healthz does not say ok.")
        return f"{self._http.base_url} answers"

    def ready(self) -> str:
        """Each of its parts works."""
        answer = self._http.json("GET", "/readyz", also={NOT_READY})
        checks = answer.get("checks") if isinstance(answer, dict) else None
        if not isinstance(checks, dict):
            raise ServerUnavailable("Its /readyz is not what a PMR server answers.")
        bad = [f"{name}: {found}" for name, found in checks.items() if found != "ok"]
        if bad:
            raise ServerUnavailable("It is not ready. " + " ".join(bad))
        return f"{', '.join(checks)} are ready"

    def same(self) -> str:
        """It works with the contracts that this machine knows."""
        check_server(self._http, load_deployment(deployment_file(self._config, self._network)))
        return "chain and addresses are those of this machine's file"

    def connection(self) -> str:
        """TLS, unless nothing leaves this machine; a certificate that lasts; HSTS."""
        url = self._http.base_url
        if url.startswith("http:"):
            if not _is_local(urlsplit(url).hostname or ""):
                raise UnsafeConnection(f"{url} is plain http: whoever is on the way can take sessions over.")
            return "plain http, on this machine alone"
        shown = read_certificate(url, self._config.server_ca)
        days = (shown.ends - time.time()) / _DAY
        ends = f"{datetime.fromtimestamp(shown.ends, UTC):%Y-%m-%d}"
        if days < DAYS_LEFT:
            raise UnsafeConnection(f"The certificate ends on {ends}, in {days:.0f} days. Renew it.")
        return f"{shown.protocol}, a certificate until {ends}, HSTS for {self._hsts_days()} days"

    def _hsts_days(self) -> int:
        header = self._http.headers("/healthz").get("Strict-Transport-Security", "")
        ages = [part.strip()[8:] for part in header.lower().split(";") if part.strip().startswith("max-age=")]
        days = int(ages[0]) // _DAY if ages and ages[0].isdigit() else 0
        if days < HSTS_DAYS:
            raise UnsafeConnection(
                f"Strict-Transport-Security holds for {days} days, not {HSTS_DAYS}. Does the proxy forward "
                "X-Forwarded-Proto, and is it named in trusted_proxies?"
            )
        return days

    def clocks(self) -> str:
        """Server, chain and this machine agree on the time: grants end by it."""
        began = time.time()
        header = self._http.headers("/healthz").get("Date", "")
        now = (began + time.time()) / 2
        try:
            apart = parsedate_to_datetime(header).timestamp() - now
        except ValueError:
            raise WrongClock(f"The server does not tell its time, but {header!r}.") from None
        if abs(apart) > CLOCK_SECONDS:
            raise WrongClock(f"The server's is {apart:+.0f} s from this machine's. Set both by NTP.")
        ahead = fresh_head(self._w3, None, now).timestamp - now
        if ahead > CLOCK_SECONDS:
            raise WrongClock(f"The newest block is {ahead:.0f} s ahead of this machine. Set it by NTP.")
        return f"the server's is {apart:+.0f} s from ours, the newest block {ahead:+.0f} s"

    # --- what only its own machine can look at, and the page

    @property
    def _has_content(self) -> bool:
        return bool(self._config.kubo) or (self._config.state / "content").is_dir()

    def content(self, *, whole: bool) -> str:
        """What accounts keep is pinned, and pinned roots are there to the last byte."""
        store, engine = open_store(self._config), open_existing(self._config.database)
        try:
            kept = demand_pinned(engine, store)
        except SQLAlchemyError as error:
            raise DamagedState(f"The database cannot be read: {type(error).__name__}.") from None
        finally:
            engine.dispose()
        seen = inspect_roots(store, None if whole else SAMPLE)
        return (
            f"{kept} roots kept; {seen.roots} of {seen.of} pinned ones read: {seen.blocks} blocks, all whole"
        )

    def page(self) -> str:
        """The server gives the page's files as this installation has them."""
        files = installed_files()
        if others := differing(files, self._fetch):
            raise ForeignPage(f"Other than installed here: {', '.join(others)}. Compare versions first.")
        return f"{len(files)} files are ours, sha256 {bundle_hash(files)}"

    def _fetch(self, path: str) -> bytes:
        try:
            return self._http.call("GET", path, limit=_PAGE_LIMIT)
        except ServerUnavailable:
            raise
        except PmrError:
            return b""


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
