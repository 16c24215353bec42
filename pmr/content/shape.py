"""The frozen shape of a file's tree: everything about it but the hashes follows from its size.

Source: IPIP-499 `unixfs-v1-2025`, https://specs.ipfs.tech/ipips/ipip-0499/.
"""

from __future__ import annotations

from pmr.content.dag_pb import link_length
from pmr.content.varint import encode_varint, varint_length

CHUNK = 1 << 20
"""Bytes in every leaf but the last."""
WIDTH = 1024
"""Links in every node but the last of its level."""
_MAX_PLAIN = 1 << 40
_SEGMENTS = 1 + -(-(_MAX_PLAIN - (CHUNK - 56)) // (CHUNK - 16))
MAX_FILE = 40 + _MAX_PLAIN + 16 * _SEGMENTS
"""Bytes of the largest file: 2^40 bytes as sealed by docs/format.md section 5."""
_FILE_TYPE = b"\x08\x02"


def height_of(size: int) -> int:
    """Levels of nodes above the leaves of a file of `size` bytes; 0 for a file of one chunk."""
    height = 0
    while capacity(height) < size:
        height += 1
    return height


def capacity(height: int) -> int:
    """Bytes of a full tree."""
    return CHUNK * int(WIDTH**height)


def parts(size: int, height: int) -> list[int]:
    """Sizes of what each link of a node at `height` (at least 1) holds: all full but the last."""
    full = capacity(height - 1)
    whole, rest = divmod(size, full)
    return [full] * whole + ([rest] if rest else [])


def file_data(size: int, sizes: list[int]) -> bytes:
    """UnixFS data of a file's node: type 2, file size, the size of each part.

    Source: https://specs.ipfs.tech/unixfs/#data-format.
    """
    counted = b"".join(b"\x20" + encode_varint(part) for part in sizes)
    return _FILE_TYPE + b"\x18" + encode_varint(size) + counted


def dag_size_of(size: int, height: int) -> int:
    """Bytes of all blocks of a file's tree, which is what a link to it says (Tsize)."""
    if height == 0:
        return size
    sizes = parts(size, height)
    full, last = (dag_size_of(part, height - 1) for part in (sizes[0], sizes[-1]))
    data = len(file_data(size, sizes))
    links = (len(sizes) - 1) * (full + link_length(full)) + last + link_length(last)
    return links + 1 + varint_length(data) + data
