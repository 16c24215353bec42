"""Accounts, and what they send."""

from __future__ import annotations

import os
from collections.abc import Callable

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import encode_directory, import_file
from pmr.server.services import Services
from pmr.types import Address, parse_address

ALICE, BOB, MALLORY = (parse_address("0x" + digit * 40) for digit in "123")
DAY = 24 * 3600
Held = Callable[[Block], bool]


def leaf() -> Block:
    """A raw block, such as an envelope."""
    return Block.of(RAW, os.urandom(1169))


def folder(*shared: bytes) -> list[Block]:
    """A directory of one new file and of those given, the directory last."""
    blocks: list[Block] = []
    files = [import_file([data], blocks.append) for data in (os.urandom(5000), *shared)]
    return [*blocks, encode_directory({str(number): node for number, node in enumerate(files)})]


def put(services: Services, account: Address, *blocks: Block) -> None:
    """Have an account send blocks."""
    services.uploads.put(account, blocks)


def keep(services: Services, account: Address, blocks: list[Block]) -> Cid:
    """Have an account send and pin a directory; give its root."""
    put(services, account, *blocks)
    services.uploads.pin(account, blocks[-1].cid)
    return blocks[-1].cid
