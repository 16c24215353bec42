"""How the keys of a vault or a kit stand to those that the chain names for the account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pmr.client.bundles import Directory
from pmr.content.block import Block
from pmr.content.cid import RAW
from pmr.crypto.keyring import Keyring
from pmr.errors import KeyLost
from pmr.types import Address

WAYS_OUT = (
    "Fetch the copy that the server keeps with `pmr key fetch`, or use your recovery kit: "
    "`pmr key restore --kit FILE`. If both are gone for ever: `pmr key rotate --lost`."
)
WITHOUT_OLD = (
    "Bring it back with `pmr key restore`. If it is gone for ever, only somebody who can open the record can "
    "share it with you anew."
)


@dataclass(frozen=True)
class KeyState:
    """Versions of one account's key, sorted by what the chain says of them."""

    account: Address
    published: int
    """The newest version that the chain names; 0 for none."""
    held: tuple[int, ...]
    """Those here that are the ones that the chain names."""
    foreign: tuple[int, ...]
    """Those here in whose place the chain names another key: nobody seals to them."""
    pending: tuple[int, ...]
    """Those here that come after the chain's newest: not published yet."""

    @property
    def missing(self) -> tuple[int, ...]:
        """Published versions that are not here: what was sealed to them does not open."""
        return tuple(v for v in range(1, self.published + 1) if v not in self.held)

    @property
    def current(self) -> bool:
        """Whether the newest key here is the one that the chain names, or the one that comes next."""
        if self.pending:
            return self.pending[0] == self.published + 1
        return self.published in self.held

    def demand_current(self) -> None:
        """Raise `KeyLost` unless `current`."""
        if not self.current:
            raise key_lost(self.account, self.published, self.held)


def key_state(directory: Directory, account: Address, keyring: Keyring) -> KeyState:
    """Compare each key's bundle, which is deterministic, with the digest that the chain names."""
    published = directory.key_of(account)[1]
    pending = tuple(v for v in keyring.keys if v > published)
    held = tuple(
        v
        for v in keyring.keys
        if v <= published and directory.bundle_at(account, v) == bundle_of(account, keyring, v).cid.digest
    )
    foreign = tuple(v for v in keyring.keys if v not in held + pending)
    return KeyState(account, published, held, foreign, pending)


def bundle_of(account: Address, keyring: Keyring, version: int) -> Block:
    """Give the bundle of a version: the same bytes each time. Raises `NoKey`."""
    return Block.of(RAW, keyring.key(version).bundle(account, version))


def key_lost(account: Address, published: int, held: tuple[int, ...] = ()) -> KeyLost:
    """Say which published versions are not here, and what to do."""
    missing = [v for v in range(1, published + 1) if v not in held]
    are = "are" if len(missing) > 1 else "is"
    here = f"has {versions(held)} alone" if held else "has none of its keys"
    advice = WITHOUT_OLD if published in held else WAYS_OUT
    return KeyLost(
        f"Of the key of {account}, {versions(missing)} {are} published; this machine {here}. {advice}"
    )


def versions(numbers: Sequence[int]) -> str:
    """Name versions for people: `version 3`, `versions 1, 2`."""
    return f"version{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
