"""The values that every layer speaks of: accounts, record ids, grants, deployments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from eth_typing import ChecksumAddress
from eth_utils import is_checksum_address, to_canonical_address, to_checksum_address

from pmr.errors import BadAddress, BadPurpose, BadRecordId

Address = ChecksumAddress
Digest = bytes
"""32 bytes of SHA-256."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is, in bytes."""

POSITION_BITS = 48
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def no_progress(what: str, done: int, total: int) -> None:
    """The `Progress` of a caller that shows none."""


def parse_address(text: str) -> Address:
    """Give the EIP-55 form of an address; raise `BadAddress` for a bad form or checksum."""
    if not _ADDRESS.fullmatch(text):
        raise BadAddress(f"{text!r} is not 0x and 40 hex digits.")
    if not (text[2:].islower() or text[2:].isupper() or text[2:].isdigit()):
        _check_case(text)
    return to_checksum_address(text)


def _check_case(text: str) -> None:
    if not is_checksum_address(text):
        raise BadAddress(f"The letter case of {text} does not match its checksum (EIP-55).")


def address_bytes(account: Address) -> bytes:
    """Give the 20 bytes of an account."""
    return to_canonical_address(account)


@dataclass(frozen=True, order=True)
class RecordId:
    """A record's name on chain: who owns it and its position in that owner's list."""

    owner: Address
    position: int

    def __post_init__(self) -> None:
        """Refuse a position that does not fit 48 bits."""
        if not 0 <= self.position < 1 << POSITION_BITS:
            raise BadRecordId(f"Position {self.position} is not between 0 and 2^48-1.")

    @property
    def word(self) -> int:
        """The id as the contracts' uint208: owner << 48 | position."""
        return int(self.owner, 16) << POSITION_BITS | self.position

    @classmethod
    def from_word(cls, word: int) -> Self:
        """Read the contracts' uint208; raise `BadRecordId` when it has more bits."""
        if not 0 <= word < 1 << (160 + POSITION_BITS):
            raise BadRecordId(f"{word:#x} does not fit 208 bits.")
        owner = to_checksum_address((word >> POSITION_BITS).to_bytes(20, "big"))
        return cls(owner, word & ((1 << POSITION_BITS) - 1))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `0xOwner/7`; raise `BadRecordId` or `BadAddress`."""
        owner, slash, position = text.partition("/")
        if not slash or not re.fullmatch(r"0|[1-9][0-9]{0,14}", position):
            raise BadRecordId(f"{text!r} is not of the form 0xOwner/7.")
        return cls(parse_address(owner), int(position))

    def __str__(self) -> str:
        """The text form, `0xOwner/7`."""
        return f"{self.owner}/{self.position}"


class Purpose(IntEnum):
    """Why access was granted; the codes of HL7 v3 PurposeOfUse in brackets.

    Source: http://terminology.hl7.org/ValueSet/v3-PurposeOfUse
    """

    TREATMENT = 1  # TREAT
    EMERGENCY = 2  # ETREAT
    RESEARCH = 3  # HRESCH
    PAYMENT = 4  # HPAYMT
    PATIENT_REQUEST = 5  # PATRQT
    OPERATIONS = 6  # HOPERAT
    PUBLIC_HEALTH = 7  # PUBHLTH
    LEGAL = 8  # HLEGAL

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `treatment`, `patient-request` …; raise `BadPurpose`."""
        try:
            return cls[text.upper().replace("-", "_")]
        except KeyError:
            names = ", ".join(p.label for p in cls)
            raise BadPurpose(f"{text!r} is none of: {names}.") from None

    @property
    def label(self) -> str:
        """The name as people type it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Grant:
    """What the registry keeps for a record and a reader."""

    expires_at: int
    """Unix seconds; 0 for no end."""
    purpose: int
    """1 to 127; the known ones are in `Purpose`."""
    live: bool
    """False when never granted, or revoked."""

    def allows(self, now: int) -> bool:
        """Say whether a reader may read at `now` (Unix seconds)."""
        return self.live and (self.expires_at == 0 or self.expires_at > now)


@dataclass(frozen=True)
class Deployment:
    """Where the contracts of one chain are. Written to `deployments/<chainId>.json`."""

    chain_id: int
    registry: Address
    key_directory: Address
    forwarder: Address
    block: int
    """The block of the first of the three deployments; no event is older."""
