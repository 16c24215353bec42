"""How sealed files hide their size: Padmé, and never less than 4 KiB (section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pmr.errors import BadFormat, TooLarge

MAX_FILE = 1 << 40
MIN_PADDED = 4096


def padme(size: int) -> int:
    """Round up so that a size tells O(log log n) bits (Nikitin et al., PETS 2019, algorithm 1)."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    dropped = exponent - exponent.bit_length()
    return (size + (1 << dropped) - 1) >> dropped << dropped


def padded_size(size: int) -> int:
    """Give the plaintext length of a sealed file of `size` bytes; raise `TooLarge` above 2^40."""
    if not 0 <= size <= MAX_FILE:
        raise TooLarge(f"A file has at most {MAX_FILE} bytes, not {size}.")
    return max(MIN_PADDED, padme(size))


def strip(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Give the first `size` bytes of a padded plaintext and check the rest.

    Raises `BadFormat` when the padding is not zero or the length is not `padded_size(size)`.
    """
    left, padding = size, padded_size(size) - size
    for piece in pieces:
        if body := piece[:left]:
            yield body
        left -= len(body)
        padding -= len(piece) - len(body)
        if piece.count(b"\0", len(body)) != len(piece) - len(body):
            raise BadFormat("The padding of a body is not zero.")
    if left or padding:
        raise BadFormat("A body's length is not the one that its stated size gives.")
