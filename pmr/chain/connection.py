"""A chain through its JSON-RPC endpoints, asked in turn until one answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from web3 import Web3
from web3.exceptions import BlockNotFound, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers import HTTPProvider
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from pmr.errors import ChainError, ChainUnavailable, StaleHead, WrongChain

TIMEOUT = 20
"""Seconds that an endpoint may take for one answer."""
ROUNDS = 2
"""A connection that was kept open may have been closed at the other end: each endpoint is asked again."""

BlockName = int | bytes | str
"""A block's number or hash, or `latest`, `pending`, `finalized`."""


@dataclass(frozen=True)
class Head:
    """A block, as far as access depends on it."""

    number: int
    hash: bytes
    timestamp: int
    """Unix seconds."""


class Endpoints(BaseProvider):
    """Asks each endpoint in turn, after checking once that it serves the right chain."""

    # A contract's answer must not send us to addresses of its choice (EIP-3668).
    global_ccip_read_enabled = False

    def __init__(self, urls: Sequence[str], chain_id: int) -> None:
        """Take the endpoints' URLs, best first."""
        super().__init__()
        self._chain_id = chain_id
        self._providers = [_provider(url) for url in urls]
        self._checked: set[int] = set()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Give the first answer; raise `ChainUnavailable`, `WrongChain`."""
        reasons = []
        for index, provider in list(enumerate(self._providers)) * ROUNDS:
            try:
                self._check(index, provider)
                return _request(provider, method, params)
            except (requests.RequestException, ValueError) as error:
                reasons.append(f"{_shown(provider)}: {type(error).__name__}")
        raise ChainUnavailable(f"No endpoint answered ({'; '.join(dict.fromkeys(reasons))}).")

    def _check(self, index: int, provider: HTTPProvider) -> None:
        if index in self._checked:
            return
        answer = _request(provider, RPCEndpoint("eth_chainId"), [])
        found = int(str(answer.get("result")), 16)
        if found != self._chain_id:
            raise WrongChain(f"{_shown(provider)} serves chain {found}, not {self._chain_id}.")
        self._checked.add(index)


def _provider(url: str) -> HTTPProvider:
    return HTTPProvider(url, request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None)


def _request(provider: HTTPProvider, method: RPCEndpoint, params: Any) -> RPCResponse:
    answer: Any = provider.make_request(method, params)
    if not isinstance(answer, dict) or not answer.keys() & {"result", "error"}:
        raise ValueError("not a JSON-RPC answer")
    return cast(RPCResponse, answer)


def _shown(provider: HTTPProvider) -> str:
    """Give an endpoint without its path and password: these may hold a provider's key."""
    parts = urlsplit(str(provider.endpoint_uri))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def connect(urls: Sequence[str], chain_id: int) -> Web3:
    """Connect to a chain; raise `ChainUnavailable` or `WrongChain` when no endpoint will do."""
    w3 = Web3(Endpoints(urls, chain_id))
    # Proof-of-authority blocks carry more extra data than web3 expects.
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    # The first question of all is whether it is the right chain.
    w3.provider.make_request(RPCEndpoint("eth_chainId"), [])
    return w3


def head(w3: Web3, block: BlockName = "latest") -> Head:
    """Give the newest block, or another; raise `ChainError` when there is no such block."""
    try:
        found = w3.eth.get_block(block)  # type: ignore[arg-type]  # web3 narrows str to its literals
    except BlockNotFound:
        raise ChainError(f"The chain has no block {block!r}.") from None
    except Web3RPCError as error:
        raise ChainError(f"The node refused block {block!r}: {message(error)}.") from None
    return Head(found["number"], bytes(found["hash"]), found["timestamp"])


def fresh_head(w3: Web3, max_age: int | None, now: float) -> Head:
    """Give the newest block; raise `StaleHead` when it is more than `max_age` seconds before `now`."""
    newest = head(w3)
    if max_age is not None and now - newest.timestamp > max_age:
        raise StaleHead(
            f"Block {newest.number} is {now - newest.timestamp:.0f} s old; the limit is {max_age} s."
        )
    return newest


def message(error: Web3RPCError) -> str:
    """Give what a node said in a JSON-RPC error."""
    answer: Any = (error.rpc_response or {}).get("error")
    return str(answer.get("message", answer)) if isinstance(answer, dict) else str(error)
