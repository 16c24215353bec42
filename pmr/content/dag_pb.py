"""dag-pb: the protobuf of blocks that link to other blocks.

Source: https://ipld.io/specs/codecs/dag-pb/spec/. Links come first, each as hash, name, Tsize.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pmr.content.cid import CID_LENGTH, Cid
from pmr.content.varint import decode_varint, encode_varint, varint_length
from pmr.errors import BadBlock, BadCid

_LINK, _DATA = 0x12, 0x0A
_HASH, _NAME, _TSIZE = 0x0A, 0x12, 0x18


class Link(NamedTuple):
    """A link to a block."""

    cid: Cid
    dag_size: int
    """Bytes of that block and of all blocks below it, each as often as it is linked (Tsize)."""
    name: str = ""


class PbNode(NamedTuple):
    """What a dag-pb block holds."""

    links: list[Link]
    data: bytes


def encode_node(links: Iterable[Link], data: bytes) -> bytes:
    """Write a node; the one form that `decode_node` takes."""
    body = b"".join(_field(_LINK, _encode_link(link)) for link in links)
    return body + _field(_DATA, data)


def link_length(dag_size: int) -> int:
    """Bytes in a node of a link without a name."""
    body = 2 + CID_LENGTH + 2 + 1 + varint_length(dag_size)
    return 1 + varint_length(body) + body


def decode_node(data: bytes) -> PbNode:
    """Read a node; raise `BadBlock` unless the bytes are those that `encode_node` writes."""
    try:
        node = _decode(data)
    except (ValueError, IndexError, BadCid) as error:
        raise BadBlock(f"A dag-pb block cannot be read: {error}.") from None
    if encode_node(*node) != data:
        raise BadBlock("A dag-pb block is not in the one form that is taken.")
    return node


def _encode_link(link: Link) -> bytes:
    name = link.name.encode()
    return (
        _field(_HASH, link.cid.encode())
        + _field(_NAME, name)
        + bytes((_TSIZE,))
        + encode_varint(link.dag_size)
    )


def _decode(data: bytes) -> PbNode:
    links: list[Link] = []
    offset = 0
    while data[offset] == _LINK:
        body, offset = _take(data, offset, _LINK)
        links.append(_decode_link(body))
    payload, offset = _take(data, offset, _DATA)
    return PbNode(links, payload)


def _decode_link(body: bytes) -> Link:
    cid, offset = _take(body, 0, _HASH)
    name, offset = _take(body, offset, _NAME)
    if body[offset] != _TSIZE:
        raise ValueError("a link has no size")
    dag_size, _ = decode_varint(body, offset + 1)
    return Link(Cid.decode(cid), dag_size, name.decode())


def _field(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + encode_varint(len(content)) + content


def _take(data: bytes, offset: int, tag: int) -> tuple[bytes, int]:
    if data[offset] != tag:
        raise ValueError(f"field {data[offset]:#x} stands where {tag:#x} must")
    length, start = decode_varint(data, offset + 1)
    return data[start : start + length], start + length
