"""Before a deed is done again: whether it was done already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

from pmr.chain.transaction import Receipt
from pmr.client.journal import Deed
from pmr.errors import ContractError


class Settling(Protocol):
    """What repeating a deed asks of the chain."""

    def journalled(self, journal: Callable[[bytes], None]) -> Self:
        """Give the same ledger, which tells `journal` of each signed transaction before it is sent."""

    def settle(self, raw: bytes) -> Receipt | None:
        """Wait for a transaction that may have been sent; None when it will never be in a block."""


def settled(ledger: Settling, deed: Deed) -> Receipt | None:
    """Give the receipt of a deed's transaction that was sent before, None when none of them did it.

    Raises `TransactionFailed` while one of them may still get into a block.
    """
    for raw in reversed(deed.signed()):
        try:
            receipt = ledger.settle(raw)
        except ContractError:  # it is in a block, and nothing came of it
            continue
        if receipt is not None:
            return receipt
    return None
