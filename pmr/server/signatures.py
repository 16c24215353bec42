"""Whose signature a text bears: an ordinary account's, or a contract wallet's (EIP-1271)."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import defunct_hash_message, encode_defunct

from pmr.errors import ChainError, ChainUnavailable, SignInFailed
from pmr.server.chain import Chain
from pmr.types import Address

MAX_SIGNATURE = 8192
"""Bytes; contract wallets with many owners send one signature for each."""
GAS = 1_000_000
"""What a contract wallet may spend on looking at a signature."""

_SELECTOR = bytes.fromhex("1626ba7e")
_MAGIC = _SELECTOR + bytes(28)
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def check_signature(chain: Chain, account: Address, text: str, signature: bytes) -> None:
    """Raise `SignInFailed` unless `account` signed `text` as EIP-191 says.

    First as 65 bytes r ‖ s ‖ v of the account itself, with s in its low form (EIP-2); then, when the
    account is a contract, by its `isValidSignature` (https://eips.ethereum.org/EIPS/eip-1271).
    Raises `ChainUnavailable` when that cannot be asked.
    """
    if len(signature) > MAX_SIGNATURE:
        raise SignInFailed(f"A signature has at most {MAX_SIGNATURE} bytes.")
    if _signed_by_account(account, text, signature):
        return
    if chain.code_at(account) and _signed_by_contract(chain, account, text, signature):
        return
    raise SignInFailed(f"The signature is not one of {account} over the text that the server wrote.")


def _signed_by_account(account: Address, text: str, signature: bytes) -> bool:
    if len(signature) != 65 or int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return False
    try:
        return bool(Account.recover_message(encode_defunct(text=text), signature=signature) == account)
    except Exception:  # noqa: BLE001 - the libraries below have no common error; any of them means no
        return False


def _signed_by_contract(chain: Chain, account: Address, text: str, signature: bytes) -> bool:
    digest = bytes(defunct_hash_message(text=text))
    data = _SELECTOR + encode(["bytes32", "bytes"], [digest, signature])
    try:
        return chain.call(account, data, GAS) == _MAGIC
    except ChainUnavailable:
        raise
    except ChainError:
        return False
