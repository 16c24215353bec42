"""Contract wallets on a real EVM: the one that agrees, and those that would hurt whoever asks them."""

from __future__ import annotations

import pytest
import requests
from local_chain import LocalChain
from web3.types import RPCEndpoint

from pmr.errors import SignInFailed
from pmr.server.chain import DeployedContracts
from pmr.server.signatures import GAS, MAX_SIGNATURE, check_signature
from pmr.server.word import asking_code, asking_gas
from pmr.types import Address, parse_address

pytestmark = pytest.mark.integration
WALLET = parse_address("0x" + "5a" * 20)
MAGIC = "1626ba7e" + "00" * 28
AGREES = f"7f{MAGIC}60005260206000f3"
HUGE = "620a0000"  # PUSH3 655,360: bytes of memory that a million gas can pay for
REFUSING = {
    "reverts": "60006000fd",
    "reverts with the magic word": f"7f{MAGIC}60005260206000fd",
    "runs out of gas": "5b600056",
    "invalid": "fe",
    "answers nothing": "00",
    "answers the selector alone": f"7f{MAGIC}60005260046000f3",
    "answers a word and more": f"7f{MAGIC}60005260406000f3",
    "answers true": "600160005260206000f3",
    "answers a dirty word": f"7f{MAGIC[:-2]}0160005260206000f3",
    "answers hugely": f"7f{MAGIC}600052{HUGE}6000f3",
    "reverts hugely": f"7f{MAGIC}600052{HUGE}6000fd",
    "writes": f"600160005560006000527f{MAGIC}60005260206000f3",
}


def _place(chain: LocalChain, code: str) -> None:
    chain.w3.provider.make_request(RPCEndpoint("anvil_setCode"), [WALLET, "0x" + code.replace(" ", "")])


def _signs(
    chain: LocalChain, text: str = "text", signature: bytes = b"\1", account: Address = WALLET
) -> bool:
    try:
        check_signature(DeployedContracts(chain.w3, chain.deployment), account, text, signature)
    except SignInFailed:
        return False
    return True


def test_check_signature_of_a_contract_that_agrees_passes(shared_chain: LocalChain) -> None:
    _place(shared_chain, AGREES)
    assert _signs(shared_chain)
    assert _signs(shared_chain, signature=b"\xff" * MAX_SIGNATURE)


@pytest.mark.parametrize("code", REFUSING.values(), ids=REFUSING.keys())
def test_check_signature_of_a_contract_that_does_not_agree_is_refused(
    shared_chain: LocalChain, code: str
) -> None:
    _place(shared_chain, code)
    assert not _signs(shared_chain)


def test_check_signature_gives_the_contract_its_gas_and_no_more(shared_chain: LocalChain) -> None:
    wanted = GAS - 1000
    for bound, agrees in ((wanted, True), (GAS + 1, False)):
        # Agrees when GAS is above the bound: PUSH3 bound, GAS, GT, JUMPI to the answer, else revert.
        _place(shared_chain, f"62{bound:06x} 5a 11 600d57 6000 80fd 5b {AGREES}")
        assert _signs(shared_chain, signature=b"\xff" * MAX_SIGNATURE) is agrees


@pytest.mark.parametrize("ending", ["f3", "fd"])
def test_answer_of_a_contract_never_comes_over_the_wire(shared_chain: LocalChain, ending: str) -> None:
    _place(shared_chain, f"{HUGE} 6000 {ending}")
    code = asking_code(WALLET, b"", GAS)
    asked = {"data": "0x" + code.hex(), "gas": hex(asking_gas(code, GAS))}
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [asked, "latest"]}
    assert len(requests.post(shared_chain.node.url, json=body, timeout=20).content) < 400
    direct = body | {"params": [{"to": WALLET, "gas": hex(GAS)}, "latest"]}
    assert len(requests.post(shared_chain.node.url, json=direct, timeout=20).content) > 1_000_000
