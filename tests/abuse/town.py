"""Contracts in py-evm, the server's real services over them, and doctors with the real client."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import requests
from chain.in_process import Chain, open_chain
from chain.in_process import InProcess as InProcessChain
from flask import Flask
from leaks.canaries import content, words
from leaks.scanner import Secret, binary_secret, text_secret
from requests.adapters import HTTPAdapter
from server.fakes import FakeClock
from urllib3 import HTTPResponse
from web3 import Web3
from web3.types import RPCEndpoint, RPCResponse
from werkzeug.test import Client, TestResponse

from pmr.chain.network import Network
from pmr.chain.wallet import Wallet
from pmr.client.api import Api
from pmr.client.creating import Created
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.ledger import Ledger
from pmr.client.sealing import About
from pmr.client.sharing import Shared, Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.content.embedded import EmbeddedStore
from pmr.content.unixfs import reachable
from pmr.crypto.keyring import Keyring
from pmr.index.chain_events import ChainEvents
from pmr.server.chain import DeployedContracts
from pmr.server.database import open_database
from pmr.server.services import Bounds, Parts, Services
from pmr.server.sessions import Site
from pmr.types import Purpose, RecordId
from pmr.web.app import create_app

ORIGIN = "https://records.example"
COINS = 10**18
TITLE, NAME, PATIENT = words("title"), words("name"), words("patient")
FILE = content(5000)
Answer = tuple[int, Mapping[str, str], bytes]
Tamper = Callable[[str, str, Answer], Answer]
"""Given method, path and the server's answer, gives what the client gets."""


def honest(_method: str, _path: str, answer: Answer) -> Answer:
    """What a server does that tampers with nothing."""
    return answer


class InProcess(HTTPAdapter):
    """Takes requests to the application without a socket."""

    def __init__(self, app: Flask, tamper: Tamper = honest) -> None:
        super().__init__()
        self._client = Client(app, use_cookies=False)
        self._tamper = tamper

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Ask the application, and build what `requests` gives."""
        method, path = str(request.method), str(request.path_url)
        headers = list((request.headers or {}).items())
        given = self._client.open(path, method=method, headers=headers, data=request.body, base_url=ORIGIN)
        answer = given.status_code, dict(given.headers), given.data
        status, found, body = self._tamper(method, path, answer)
        raw = HTTPResponse(BytesIO(body), found, status, preload_content=False)
        return self.build_response(request, raw)


class WithLogs(InProcessChain):
    """The chain's provider, with logs as a node gives them."""

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Ask py-evm; filter logs here."""
        if method != "eth_getLogs":
            return super().make_request(method, params)
        assert self.ethereum_tester is not None
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
        found = [
            log
            for address in params[0]["address"]
            for log in self.ethereum_tester.get_logs(from_block=first, to_block=last, address=address)
            if _matches(log["topics"], params[0]["topics"])
        ]
        found.sort(key=lambda log: (log["block_number"], log["log_index"]))
        return {"jsonrpc": "2.0", "id": 1, "result": [_as_json(log) for log in found]}


def _matches(topics: Sequence[str], wanted: Sequence[str | list[str] | None]) -> bool:
    pairs = zip(topics, wanted, strict=False)
    return len(topics) >= len(wanted) and all(
        one is None or topic == one or topic in one for topic, one in pairs
    )


def _as_json(log: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "address": log["address"],
        "topics": list(log["topics"]),
        "data": log["data"],
        "blockNumber": hex(log["block_number"]),
        "blockHash": log["block_hash"],
        "logIndex": hex(log["log_index"]),
        "transactionHash": log["transaction_hash"],
    }


@dataclass
class Resident:
    """Somebody with an account, who may use the client, or write requests by hand."""

    town: Town
    wallet: Wallet
    doctor: Doctor
    api: Api

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> TestResponse:
        """Send a request by hand, signed in."""
        if not self.api._token:
            self.api.sign_in()
        named = self.api._authorization() | dict(headers or {})
        return self.town.http().open(path, method=method, headers=named, base_url=ORIGIN, **rest)


@dataclass
class Town:
    """What stands, and who can live in it."""

    chain: Chain
    w3: Web3
    services: Services
    app: Flask
    clock: FakeClock
    folder: Path
    residents: list[Resident] = field(default_factory=list)

    def http(self, *, cookies: bool = False) -> Client:
        """Give something to write requests with; with `cookies` it is a browser."""
        return Client(self.app, use_cookies=cookies)

    def resident(self, *, published: bool = True, tamper: Tamper = honest) -> Resident:
        """Give somebody new, with coins; `tamper` is what the server does to this one's answers."""
        wallet = Wallet.from_key(secrets.token_bytes(32))
        rich = self.chain.wallets[8].address
        self.chain.w3.eth.send_transaction({"from": rich, "to": wallet.address, "value": COINS})  # type: ignore[typeddict-item]  # web3's Wei
        session = requests.Session()
        session.mount(ORIGIN, InProcess(self.app, tamper))
        api = Api(Http(ORIGIN, session), wallet, self.chain.deployment.chain_id)
        ledger = Ledger(self.w3, self.chain.deployment, wallet.address, wallet)
        made = Resident(self, wallet, Doctor(ledger, api, Keyring.new(), self.clock), api)
        if published:
            made.doctor.publish_key(b"a sealed vault")
        self.residents.append(made)
        return made


@dataclass
class Story:
    """A record and those who have to do with it."""

    owner: Resident
    reader: Resident
    made: Created
    shared: Shared
    cids: list[Cid]
    """Every block of the record, and the reader's envelope."""

    @property
    def record(self) -> RecordId:
        """The record's id."""
        return self.made.id


def open_town(folder: Path, bounds: Bounds | None = None) -> Iterator[Town]:
    """Build it for as long as the caller holds it."""
    chain = open_chain()
    w3 = Web3(WithLogs(chain.tester))
    clock = FakeClock(chain.now() + 1000)
    network = Network("test", chain.deployment.chain_id, ("http://127.0.0.1:1",), 0, None)
    engine, store = open_database(f"sqlite:///{folder / 'server.sqlite'}"), EmbeddedStore(folder / "content")
    contracts, events = DeployedContracts(w3, chain.deployment), ChainEvents(w3, chain.deployment)
    site = Site.parse(ORIGIN)
    bounds = bounds or Bounds()
    parts = Parts(engine, store, contracts, events, network, chain.deployment, site, clock, bounds)
    services = Services(parts)
    yield Town(chain, w3, services, create_app(services), clock, folder)
    services.close()


def play(town: Town) -> Story:
    """Create a record and share it."""
    owner, reader = town.resident(), town.resident()
    made = owner.doctor.create_record([Source.from_bytes(NAME, FILE)], About(TITLE, PATIENT))
    shared = owner.doctor.share(made.id, Terms(reader.wallet.address, Purpose.TREATMENT))
    get = owner.doctor.reading().blocks(made.id)
    return Story(owner, reader, made, shared, [*reachable(made.sealed.root, get), shared.envelope])


def secrets_of(story: Story) -> list[Secret]:
    """What only owner and reader may know of a record: its fields, its bytes, its key and their seeds."""
    texts = [text_secret("title", TITLE), text_secret("name", NAME), text_secret("patient", PATIENT)]
    keys = [one.doctor.keyring.newest for one in (story.owner, story.reader) if one.doctor.keyring]
    return [
        *texts,
        binary_secret("file", FILE[:64]),
        binary_secret("content key", story.made.sealed.content_key.reveal()),
        *(binary_secret("seed", key.seed.reveal()) for key in keys),
    ]
