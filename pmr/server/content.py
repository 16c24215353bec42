"""Where a hospital's blocks are."""

from __future__ import annotations

from pmr.config import Config
from pmr.content.embedded import EmbeddedStore
from pmr.content.kubo import KuboStore
from pmr.content.store import BlockStore


def open_store(config: Config) -> BlockStore:
    """Open the Kubo node that is configured, else the folder; raise `ConfigError`, `StoreUnavailable`."""
    if config.kubo:
        return KuboStore(config.kubo, config.state / "kubo")
    return EmbeddedStore(config.state / "content")
