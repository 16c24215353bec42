"""A copy of a record for somebody else: the same sealed files, with an `owner` entry of the own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pmr.client.opening import Get, SealedRecord
from pmr.client.sealing import owner_envelope
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.dag_pb import Link
from pmr.content.unixfs import encode_directory
from pmr.crypto.content_key import ContentKey
from pmr.types import Address


@dataclass(frozen=True)
class OwnCopy:
    """The two blocks in which a copy differs from the record that it is of."""

    directory: Block
    envelope: Block

    @property
    def root(self) -> Cid:
        """The copy's root."""
        return self.directory.cid

    @property
    def blocks(self) -> Mapping[Cid, bytes]:
        """Both by CID."""
        return {block.cid: block.data for block in (self.directory, self.envelope)}

    def over(self, get: Get) -> Get:
        """Give a `get` that has the copy's own blocks and takes the others from the record's."""
        return lambda cid: self.blocks[cid] if cid in self.blocks else get(cid)


def copy_with(sealed: SealedRecord, envelope: bytes) -> OwnCopy:
    """Give the copy of a record whose `owner` entry is this envelope."""
    block = Block.of(RAW, envelope)
    links = dict(sealed.entries) | {"owner": Link(block.cid, len(envelope), "owner")}
    return OwnCopy(encode_directory(links), block)


def copy_for(sealed: SealedRecord, content_key: ContentKey, owner: Address, public_key: bytes) -> OwnCopy:
    """Give a record's copy for the owner of a key."""
    return copy_with(sealed, owner_envelope(content_key, sealed.header, owner, public_key))
