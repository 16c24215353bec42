"""A chain through its JSON-RPC endpoints, asked in turn until one answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

from pmr.errors import ChainError, ChainUnavailable, PmrError, StaleHead, WrongChain

TIMEOUT = (5, 20)
"""Seconds until an endpoint must have taken a connection, and until it must have answered."""
ROUNDS = 2
"""A connection that was kept open may have been closed at the other end: each endpoint is asked again."""

Told = Callable[[str], None]
"""Given a sentence for people."""

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
    """Asks each endpoint in turn, after checking once that it serves the right chain.

    One that failed is asked last from then on: others need not wait for it again.
    """

    # A contract's answer must not send us to addresses of its choice (EIP-3668).
    global_ccip_read_enabled = False

    def __init__(self, urls: Sequence[str], chain_id: int, told: Told) -> None:
        """Take the endpoints' URLs, best first; `told` hears why one is left for the next."""
        super().__init__()
        self._endpoints = [_Endpoint(url, chain_id) for url in urls]
        self._told = told
        self._first = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Give the first answer; raise `ChainUnavailable`, or `WrongChain` when that is all that is wrong."""
        failures: dict[str, PmrError] = {}
        for index in self._order():
            endpoint = self._endpoints[index]
            try:
                answer = endpoint.ask(method, params)
            except (ChainUnavailable, WrongChain) as error:
                failures.setdefault(error.detail, error)
                continue
            self._prefer(index, failures)
            return answer
        raise _summary(failures)

    def _order(self) -> Sequence[int]:
        count = len(self._endpoints)
        return [(self._first + step) % count for step in range(count)] * ROUNDS

    def _prefer(self, index: int, failures: Mapping[str, PmrError]) -> None:
        if index != self._first:
            self._first = index
            self._told(f"{' '.join(failures)} Going on with {self._endpoints[index].shown}.")


class _Endpoint:
    """One URL."""

    def __init__(self, url: str, chain_id: int) -> None:
        self._provider = HTTPProvider(
            url, request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None
        )
        self._chain_id = chain_id
        self._checked = False
        self.shown = _shown(url)

    def ask(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Give its answer; raise `ChainUnavailable` or `WrongChain`."""
        try:
            self._check()
            return self._request(method, params)
        except (requests.RequestException, ValueError) as error:
            raise ChainUnavailable(f"{self.shown} {_reason(error)}.") from None

    def _check(self) -> None:
        if self._checked:
            return
        found = int(str(self._request(RPCEndpoint("eth_chainId"), []).get("result")), 16)
        if found != self._chain_id:
            raise WrongChain(f"{self.shown} serves chain {found}, not {self._chain_id}.")
        self._checked = True

    def _request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        answer: Any = self._provider.make_request(method, params)
        if not isinstance(answer, dict) or not answer.keys() & {"result", "error"}:
            raise ValueError
        return cast(RPCResponse, answer)


def _summary(failures: Mapping[str, PmrError]) -> PmrError:
    if failures and all(isinstance(error, WrongChain) for error in failures.values()):
        return WrongChain(" ".join(failures))
    return ChainUnavailable(" ".join(failures) or "The network has no endpoint.")


def _reason(error: Exception) -> str:
    """Say what went wrong; the error's own text may hold the URL, and so a provider's key."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answers HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "does not answer in time"
    if isinstance(error, requests.RequestException):
        return "cannot be reached"
    return "answers something else than JSON-RPC"


def _shown(url: str) -> str:
    """Give a URL without its path and password: these may hold a provider's key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _say_nothing(_sentence: str) -> None:
    """The `Told` of a caller that shows nothing."""


def connect(urls: Sequence[str], chain_id: int, told: Told = _say_nothing) -> Web3:
    """Connect to a chain; `told` hears why an endpoint is left for the next.

    Raises `ChainUnavailable` or `WrongChain`, naming each endpoint and its reason, when none will do.
    """
    w3 = Web3(Endpoints(urls, chain_id, told))
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
