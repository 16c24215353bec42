"""What a transaction cost, for people and programs."""

from __future__ import annotations

from typing import Any

from pmr.chain.transaction import Receipt


def receipt_data(receipt: Receipt | None) -> dict[str, Any] | None:
    """Give a receipt as JSON: seconds and gas as numbers; None for one that the node has forgotten."""
    if receipt is None:
        return None
    return {
        "hash": "0x" + receipt.hash.hex(),
        "block": receipt.block,
        "gasUsed": receipt.gas_used,
        "seconds": round(receipt.seconds, 3),
    }


def receipt_text(receipt: Receipt | None) -> str:
    """Give a receipt in a line."""
    if receipt is None:
        return "sent before"
    return f"{receipt.gas_used:,} gas, {receipt.seconds:.1f} s, block {receipt.block}"
