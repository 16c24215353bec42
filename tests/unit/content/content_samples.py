"""What the tests of content share: the vectors' streams, a dictionary of blocks, small records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.unixfs import Node, encode_directory, import_file

MIB = 1 << 20
ROOT = Path(__file__).parents[3]


def vectors(name: str) -> Any:
    """A file of vectors/."""
    return json.loads((ROOT / "vectors" / name).read_text())


def stream(content: str, size: int, piece: int = MIB) -> Iterator[bytes]:
    """The bytes that the vectors call `chacha20:SEED` or `text:...`, in pieces."""
    kind, _, value = content.partition(":")
    if kind == "text":
        yield value.encode()
        return
    key = hashlib.sha256(value.encode()).digest()
    keystream = Cipher(ChaCha20(key, bytes(16)), None).encryptor()
    for start in range(0, size, piece):
        yield keystream.update(bytes(min(piece, size - start)))


def sample(seed: str, size: int) -> bytes:
    """Bytes that look random and are the same each time."""
    return b"".join(stream(f"chacha20:{seed}", size))


class Blocks(dict[Cid, bytes]):
    """Blocks in memory that count what is fetched."""

    fetched = 0

    def put(self, block: Block) -> None:
        self[block.cid] = block.data

    def get_block(self, cid: Cid) -> bytes:
        self.fetched += 1
        return self[cid]

    def all(self) -> list[Block]:
        return [Block.checked(cid, data) for cid, data in self.items()]


def add_file(blocks: Blocks, data: bytes) -> Node:
    """Import a file into `blocks`."""
    return import_file([data], blocks.put)


def add_directory(blocks: Blocks, entries: dict[str, Node]) -> Block:
    """Write a directory into `blocks`."""
    directory = encode_directory(entries)
    blocks.put(directory)
    return directory


def small_record(seed: str = "record", size: int = 2 * MIB + 5) -> tuple[Cid, Blocks]:
    """A directory of a file of `size` bytes and two small ones: 7 blocks when it has three chunks."""
    blocks = Blocks()
    entries = {name: add_file(blocks, sample(seed + name, 100)) for name in ("header", "owner")}
    entries["0"] = add_file(blocks, sample(seed, size))
    return add_directory(blocks, entries).cid, blocks
