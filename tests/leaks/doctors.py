"""Doctors of flesh and canaries: each knows what nobody else may learn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils import keccak

from leaks.canaries import content, token, words
from leaks.hospital import Hospital
from leaks.scanner import Secret, binary_secret, text_secret
from pmr.chain.node import CHAIN_ID
from pmr.chain.wallet import Wallet
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.journal import Journal
from pmr.client.ledger import Ledger
from pmr.client.profile import Profile
from pmr.client.sealing import About
from pmr.client.source import Source
from pmr.client.vaults import VaultLock
from pmr.crypto.content_key import ContentKey
from pmr.crypto.keyring import Keyring
from pmr.crypto.padding import padded_size
from pmr.crypto.recovery import write_kit
from pmr.crypto.vault import normal_signature, unlock_message
from pmr.types import RecordId

MIB = 1 << 20
_DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {
    "SHA-256": lambda data: hashlib.sha256(data).digest(),
    "SHA-1": lambda data: hashlib.sha1(data).digest(),
    "SHA-512": lambda data: hashlib.sha512(data).digest(),
    "MD5": lambda data: hashlib.md5(data).digest(),
    "Keccak-256": keccak,
}


@dataclass
class Known:
    """What somebody knows and no outsider may: grows while a story is played."""

    secrets: list[Secret] = field(default_factory=list)

    def text(self, name: str, value: str) -> str:
        """Keep a text and its digests; give it back."""
        self.secrets.append(text_secret(name, value))
        self._digests(name, value.encode())
        return value

    def file(self, name: str, data: bytes) -> bytes:
        """Keep a file: its canary, its digests, those of its MiBs, and of all that padded."""
        self.secrets.append(binary_secret(name, data[:64]))
        padded = data.ljust(padded_size(len(data)), b"\0")
        self._digests(name, data)
        self._digests(f"{name}, padded", padded)
        for at in range(0, len(padded), MIB):
            self._digests(f"{name} from byte {at}", data[at : at + MIB])
            self._digests(f"{name}, padded, from byte {at}", padded[at : at + MIB])
        return data

    def key(self, name: str, value: bytes) -> bytes:
        """Keep a key."""
        self.secrets.append(binary_secret(name, value))
        return value

    def content_key(self, name: str, key: ContentKey, content_id: bytes) -> None:
        """Keep a version's key and the one that its bodies are sealed with."""
        self.key(f"content key of {name}", key.reveal())
        self.key(f"body key of {name}", key.body_key(content_id).reveal())

    def keyring(self, name: str, keyring: Keyring) -> None:
        """Keep seeds, what comes of them, and the words on paper."""
        for version, key in keyring.keys.items():
            mine = f"{name}'s version {version}"
            self.key(f"seed of {mine}", key.seed.reveal())
            self.key(f"X-Wing seed of {mine}", key.seed.derive("x-wing"))
            self.key(f"Ed25519 key of {mine}", key.seed.derive("ed25519"))
        for line in write_kit(keyring, Wallet.from_key(b"\1" * 32).address).splitlines():
            if line.startswith("key "):
                self._recovery_words(f"{name}'s {line.partition(':')[0]}", line.partition(": ")[2].split())

    def _recovery_words(self, name: str, found: list[str]) -> None:
        for at in range(0, len(found), 6):
            self.secrets.append(text_secret(f"recovery words of {name}", " ".join(found[at : at + 6])))

    def _digests(self, name: str, data: bytes) -> None:
        for kind, digest in _DIGESTS.items():
            self.secrets.append(binary_secret(f"{kind} of {name}", digest(data)))


@dataclass
class Person:
    """A doctor with an own folder, wallet and way through the recorders."""

    name: str
    hospital: Hospital
    known: Known
    wallet: Wallet
    profile: Profile
    lock: VaultLock
    passphrase: str
    keyring: Keyring
    api: Api
    ledger: Ledger

    @classmethod
    def new(cls, name: str, hospital: Hospital, known: Known, home: Path) -> Person:
        """Make somebody whose keys were never anywhere."""
        wallet, private = hospital.new_wallet()
        known.key(f"{name}'s wallet", private)
        known.key(
            f"{name}'s unlocking signature",
            normal_signature(wallet.sign_typed(unlock_message(wallet.address))),
        )
        passphrase = known.text(f"{name}'s passphrase", words("pass") + token())
        keyring = Keyring.new()
        known.keyring(name, keyring)
        api = Api(Http(hospital.server.url), wallet, CHAIN_ID)
        ledger = Ledger(hospital.connect(), hospital.deployment, wallet.address, wallet)
        lock = VaultLock.new(wallet, passphrase)
        return cls(
            name, hospital, known, wallet, Profile(home / name), lock, passphrase, keyring, api, ledger
        )

    @property
    def doctor(self) -> Doctor:
        """The doctor with the vault open, and a journal in the own folder."""
        journal = Journal(self.profile.folder / "journal", self.keyring)
        return Doctor(self.ledger, self.api, self.keyring, journal=journal)

    def publish(self) -> None:
        """Make a vault and publish the key."""
        vault = self.lock.seal(self.keyring)
        self.profile.add_vault(vault)
        self.doctor.publish_key(vault, self.profile.was_left)
        self.profile.note_left(vault)

    def opened(self, record: RecordId, name: str) -> None:
        """Open a record and keep its key among the secrets."""
        found = self.doctor.open(record)
        self.known.content_key(name, found.content_key, found.sealed.header.content_id)


def about(known: Known, name: str) -> About:
    """A record's fields, a canary each; twice where something might keep letters alone."""

    def canary(what: str) -> str:
        letters = token()
        known.text(f"{what} of {name} (its letters)", letters)
        return known.text(f"{what} of {name}", words(what)) + " " + letters

    return About(
        canary("title"), canary("patient"), "2011-02-23", canary("notes") + "\n" + canary("more notes")
    )


def sources(known: Known, name: str, *sizes: int) -> list[Source]:
    """Files with canaries as names, folders included, and as content."""
    return list(_sources(known, name, sizes))


def _sources(known: Known, name: str, sizes: tuple[int, ...]) -> Iterator[Source]:
    for number, size in enumerate(sizes):
        what = f"file {number} of {name}"
        path = f"{token()}/{words('name')}.dcm"
        known.text(f"folder of {what}", path.partition("/")[0])
        known.text(f"name of {what}", path.partition("/")[2])
        yield Source.from_bytes(path, known.file(what, content(size)))
