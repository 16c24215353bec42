"""Calldata with bits outside a value's width: two words must never name one thing."""

from collections.abc import Callable

import pytest
from eth_utils import keccak
from web3.exceptions import ContractLogicError

from contracts.ledger import GAS, Ledger, root

WORD = 2**256


def call(ledger: Ledger, to: str, signature: str, *words: int | bytes) -> bytes:
    """Call with 32-byte words as they are; no encoder in between."""
    packed = b"".join(w if isinstance(w, bytes) else (w % WORD).to_bytes(32, "big") for w in words)
    data = keccak(text=signature)[:4] + packed
    return bytes(
        ledger.chain.w3.eth.call({"from": ledger.alice, "to": to, "data": "0x" + data.hex(), "gas": GAS})  # type: ignore[typeddict-item]  # web3 takes str
    )


# Each function with good arguments for it: (signature, words, for each word its width in bits).
def functions(ledger: Ledger, record: int) -> list[tuple[str, list[int | bytes], list[int]]]:
    bob = int(ledger.bob, 16)
    alice = int(ledger.alice, 16)
    return [
        ("create(uint48,bytes32)", [1, root(1)], [48, 256]),
        ("revise(uint208,bytes32,bytes32)", [record, root(0), root(5)], [208, 256, 256]),
        ("grant(uint208,address,uint40,uint8,bytes32)", [record, bob, 0, 1, root(1)], [208, 160, 40, 8, 256]),
        ("revoke(uint208,address)", [record, bob], [208, 160]),
        ("record(uint208)", [record], [208]),
        ("canRead(uint208,address)", [record, bob], [208, 160]),
        ("grantOf(uint208,address)", [record, bob], [208, 160]),
        ("recordsOf(address,uint256,uint256)", [alice, 0, 1], [160, 256, 256]),
        ("sharedWith(address,uint208,uint256)", [bob, record, 1], [160, 208, 256]),
        ("sharedBy(address,address,uint256,uint256)", [alice, bob, 0, 1], [160, 160, 256, 256]),
    ]


@pytest.fixture
def shared(ledger: Ledger) -> int:
    """A record of alice that bob may read."""
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    return record


@pytest.mark.parametrize("dirt", [lambda width: 1 << width, lambda _: 1 << 255], ids=["lowest", "highest"])
def test_any_function_with_a_dirty_word_reverts(
    ledger: Ledger, shared: int, dirt: Callable[[int], int]
) -> None:
    tried = 0
    for signature, words, widths in functions(ledger, shared):
        call(ledger, ledger.registry.address, signature, *words)
        for place, width in enumerate(widths):
            if width == 256:
                continue
            dirty = list(words)
            dirty[place] = int(dirty[place]) | dirt(width)
            with pytest.raises(ContractLogicError):
                call(ledger, ledger.registry.address, signature, *dirty)
            tried += 1
    assert tried == 18


@pytest.mark.parametrize(
    ("signature", "words", "place", "width"),
    [
        ("publish(uint48,bytes32)", [1, 7], 0, 48),
        ("keyOf(address)", [5], 0, 160),
        ("bundleAt(address,uint48)", [5, 1], 0, 160),
        ("bundleAt(address,uint48)", [5, 1], 1, 48),
    ],
)
def test_key_directory_with_a_dirty_word_reverts(
    ledger: Ledger, signature: str, words: list[int], place: int, width: int
) -> None:
    call(ledger, ledger.keys.address, signature, *words)
    dirty = [word | 1 << width if index == place else word for index, word in enumerate(words)]
    with pytest.raises(ContractLogicError):
        call(ledger, ledger.keys.address, signature, *dirty)


def test_calldata_that_is_too_short_reverts(ledger: Ledger, shared: int) -> None:
    for signature, words, _ in functions(ledger, shared):
        with pytest.raises(ContractLogicError):
            call(ledger, ledger.registry.address, signature, *words[:-1])


def test_unknown_functions_and_ether_are_refused(ledger: Ledger) -> None:
    with pytest.raises(ContractLogicError):
        call(ledger, ledger.registry.address, "owner()")
    for contract in (ledger.registry, ledger.keys):
        with pytest.raises(ContractLogicError):
            ledger.chain.w3.eth.call({"from": ledger.alice, "to": contract.address, "value": 1, "gas": GAS})  # type: ignore[typeddict-item]  # a plain int is wei
