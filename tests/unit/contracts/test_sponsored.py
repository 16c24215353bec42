"""Calls that somebody else pays for, through OpenZeppelin's ERC2771Forwarder."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak, to_checksum_address
from web3.exceptions import ContractLogicError

from contracts.ledger import GAS, Ledger, refused, root
from contracts.sponsoring import Request
from pmr.chain.wallet import Wallet


def signed(ledger: Ledger, wallet: Wallet, to: str, data: str, late: int = 0) -> tuple[Any, ...]:
    """A wallet's first request with its signature, which eth-account recovers too."""
    deadline = ledger.chain.now() + 1000 - late
    request = Request(wallet.address, to_checksum_address(to), bytes.fromhex(data[2:]), 0, deadline)
    place = ledger.chain.w3.eth.chain_id, ledger.chain.deployment.forwarder
    fields = request.signed(wallet, *place)
    message = encode_typed_data(full_message=request.message(*place))
    assert Account.recover_message(message, signature=fields[-1]) == wallet.address
    return fields


def forward(ledger: Ledger, request: tuple[Any, ...]) -> list[tuple[str, dict[str, Any]]]:
    call = ledger.forwarder.functions.execute(request)
    call.call({"from": ledger.relayer, "gas": GAS})
    receipt = ledger.mine(ledger.relayer, call)
    ours = [log for log in receipt["logs"] if log["address"] != ledger.forwarder.address]
    return ledger.events({"logs": ours})


def test_sponsored_create_belongs_to_the_signer(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    data = ledger.registry.encode_abi("create", [0, root(1)])
    ((name, values),) = forward(ledger, signed(ledger, wallet, ledger.registry.address, data))
    assert (name, values["owner"]) == ("RecordCreated", wallet.address)
    assert ledger.registry.functions.recordsOf(ledger.relayer, 0, 1).call() == [[], 0]


def test_sponsored_multicall_acts_as_the_signer_in_every_call(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    record = ledger.word(wallet.address, 0)
    calls = [
        ledger.registry.encode_abi("create", [0, root(1)]),
        ledger.registry.encode_abi("grant", [record, ledger.bob, 0, 1, root(2)]),
    ]
    data = ledger.registry.encode_abi("multicall", [calls])
    events = forward(ledger, signed(ledger, wallet, ledger.registry.address, data))
    assert [name for name, _ in events] == ["RecordCreated", "AccessGranted"]
    assert ledger.registry.functions.canRead(record, ledger.bob).call()


def test_sponsored_publish_belongs_to_the_signer(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    data = ledger.keys.encode_abi("publish", [1, root(1)])
    forward(ledger, signed(ledger, wallet, ledger.keys.address, data))
    assert ledger.keys.functions.keyOf(wallet.address).call() == [root(1), 1]


def test_sponsored_call_on_anothers_record_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.bob)
    data = ledger.registry.encode_abi("grant", [record, ledger.carol, 0, 1, root(2)])
    with refused("FailedCall()"):
        forward(ledger, signed(ledger, ledger.chain.wallets[0], ledger.registry.address, data))


def test_sponsored_request_is_taken_once(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    request = signed(
        ledger, wallet, ledger.registry.address, ledger.registry.encode_abi("create", [0, root(1)])
    )
    forward(ledger, request)
    with pytest.raises(ContractLogicError):
        forward(ledger, request)


def test_sponsored_request_after_its_deadline_is_refused(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    data = ledger.registry.encode_abi("create", [0, root(1)])
    request = signed(ledger, wallet, ledger.registry.address, data, late=2000)
    with refused("ERC2771ForwarderExpiredRequest(uint48)", request[4]):
        forward(ledger, request)


def test_sponsored_request_that_was_changed_is_refused(ledger: Ledger) -> None:
    wallet = ledger.chain.wallets[0]
    data = ledger.registry.encode_abi("create", [0, root(1)])
    request = list(signed(ledger, wallet, ledger.registry.address, data))
    request[5] = bytes.fromhex(ledger.registry.encode_abi("create", [0, root(2)])[2:])
    with pytest.raises(ContractLogicError):
        forward(ledger, tuple(request))


def test_appended_address_from_anyone_but_the_forwarder_means_nothing(ledger: Ledger) -> None:
    data = ledger.registry.encode_abi("create", [0, root(1)]) + ledger.alice[2:].lower()
    w3 = ledger.chain.w3
    sent = w3.eth.send_transaction(
        {"from": ledger.bob, "to": ledger.registry.address, "data": data, "gas": GAS}
    )
    ((_, values),) = ledger.events(w3.eth.get_transaction_receipt(sent))
    assert values["owner"] == ledger.bob


def test_appended_address_in_a_sponsored_multicall_means_nothing(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.bob)
    grant = (
        ledger.registry.encode_abi("grant", [record, ledger.carol, 0, 1, root(2)]) + ledger.bob[2:].lower()
    )
    data = ledger.registry.encode_abi("multicall", [[grant]]) + ledger.bob[2:].lower()
    with refused("FailedCall()"):
        forward(ledger, signed(ledger, ledger.chain.wallets[0], ledger.registry.address, data))


def test_both_contracts_trust_the_forwarder_and_nobody_else(ledger: Ledger) -> None:
    for contract in (ledger.registry, ledger.keys):
        assert contract.functions.trustedForwarder().call() == ledger.forwarder.address
        assert contract.functions.isTrustedForwarder(ledger.forwarder.address).call()
        assert not contract.functions.isTrustedForwarder(ledger.alice).call()


def test_contracts_have_no_owner_pause_or_upgrade(ledger: Ledger) -> None:
    code = bytes(ledger.chain.w3.eth.get_code(ledger.registry.address))
    for signature in ("owner()", "pause()", "upgradeToAndCall(address,bytes)", "transferOwnership(address)"):
        assert keccak(text=signature)[:4] not in code
