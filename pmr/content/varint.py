"""Unsigned LEB128, as protobuf and CAR write numbers; only the shortest form is read."""

from __future__ import annotations

MAX_LENGTH = 9
"""Bytes of the longest number: 63 bits (https://github.com/multiformats/unsigned-varint)."""


def encode_varint(number: int) -> bytes:
    """Write a number, seven bits a byte, lowest first."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint_length(number: int) -> int:
    """Bytes that `encode_varint` gives."""
    return max(1, (number.bit_length() + 6) // 7)


def decode_varint(data: bytes, offset: int) -> tuple[int, int]:
    """Read a number; give it and where it ends. Raise `ValueError` if cut off, long or padded."""
    number = 0
    for index, byte in enumerate(data[offset : offset + MAX_LENGTH]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0 and index:
                raise ValueError("a number has needless bytes")
            return number, offset + index + 1
    raise ValueError("a number does not end")
