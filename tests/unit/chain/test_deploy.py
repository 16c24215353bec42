"""A deployment is made once, found again, and proven to be ours to the byte."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chain.in_process import Chain
from pmr.chain import deploy as deploying
from pmr.chain.artifact import load
from pmr.chain.deploy import (
    deploy,
    deploy_contracts,
    deployment_path,
    is_gone,
    load_deployment,
    save_deployment,
    verify,
)
from pmr.chain.explorer import write_explorer_input
from pmr.chain.network import Network
from pmr.chain.transaction import Call, send
from pmr.errors import BadAddress, DamagedState, NotDeployed
from pmr.types import Address, Deployment, parse_address

NOBODY = parse_address("0x00000000000000000000000000000000000000AA")


def network(chain: Chain) -> Network:
    return Network("test", chain.w3.eth.chain_id, (), 0, None, local=True)


def create(chain: Chain, name: str, argument: str) -> Address:
    return put(chain, load(name).encode_constructor(argument))


def put(chain: Chain, code: bytes) -> Address:
    contract = send(chain.w3, chain.wallets[0], Call(None, code, "deploy")).contract
    assert contract is not None
    return contract


def test_deploy_writes_a_file_and_the_second_run_changes_nothing(chain: Chain, tmp_path: Path) -> None:
    told: list[str] = []
    first = deploy(chain.w3, chain.wallets[0], network(chain), tmp_path, lambda what, *_: told.append(what))
    assert sorted(set(told)) == ["deploy ERC2771Forwarder", "deploy KeyDirectory", "deploy RecordRegistry"]
    block, told = chain.w3.eth.block_number, []
    path = deployment_path(tmp_path, chain.w3.eth.chain_id)
    written = path.read_bytes()
    again = deploy(chain.w3, chain.wallets[0], network(chain), tmp_path, lambda what, *_: told.append(what))
    assert again == first
    assert (chain.w3.eth.block_number, path.read_bytes(), told) == (block, written, [])
    assert first.block == block - 2
    assert list(tmp_path.iterdir()) == [path]


def test_deploy_on_a_chain_that_was_started_anew_deploys_again(chain: Chain, tmp_path: Path) -> None:
    gone = Deployment(chain.w3.eth.chain_id, NOBODY, NOBODY, NOBODY, 5)
    save_deployment(deployment_path(tmp_path, gone.chain_id), gone)
    assert is_gone(chain.w3, gone)
    found = deploy(chain.w3, chain.wallets[0], network(chain), tmp_path)
    assert found != gone
    assert load_deployment(deployment_path(tmp_path, gone.chain_id)) == found


def test_deploy_on_a_public_chain_that_shows_nothing_refuses_instead_of_paying_again(
    chain: Chain, tmp_path: Path
) -> None:
    """An endpoint that lags or prunes shows nothing too."""
    path = deployment_path(tmp_path, chain.w3.eth.chain_id)
    save_deployment(path, Deployment(chain.w3.eth.chain_id, NOBODY, NOBODY, NOBODY, 5))
    written, block = path.read_bytes(), chain.w3.eth.block_number
    with pytest.raises(NotDeployed, match="Ask another one"):
        deploy(chain.w3, chain.wallets[0], replace(network(chain), local=False), tmp_path)
    assert (path.read_bytes(), chain.w3.eth.block_number) == (written, block)


def test_deploy_with_the_file_of_another_chain_is_refused(chain: Chain, tmp_path: Path) -> None:
    path = deployment_path(tmp_path, chain.w3.eth.chain_id)
    save_deployment(path, replace(chain.deployment, chain_id=1))
    with pytest.raises(DamagedState, match="is about chain 1"):
        deploy(chain.w3, chain.wallets[0], network(chain), tmp_path)


def test_explorer_input_names_each_contract_and_what_its_constructor_was_told(
    chain: Chain, tmp_path: Path
) -> None:
    public = replace(network(chain), explorer="https://scan.example")
    folder = write_explorer_input(tmp_path, chain.deployment, public)
    told = json.loads((folder / "contracts.json").read_text())
    assert told["compilerVersion"] == "v0.8.37+commit.f401782d"
    sources = json.loads((folder / told["input"]).read_text())["sources"]
    for one in told["contracts"]:
        source, _, name = one["contract"].partition(":")
        assert f"contract {name} is " in sources[source]["content"]
        sent = creation_of(chain, one["address"])
        assert sent == load(name).bytecode + bytes.fromhex(one["constructorArguments"])
        assert one["page"] == f"https://scan.example/address/{one['address']}#code"


def creation_of(chain: Chain, address: str) -> bytes:
    """What was sent to make the contract at an address."""
    for number in range(chain.w3.eth.block_number + 1):
        for name in chain.w3.eth.get_block(number)["transactions"]:
            if chain.w3.eth.get_transaction_receipt(name)["contractAddress"] == address:  # type: ignore[arg-type]  # a hash
                return bytes(chain.w3.eth.get_transaction(name)["input"])  # type: ignore[arg-type]  # a hash
    raise AssertionError(address)


def test_explorer_input_that_is_there_is_not_touched(chain: Chain, tmp_path: Path) -> None:
    folder = write_explorer_input(tmp_path, chain.deployment, network(chain))
    before = {path: path.stat().st_ino for path in folder.iterdir()}
    write_explorer_input(tmp_path, chain.deployment, network(chain))
    assert {path: path.stat().st_ino for path in folder.iterdir()} == before
    (folder / "contracts.json").write_text("old")
    write_explorer_input(tmp_path, chain.deployment, network(chain))
    assert (folder / "contracts.json").read_text() != "old"


def test_deploy_where_a_part_is_gone_refuses_instead_of_leaving_records_behind(
    chain: Chain, tmp_path: Path
) -> None:
    broken = replace(chain.deployment, key_directory=NOBODY)
    save_deployment(deployment_path(tmp_path, broken.chain_id), broken)
    with pytest.raises(NotDeployed, match="no contract at"):
        deploy(chain.w3, chain.wallets[0], network(chain), tmp_path)


def test_verify_of_what_was_deployed_is_content(chain: Chain) -> None:
    verify(chain.w3, chain.deployment)


def test_verify_without_code_names_the_address(chain: Chain) -> None:
    for broken in (
        replace(chain.deployment, registry=NOBODY),
        replace(chain.deployment, key_directory=NOBODY),
        replace(chain.deployment, forwarder=NOBODY),
    ):
        with pytest.raises(NotDeployed, match=f"no contract at {NOBODY}"):
            verify(chain.w3, broken)


def test_verify_of_swapped_addresses_is_refused(chain: Chain) -> None:
    right = chain.deployment
    with pytest.raises(NotDeployed, match="not this version's RecordRegistry"):
        verify(chain.w3, replace(right, registry=right.key_directory, key_directory=right.registry))


def test_verify_of_a_registry_that_trusts_another_forwarder_is_refused(chain: Chain) -> None:
    rogue = create(chain, "RecordRegistry", chain.wallets[1].address)
    with pytest.raises(NotDeployed, match="RecordRegistry"):
        verify(chain.w3, replace(chain.deployment, registry=rogue))


def test_verify_of_a_key_directory_that_trusts_another_forwarder_is_refused(chain: Chain) -> None:
    rogue = create(chain, "KeyDirectory", chain.wallets[1].address)
    with pytest.raises(NotDeployed, match="KeyDirectory"):
        verify(chain.w3, replace(chain.deployment, key_directory=rogue))


def with_forwarder(chain: Chain, forwarder: Address) -> Deployment:
    """Everything is wired to this forwarder."""
    registry = create(chain, "RecordRegistry", forwarder)
    keys = create(chain, "KeyDirectory", forwarder)
    return Deployment(chain.w3.eth.chain_id, registry, keys, forwarder, 1)


def test_verify_of_a_second_true_deployment_is_content(chain: Chain) -> None:
    verify(chain.w3, with_forwarder(chain, create(chain, "ERC2771Forwarder", deploying.FORWARDER_NAME)))


def test_verify_of_a_forwarder_with_other_code_is_refused(chain: Chain) -> None:
    right = load("ERC2771Forwarder")
    piece = right.runtime[200:240]
    assert right.bytecode.count(piece) == 1
    code = right.encode_constructor(deploying.FORWARDER_NAME)
    rogue = put(chain, code.replace(piece, piece[:-1] + bytes([piece[-1] ^ 1])))
    with pytest.raises(NotDeployed, match="ERC2771Forwarder"):
        verify(chain.w3, with_forwarder(chain, rogue))


def test_verify_of_a_forwarder_with_another_signing_domain_is_refused(chain: Chain) -> None:
    rogue = create(chain, "ERC2771Forwarder", "Some Game")
    with pytest.raises(NotDeployed, match="ERC2771Forwarder"):
        verify(chain.w3, with_forwarder(chain, rogue))


def test_verify_of_an_account_as_forwarder_is_refused(chain: Chain) -> None:
    with pytest.raises(NotDeployed, match="no contract at"):
        verify(chain.w3, with_forwarder(chain, chain.wallets[1].address))


def test_verify_on_another_chain_id_is_refused(chain: Chain) -> None:
    with pytest.raises(NotDeployed, match="ERC2771Forwarder"):
        verify(chain.w3, replace(chain.deployment, chain_id=1))


def test_deploy_contracts_names_the_block_of_the_first(chain: Chain) -> None:
    before = chain.w3.eth.block_number
    assert deploy_contracts(chain.w3, chain.wallets[0], chain.w3.eth.chain_id).block == before + 1


def test_load_deployment_gives_what_was_saved(tmp_path: Path) -> None:
    wanted = Deployment(7, NOBODY, NOBODY, NOBODY, 9)
    save_deployment(tmp_path / "deep" / "7.json", wanted)
    assert load_deployment(tmp_path / "deep" / "7.json") == wanted
    assert '"keyDirectory"' in (tmp_path / "deep" / "7.json").read_text()


def test_load_deployment_without_a_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotDeployed, match="pmr deploy"):
        load_deployment(tmp_path / "7.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"chainId": "7"}', "\xff"])
def test_load_deployment_of_a_damaged_file_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "7.json").write_text(text, "latin-1")
    with pytest.raises(DamagedState, match=r"7\.json"):
        load_deployment(tmp_path / "7.json")


def test_load_deployment_with_a_bad_address_is_refused(tmp_path: Path) -> None:
    text = '{"chainId": 7, "registry": "0x1", "keyDirectory": "0x2", "forwarder": "0x3", "block": 1}'
    (tmp_path / "7.json").write_text(text)
    with pytest.raises(BadAddress):
        load_deployment(tmp_path / "7.json")
