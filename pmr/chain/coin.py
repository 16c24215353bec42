"""A chain's coin for people: amounts in the coin, prices in billionths of it (gwei)."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal, InvalidOperation

from pmr.errors import BadInput

DECIMALS = 18
_GWEI = 9
_DIGITS = Context(prec=4, rounding=ROUND_UP)


def show_coin(wei: int, symbol: str) -> str:
    """Give an amount to four digits, rounded up: `0.003143 ETH`."""
    return f"{_short(wei, DECIMALS)} {symbol}"


def show_price(wei: int) -> str:
    """Give a price of gas: `1.5 gwei`."""
    return f"{_short(wei, _GWEI)} gwei"


def _short(wei: int, decimals: int) -> str:
    amount = Decimal(wei).scaleb(-decimals)
    # More digits before the point than four are all shown.
    rounded = amount if amount >= 10_000 else _DIGITS.create_decimal(amount)
    return f"{rounded.normalize():f}" if rounded else "0"


def parse_coin(text: str) -> int:
    """Read an amount of the coin, as `0.05`; give wei. Raises `BadInput`."""
    try:
        wei = Decimal(text).scaleb(DECIMALS)
        if wei < 0 or wei != int(wei):
            raise ValueError
    except (InvalidOperation, ValueError, OverflowError):
        raise BadInput(f"{text!r} is not an amount of coin like 0.05.") from None
    return int(wei)
