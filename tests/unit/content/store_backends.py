"""The stores that keep the contract, and what a test does behind their backs."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from pathlib import Path

from kubo_daemon import Daemon

from pmr.content.cid import Cid
from pmr.content.embedded import EmbeddedStore
from pmr.content.kubo import KuboStore
from pmr.content.ledger import Ledger
from pmr.content.store import BlockStore


class Backend(ABC):
    """A store under test."""

    store: BlockStore

    @abstractmethod
    def reopen(self) -> BlockStore:
        """The store as another process opens it."""

    @abstractmethod
    def age(self, cid: Cid, seconds: float) -> None:
        """Make a block's last put so much longer ago."""

    @abstractmethod
    def lose(self, cid: Cid) -> None:
        """Take a block away without the store's doing."""

    @abstractmethod
    def turn_bit(self, cid: Cid) -> None:
        """Change one bit of what is stored for a block."""


class Embedded(Backend):
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = EmbeddedStore(folder)

    def reopen(self) -> BlockStore:
        return EmbeddedStore(self.folder)

    def age(self, cid: Cid, seconds: float) -> None:
        os.utime(file_of(self.folder, cid), (time.time() - seconds,) * 2)

    def lose(self, cid: Cid) -> None:
        file_of(self.folder, cid).unlink()

    def turn_bit(self, cid: Cid) -> None:
        turn_bit(file_of(self.folder, cid))


def file_of(folder: Path, cid: Cid) -> Path:
    """The one file of a block in an embedded store."""
    (path,) = folder.glob(f"blocks/*/{cid}")
    return path


class Kubo(Backend):
    """A Kubo node."""

    def __init__(self, daemon: Daemon, folder: Path) -> None:
        self.daemon = daemon
        self.folder = folder
        self.store = KuboStore(daemon.address, folder)

    def reopen(self) -> BlockStore:
        return KuboStore(self.daemon.address, self.folder)

    def age(self, cid: Cid, seconds: float) -> None:
        Ledger(self.folder / "ledger.sqlite").note([cid], time.time() - seconds)

    def lose(self, cid: Cid) -> None:
        self.daemon.lose(cid)

    def turn_bit(self, cid: Cid) -> None:
        turn_bit(self.daemon.file_of(cid))


def turn_bit(path: Path) -> None:
    """Change one bit of a file."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
