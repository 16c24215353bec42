"""Chains by name: what is fixed about each, from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec

from pmr.errors import ConfigError


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


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    chain_id: int
    rpc_urls: tuple[str, ...]
    confirmations: int = 0
    max_head_age: int | None = None


def load_networks(path: Path | None = None) -> dict[str, Network]:
    """Read a networks file, None for the one that is shipped; raise `ConfigError`."""
    try:
        tables = tomllib.loads(_read(path))
        entries = msgspec.convert(tables, dict[str, _Entry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path} is not a networks file: {error}.") from None
    return {name: _network(name, entry) for name, entry in entries.items()}


def find_network(name: str, path: Path | None = None) -> Network:
    """Give the network of a name; raise `ConfigError`."""
    networks = load_networks(path)
    if name not in networks:
        raise ConfigError(f"There is no network {name!r}; known: {', '.join(sorted(networks))}.")
    return networks[name]


def _network(name: str, entry: _Entry) -> Network:
    if not entry.rpc_urls:
        raise ConfigError(f"The network {name!r} has no rpc_urls.")
    return Network(name, entry.chain_id, entry.rpc_urls, entry.confirmations, entry.max_head_age)


def _read(path: Path | None) -> str:
    try:
        source = path or resources.files("pmr.chain") / "networks.toml"
        return source.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
