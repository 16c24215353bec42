"""Asking a contract for one word, however much it would say.

`eth_call` gives back all that a contract returns or reverts with: for a million gas some 700,000 bytes. So
the contract is called by a few instructions of ours, sent as the code of a contract that is never made (an
`eth_call` without `to`), and these hand over 32 bytes.
"""

from __future__ import annotations

from pmr.types import Address

_LENGTH = 60
"""Bytes of our instructions."""
_OVERHEAD = 80_000
"""Gas for creating a contract and for our instructions, rounded up."""
_BYTE = 42
"""Gas for a byte of call data (40 by EIP-7623) and of creation code (EIP-3860), rounded up."""


def asking_code(to: Address, data: bytes, gas: int) -> bytes:
    """Creation code that calls `to` with `data` and `gas` (STATICCALL) and returns the word it answers.

    Returns zero when the call fails or answers with another length than 32 bytes.
    """
    instructions = (
        "6020 6000"  # room for the answer: 32 bytes at 0
        f"60{_LENGTH:02x} 38 03"  # size of data: CODESIZE - _LENGTH
        f"80 60{_LENGTH:02x} 6000 39"  # copy it behind these instructions to memory at 0
        f"6000 73{to[2:]} 63{gas:08x} fa"  # STATICCALL
        "3d 6020 14 16"  # succeeded AND RETURNDATASIZE == 32
        "6000 51 02 6000 52"  # times the word, back to memory
        "6020 6000 f3"
    )
    return bytes.fromhex(instructions) + data


def asking_gas(code: bytes, gas: int) -> int:
    """What the whole call needs, so that the contract has `gas`: a call gets at most 63/64 (EIP-150)."""
    return _OVERHEAD + _BYTE * len(code) + gas * 64 // 63
