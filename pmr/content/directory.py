"""A directory of files: one block, its links in the order of their names."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pmr.content.block import MAX_BLOCK, Block
from pmr.content.cid import DAG_PB
from pmr.content.dag_pb import Link, decode_node, encode_node
from pmr.content.importing import Node
from pmr.errors import BadBlock, BadInput, TooLarge

MAX_ENTRIES = 4101
"""Entries of the largest directory: a record of 4,096 files with its five others."""
_DIRECTORY = b"\x08\x01"


def encode_directory(entries: Mapping[str, Node | Link]) -> Block:
    """Write a directory of files as its one block.

    Raises `BadInput` for a name that cannot stand in one, `TooLarge` for too many entries or a
    block above `MAX_BLOCK`.
    """
    for name in entries:
        if fault := _name_fault(name):
            raise BadInput(f"A directory cannot hold the name {name!r}: {fault}.")
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"A directory has at most {MAX_ENTRIES} entries, not {len(entries)}.")
    ordered = sorted(entries.items(), key=lambda entry: entry[0].encode())
    data = encode_node((Link(e.cid, e.dag_size, name) for name, e in ordered), _DIRECTORY)
    if len(data) > MAX_BLOCK:
        raise TooLarge(f"The directory has {len(data)} bytes; its names are too long.")
    return Block.of(DAG_PB, data)


def decode_directory(block: Block) -> dict[str, Link]:
    """Read a directory, in the order of its names; raise `BadBlock` for any other form."""
    if not is_directory(block):
        raise BadBlock(f"{block.cid} is not a directory.")
    links = decode_node(block.data).links
    if len(links) > MAX_ENTRIES:
        raise BadBlock(f"The directory {block.cid} has more than {MAX_ENTRIES} entries.")
    if any(a.name.encode() >= b.name.encode() for a, b in pairwise(links)):
        raise BadBlock(f"The names of the directory {block.cid} are not in order, or not distinct.")
    if any(_name_fault(link.name) for link in links):
        raise BadBlock(f"The directory {block.cid} has a name that cannot stand in one.")
    return {link.name: link for link in links}


def is_directory(block: Block) -> bool:
    """Say whether a block's UnixFS data is that of a directory; raise `BadBlock` for no node."""
    return block.cid.codec == DAG_PB and decode_node(block.data).data == _DIRECTORY


def _name_fault(name: str) -> str:
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return "it is empty, a dot name, or has a slash or a zero in it"
    try:
        return "" if len(name.encode()) <= 255 else "it is longer than 255 bytes"
    except UnicodeEncodeError:
        return "it is not Unicode text"
