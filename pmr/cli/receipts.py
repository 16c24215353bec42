"""What a transaction cost, for people and programs."""

from __future__ import annotations

from typing import Any

from pmr.chain.transaction import Receipt


def receipt_data(receipt: Receipt) -> dict[str, Any]:
    """Give a receipt as JSON: seconds and gas as numbers."""
    return {
        "hash": "0x" + receipt.hash.hex(),
        "block": receipt.block,
        "gasUsed": receipt.gas_used,
        "seconds": round(receipt.seconds, 3),
    }


def receipt_text(receipt: Receipt) -> str:
    """Give a receipt in a line."""
    return f"{receipt.gas_used:,} gas, {receipt.seconds:.1f} s, block {receipt.block}"
