"""Many senders of one account at once: every transaction gets into a block, each once."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from local_chain import LocalChain
from web3.types import RPCEndpoint

from pmr.chain.key_directory import KeyDirectory
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import send
from pmr.errors import WrongPosition
from pmr.types import RecordId

pytestmark = pytest.mark.integration

ROOT = b"\x05" * 32
SENDER = """
import sys
from pmr.chain.connection import connect
from pmr.chain.node import CHAIN_ID, accounts
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import send
from pmr.types import Deployment, RecordId, parse_address

url, registry, first = sys.argv[1], parse_address(sys.argv[2]), int(sys.argv[3])
w3, wallet = connect([url], CHAIN_ID), accounts(1)[0]
contract = RecordRegistry(w3, Deployment(CHAIN_ID, registry, registry, registry, 0))
for number in range(first, first + 6):
    reader = parse_address("0x" + format(number, "040x"))
    send(w3, wallet, contract.grant(RecordId(wallet.address, 0), reader, 0, 1, bytes(32)))
print("done")
"""


def blocks_every_second(chain: LocalChain) -> None:
    """As other chains do it: a transaction waits with others for the next block."""
    chain.w3.provider.make_request(RPCEndpoint("evm_setAutomine"), [False])
    chain.w3.provider.make_request(RPCEndpoint("evm_setIntervalMining"), [1])


@pytest.mark.parametrize("waiting", [False, True])
def test_send_from_many_threads_loses_nothing(local_chain: LocalChain, waiting: bool) -> None:
    w3, alice = local_chain.w3, local_chain.wallets[0]
    registry = RecordRegistry(w3, local_chain.deployment)
    send(w3, alice, registry.create(0, ROOT))
    readers = [wallet.address for wallet in local_chain.wallets[1:9]]
    if waiting:
        blocks_every_second(local_chain)
    with ThreadPoolExecutor(8) as pool:
        grant = lambda reader: send(w3, alice, registry.grant(RecordId(alice.address, 0), reader, 0, 1, ROOT))  # noqa: E731
        receipts = list(pool.map(grant, readers))
    assert len({receipt.hash for receipt in receipts}) == len(readers)
    assert all(registry.can_read(RecordId(alice.address, 0), reader) for reader in readers)
    assert w3.eth.get_transaction_count(alice.address) == 1 + len(readers)


@pytest.mark.parametrize("waiting", [False, True])
def test_send_from_two_processes_loses_nothing(local_chain: LocalChain, waiting: bool) -> None:
    w3, alice = local_chain.w3, local_chain.wallets[0]
    registry = RecordRegistry(w3, local_chain.deployment)
    send(w3, alice, registry.create(0, ROOT))
    if waiting:
        blocks_every_second(local_chain)
    command = [sys.executable, "-c", SENDER, local_chain.node.url, local_chain.deployment.registry]
    senders = [
        subprocess.Popen([*command, str(first)], stdout=subprocess.PIPE, text=True) for first in (1000, 2000)
    ]
    assert [process.communicate(timeout=120)[0] for process in senders] == ["done\n", "done\n"]
    assert w3.eth.get_transaction_count(alice.address) == 13
    history = [w3.eth.get_block(number)["transactions"] for number in range(w3.eth.block_number + 1)]
    mine = [w3.eth.get_transaction_receipt(found) for block in history for found in block]  # type: ignore[arg-type]  # hashes
    assert all(receipt["status"] == 1 for receipt in mine)


def test_send_of_one_position_by_two_gives_it_to_one_and_tells_the_other(local_chain: LocalChain) -> None:
    w3, alice = local_chain.w3, local_chain.wallets[0]
    registry = RecordRegistry(w3, local_chain.deployment)
    blocks_every_second(local_chain)

    def create(root: bytes) -> str:
        try:
            send(w3, alice, registry.create(0, root))
        except WrongPosition:
            return "taken"
        return "mine"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(create, [ROOT, b"\x06" * 32])) == ["mine", "taken"]
    assert registry.count(alice.address) == 1


def test_send_whose_transaction_was_dropped_by_the_node_is_found_missing(local_chain: LocalChain) -> None:
    """A dearer transaction of the same nonce takes its place while it waits; ours is sent again."""
    w3, alice = local_chain.w3, local_chain.wallets[0]
    keys = KeyDirectory(w3, local_chain.deployment)
    w3.provider.make_request(RPCEndpoint("evm_setAutomine"), [False])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(send, w3, alice, keys.publish(1, ROOT))
        while w3.eth.get_transaction_count(alice.address, "pending") == 0:
            time.sleep(0.02)
        replacement = {
            "type": 2, "chainId": w3.eth.chain_id, "nonce": 0, "gas": 21_000, "value": 0, "data": b"",
            "to": alice.address, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**12,
        }  # fmt: skip
        w3.eth.send_raw_transaction(alice.sign_transaction(replacement))
        w3.provider.make_request(RPCEndpoint("evm_mine"), [])
        blocks_every_second(local_chain)
        assert waiting.result(60).logs
    assert keys.key_of(alice.address) == (ROOT, 1)
