"""Attacker: whoever runs a node and has a copy of the hospital's disks: all storage, all blocks, the
database.

They read every slot of the record, take every sealed block and every envelope, and try their own keys.
They find what the chain tells everybody, and nothing opens.
"""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from leaks.scanner import Piece, Scanner

from abuse.town import Resident, Story, Town, secrets_of
from pmr.cli.leak import decrypt, leak
from pmr.errors import CannotDecrypt

SLOTS = 8


def test_storage_of_a_record_is_a_digest_and_a_grant(town: Town, story: Story) -> None:
    """The mapping is not named in any answer; its place is tried, as anybody can."""
    values = set()
    for slot in range(SLOTS):
        place = keccak(encode(["address", "uint256"], [story.owner.wallet.address, slot]))
        values |= {_slot(town, place), _slot(town, keccak(place))}
    assert story.made.sealed.root.digest in values
    assert Scanner(secrets_of(story)).scan([Piece("slots", b"".join(values))]) == []


def _slot(town: Town, place: bytes) -> bytes:
    found = town.w3.eth.get_storage_at(town.chain.deployment.registry, int.from_bytes(place, "big"))
    return bytes(found).rjust(32, b"\0")


def test_blocks_and_envelope_of_a_record_do_not_open_with_other_keys(story: Story, mallory: Resident) -> None:
    copy = leak(story.reader.doctor, story.record)
    assert decrypt(copy, story.reader.doctor).manifest.title
    with pytest.raises(CannotDecrypt):
        decrypt(copy, mallory.doctor)


def test_files_of_the_server_hold_no_secret(town: Town, story: Story) -> None:
    files = [path for path in town.folder.rglob("*") if path.is_file()]
    found = [Piece(path.name, path.read_bytes()) for path in files]
    assert any(story.made.sealed.header.content_id.hex().encode() in piece.data for piece in found)
    assert Scanner(secrets_of(story)).scan(found) == []
