"""Each error of the contracts, raised by the contracts themselves, arrives as its own exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chain.in_process import Chain
from pmr.chain.artifact import load
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import send
from pmr.errors import (
    AddressEmptyCode,
    ContractError,
    EmptyBundle,
    EmptyReader,
    EmptyRoot,
    ERC2771ForwarderExpiredRequest,
    ERC2771ForwarderInvalidSigner,
    ERC2771ForwarderMismatchedValue,
    ERC2771UntrustfulTarget,
    ExpiryInPast,
    FailedCall,
    InsufficientBalance,
    InvalidAccountNonce,
    InvalidPurpose,
    InvalidShortString,
    NotGranted,
    NotOwner,
    RecordNotFound,
    SelfGrant,
    StaleRoot,
    StringTooLong,
    WrongPosition,
    WrongVersion,
)
from pmr.types import Address, RecordId

ROOT = b"\x01" * 32
EMPTY = bytes(32)
ZERO = "0x" + "00" * 20

NEVER: Mapping[type[ContractError], str] = {
    AddressEmptyCode: "Multicall calls its own contract, which has code",
    InsufficientBalance: "the forwarder gives back no more than it was sent in the same transaction",
    InvalidAccountNonce: "the forwarder puts the nonce into what is signed, so a used one is a wrong signer",
    InvalidShortString: "the forwarder's name and version are short and never change",
    StringTooLong: "only while a forwarder with a long name is deployed",
}
"""What is in the ABIs of OpenZeppelin's parts and cannot happen in these contracts, and why."""


Call = tuple[str, tuple[Any, ...], Mapping[str, Any]]
"""A function, its arguments, and the values that the error must give."""


def _registry_calls(alice: Address, bob: Address) -> Mapping[type[ContractError], Call]:
    """What alice, who has one record, may not do there."""
    mine, missing, foreign = RecordId(alice, 0), RecordId(alice, 9), RecordId(bob, 0)
    word = mine.word
    return {
        EmptyRoot: ("create", (1, EMPTY), {}),
        WrongPosition: ("create", (5, ROOT), {"expected": 1, "given": 5}),
        NotOwner: ("revoke", (foreign.word, bob), {"id": foreign, "caller": alice}),
        RecordNotFound: ("record", (missing.word,), {"id": missing}),
        StaleRoot: ("revise", (word, b"\x07" * 32, ROOT), {"id": mine, "current": ROOT}),
        EmptyReader: ("grant", (word, ZERO, 0, 1, ROOT), {}),
        SelfGrant: ("grant", (word, alice, 0, 1, ROOT), {"id": mine}),
        ExpiryInPast: ("grant", (word, bob, 1, 1, ROOT), {"expiresAt": 1}),
        InvalidPurpose: ("grant", (word, bob, 0, 128, ROOT), {"purpose": 128}),
        NotGranted: ("revoke", (word, bob), {"id": mine, "reader": bob}),
        FailedCall: ("multicall", ([b"\xff" * 4],), {}),
    }


_KEY_CALLS: Mapping[type[ContractError], Call] = {
    EmptyBundle: ("publish", (1, EMPTY), {}),
    WrongVersion: ("publish", (2, ROOT), {"expected": 1, "given": 2}),
}


def _forwarder_calls(chain: Chain) -> Mapping[type[ContractError], Call]:
    """Requests in the name of alice, none of which she signed."""
    alice, place, now = chain.wallets[0].address, chain.deployment, chain.now()

    def request(to: str, value: int = 0, deadline: int = now + 1000) -> tuple[Any, ...]:
        return ((alice, to, value, 100_000, deadline, b"", bytes(65)),)

    other_sum = {"requestedValue": 1, "msgValue": 0}
    itself = {"target": place.forwarder, "forwarder": place.forwarder}
    return {
        ERC2771UntrustfulTarget: ("execute", request(place.forwarder), itself),
        ERC2771ForwarderExpiredRequest: ("execute", request(place.registry, 0, 9), {"deadline": 9}),
        ERC2771ForwarderInvalidSigner: ("execute", request(place.registry), {"signer": ZERO, "from": alice}),
        ERC2771ForwarderMismatchedValue: ("execute", request(place.registry, 1), other_sum),
    }


def _calls(chain: Chain) -> Mapping[type[ContractError], tuple[str, str, Call]]:
    """For each error the contract, its address and the call that ends in it."""
    alice, bob = chain.wallets[0].address, chain.wallets[1].address
    place = chain.deployment
    contracts = (
        ("RecordRegistry", place.registry, _registry_calls(alice, bob)),
        ("KeyDirectory", place.key_directory, _KEY_CALLS),
        ("ERC2771Forwarder", place.forwarder, _forwarder_calls(chain)),
    )
    return {kind: (name, to, calls[kind]) for name, to, calls in contracts for kind in calls}


@pytest.fixture
def ledger(chain: Chain) -> Chain:
    """Alice, the first account, has one record."""
    send(chain.w3, chain.wallets[0], RecordRegistry(chain.w3, chain.deployment).create(0, ROOT))
    return chain


def test_every_error_can_happen_or_is_said_why_not(chain: Chain) -> None:
    assert {*_calls(chain), *NEVER} == set(ContractError.__subclasses__())
    assert not _calls(chain).keys() & NEVER.keys()


@pytest.mark.parametrize("kind", sorted(set(ContractError.__subclasses__()) - set(NEVER), key=str))
def test_error_of_a_contract_arrives_as_its_own_exception_with_its_values(
    ledger: Chain, kind: type[ContractError]
) -> None:
    name, to, (function, arguments, values) = _calls(ledger)[kind]
    data = load(name).encode(function, *arguments)
    with pytest.raises(ContractError) as caught:
        ledger.try_call({"from": ledger.wallets[0].address, "to": to, "data": "0x" + data.hex()})
    assert type(caught.value) is kind
    assert caught.value.values == values
    assert str(caught.value).startswith(kind.sentence)
