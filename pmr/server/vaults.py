"""What an account keeps here of its own: its sealed keyring. The server cannot open it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from pmr.errors import NotFound, TooLarge, VaultChanged
from pmr.index.database import reading, upsert
from pmr.server.clock import Clock
from pmr.server.tables import vaults
from pmr.types import Address

MAX_VAULT = 64 << 10
"""Bytes."""


@dataclass(frozen=True)
class Vault:
    """The bytes, and a tag that changes with them."""

    data: bytes
    tag: str


class Vaults:
    """One vault an account."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Keep vaults in the tables of `engine`."""
        self._engine = engine
        self._clock = clock

    def get(self, account: Address) -> Vault:
        """The account's vault; raise `NotFound`."""
        with reading(self._engine).connect() as connection:
            data = _stored(connection, account)
        if data is None:
            raise NotFound("")
        return Vault(data, _tag(data))

    def put(self, account: Address, data: bytes, replaces: str | None) -> Vault:
        """Keep `data` in the place of the vault whose tag is `replaces` (None: of none).

        Raises `VaultChanged` when another one is there, unless it is equal already, and `TooLarge`.
        """
        if len(data) > MAX_VAULT:
            raise TooLarge(f"A vault has at most {MAX_VAULT} bytes.")
        row = {"account": account, "data": data, "saved_at": self._clock()}
        with self._engine.begin() as connection:
            _check_replaced(_stored(connection, account), data, replaces)
            upsert(connection, vaults, [row], update=["data", "saved_at"])
        return Vault(data, _tag(data))


def _stored(connection: Connection, account: Address) -> bytes | None:
    return connection.scalar(select(vaults.c.data).where(vaults.c.account == account))


def _check_replaced(stored: bytes | None, data: bytes, replaces: str | None) -> None:
    current = None if stored is None else _tag(stored)
    if current != replaces and stored != data:
        raise VaultChanged("Fetch it, merge your keys into it, and send it with its ETag in If-Match.")


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
