"""Chains by name: what is fixed about each, from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from pmr.errors import ConfigError

SHIPPED = "networks.toml"


@dataclass(frozen=True)
class Network:
    """A chain that PMR can be used on."""

    name: str
    chain_id: int
    rpc_urls: tuple[str, ...]
    """Asked in this order."""
    confirmations: int
    """Blocks on top of a transaction before it counts as final."""
    max_head_age: int | None
    """Seconds; access is refused while the newest block is older. None for a chain that may idle."""
    coin: str = "ETH"
    """What gas is paid in: its symbol."""
    coin_name: str = "Ether"
    explorer: str = ""
    """The URL of a site that shows the chain's transactions, without a slash at its end; empty for none."""
    local: bool = False
    """Whether the chain is on this machine and may be started anew at any time."""


_Url = Annotated[str, msgspec.Meta(pattern="^https?://")]


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    chain_id: Annotated[int, msgspec.Meta(gt=0)]
    rpc_urls: Annotated[tuple[_Url, ...], msgspec.Meta(min_length=1)]
    confirmations: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_head_age: Annotated[int, msgspec.Meta(gt=0)] | None = None
    coin: str = Network.coin
    coin_name: str = Network.coin_name
    explorer: Annotated[str, msgspec.Meta(pattern="^(https?://.*)?$")] = Network.explorer
    local: bool = Network.local


def load_networks(path: Path | None = None) -> dict[str, Network]:
    """Read a networks file, None for the one that is shipped; raise `ConfigError`."""
    try:
        tables = tomllib.loads(_read(path))
        entries = msgspec.convert(tables, dict[str, _Entry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path or SHIPPED} is not a networks file: {error}.") from None
    return {name: Network(name, **msgspec.structs.asdict(entry)) for name, entry in entries.items()}


def find_network(name: str, path: Path | None = None) -> Network:
    """Give the network of a name; raise `ConfigError`."""
    networks = load_networks(path)
    if name not in networks:
        known = ", ".join(sorted(networks))
        raise ConfigError(f"There is no network {name!r} in {path or SHIPPED}; known: {known}.")
    return networks[name]


def _read(path: Path | None) -> str:
    try:
        source = path or resources.files("pmr.chain") / SHIPPED
        return source.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
