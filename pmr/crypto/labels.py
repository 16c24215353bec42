"""Domain separation: every derivation and signature of the format starts with its own label."""

from __future__ import annotations


def label(name: str) -> bytes:
    """Give `L(name)`: ASCII `pmr/v1/`, the name, a zero byte (docs/format.md, section 1)."""
    return b"pmr/v1/" + name.encode("ascii") + b"\0"
