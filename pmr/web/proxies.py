"""Who is asking when a reverse proxy stands before the server: only proxies that were named are believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from pmr.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
)
_REQUEST_ID = re.compile("[0-9A-Za-z_-]{8,64}")


def parse_proxies(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, separated by commas; raise `ConfigError`."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"trusted_proxies must be addresses or networks: {error}.") from None


def asker(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The client's address: the last one in X-Forwarded-For that is not a trusted proxy's.

    Each proxy appends who it was asked by, so what stands left of that is hearsay, and where something
    that is no address stands, the proxy on its right is the client. `peer` unless that is trusted.
    """
    client = peer
    for text in reversed(forwarded.split(",")):
        before = _address(text)
        if before is None or not is_proxy(client, trusted):
            break
        client = str(before)
    return client


def neighbourhood(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 in which one machine picks IPv6 addresses."""
    found = _address(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def is_proxy(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address is a named proxy's."""
    found = _address(address)
    return found is not None and any(found in network for network in trusted)


class Proxies:
    """WSGI middleware: what a trusted proxy forwards is put in its place, what others claim is dropped."""

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        """Stand before `app`."""
        self._app = app
        self._trusted = trusted

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the application's answer."""
        peer = asked.get("REMOTE_ADDR", "")
        given = {name: asked.pop(name) for name in _FORWARDED if name in asked}
        if is_proxy(peer, self._trusted):
            asked["REMOTE_ADDR"] = asker(peer, given.get("HTTP_X_FORWARDED_FOR", ""), self._trusted)
            _believe(asked, given)
        return self._app(asked, start_response)


def _believe(asked: WSGIEnvironment, given: dict[str, str]) -> None:
    scheme = given.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    if scheme in {"http", "https"}:
        asked["wsgi.url_scheme"] = scheme
    if _REQUEST_ID.fullmatch(given.get("HTTP_X_REQUEST_ID", "")):
        asked["HTTP_X_REQUEST_ID"] = given["HTTP_X_REQUEST_ID"]


def _address(text: str) -> Address | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
