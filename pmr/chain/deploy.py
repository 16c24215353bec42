"""Deploying the contracts, and proving that what stands on a chain is what was compiled here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from eth_abi import abi as codec
from eth_utils import keccak
from web3 import Web3

from pmr.chain.artifact import load
from pmr.chain.deploy_journal import DeployJournal, alone, journal_path
from pmr.chain.deploy_steps import FORWARDER_NAME, Made, Maker
from pmr.chain.network import Network
from pmr.chain.wallet import Wallet
from pmr.chain.whole_file import write_whole
from pmr.errors import DamagedState, NotDeployed
from pmr.types import Address, Deployment, Progress, no_progress, parse_address


def deploy(  # noqa: PLR0913 (the last two have defaults, and one is named)
    w3: Web3,
    wallet: Wallet,
    network: Network,
    folder: Path,
    progress: Progress = no_progress,
    *,
    limit: int | None = None,
) -> Deployment:
    """Give the deployment of `folder/<chain id>.json`; make it when there is none.

    When the file's contracts stand on the chain, nothing is sent and no progress told. On a local chain
    that was started anew they are made anew. A run that was cut off goes on from its journal in the
    folder. `limit` is the most wei that is spent; None for no limit.

    Raises `NotDeployed` when other code stands there, `DamagedState` for an unreadable file,
    `DeploymentUnfinished` when another account or process is at it, and what `Maker` raises.
    """
    chain_id = network.chain_id
    with alone(folder):
        known = find_deployment(w3, network, folder)
        if known is None:
            journal = DeployJournal(wallet.address, journal_path(folder, chain_id), chain_id)
            made = Maker(w3, wallet, journal, progress, limit).make_lasting(network.confirmations)
            known = _deployment(chain_id, made)
            verify(w3, known)
            save_deployment(deployment_path(folder, chain_id), known)
        journal_path(folder, chain_id).unlink(missing_ok=True)
    return known


def find_deployment(w3: Web3, network: Network, folder: Path) -> Deployment | None:
    """Give the deployment that a folder's file names, its code compared; None when there is none.

    On a local chain, one whose contracts are gone is none. Raises `NotDeployed`, `DamagedState`.
    """
    path = deployment_path(folder, network.chain_id)
    if not path.exists():
        return None
    known = load_deployment(path)
    if known.chain_id != network.chain_id:
        raise DamagedState(f"{path} is about chain {known.chain_id}.")
    if is_gone(w3, known):
        if network.local:
            return None
        raise NotDeployed(
            f"None of the contracts that {path} names is there, as this endpoint sees it. Ask another one "
            "(PMR_RPC_URL); if the chain was really started anew, remove the file and deploy again."
        )
    verify(w3, known)
    return known


def deploy_contracts(w3: Web3, wallet: Wallet, chain_id: int, progress: Progress = no_progress) -> Deployment:
    """Deploy forwarder, registry and key directory, and keep no file; raise what `send` raises."""
    return _deployment(chain_id, Maker(w3, wallet, DeployJournal(wallet.address), progress).make())


def _deployment(chain_id: int, made: Sequence[Made]) -> Deployment:
    forwarder, registry, key_directory = made
    return Deployment(chain_id, registry.address, key_directory.address, forwarder.address, forwarder.block)


def is_gone(w3: Web3, deployment: Deployment) -> bool:
    """Say whether no code stands at any of the addresses: the chain was started anew."""
    addresses = (deployment.forwarder, deployment.registry, deployment.key_directory)
    return not any(w3.eth.get_code(address) for address in addresses)


def verify(w3: Web3, deployment: Deployment) -> None:
    """Compare the code on chain, immutables included, with what was compiled; raise `NotDeployed`.

    The forwarder must be OpenZeppelin's own: another one could speak for every owner. The registry
    and the key directory must trust it and nothing else.
    """
    trusted = codec.encode(["address"], [deployment.forwarder])
    _verify(w3, deployment.forwarder, "ERC2771Forwarder", _forwarder_immutables(deployment))
    _verify(w3, deployment.registry, "RecordRegistry", [trusted])
    _verify(w3, deployment.key_directory, "KeyDirectory", [trusted])


def _verify(w3: Web3, address: Address, name: str, immutables: list[bytes]) -> None:
    code = bytes(w3.eth.get_code(address))
    if not code:
        raise NotDeployed(f"There is no contract at {address}, where {name} should be.")
    if code != load(name).runtime_with(*immutables):
        raise NotDeployed(f"The contract at {address} is not this version's {name}, or is set up otherwise.")


def _forwarder_immutables(deployment: Deployment) -> list[bytes]:
    """Give the immutables of OpenZeppelin's EIP712, in its order of declaration."""
    name, version = FORWARDER_NAME, "1"
    chain = codec.encode(["uint256"], [deployment.chain_id])
    this = codec.encode(["address"], [deployment.forwarder])
    hashes = [keccak(text=name), keccak(text=version)]
    domain = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    separator = keccak(domain + b"".join(hashes) + chain + this)
    return [separator, chain, this, *hashes, _short_string(name), _short_string(version)]


def _short_string(text: str) -> bytes:
    """Give OpenZeppelin's ShortString: up to 31 bytes, then the length in the last byte."""
    return text.encode().ljust(31, b"\0") + bytes([len(text)])


class _File(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    chain_id: int
    registry: str
    key_directory: str
    forwarder: str
    block: int


def deployment_path(folder: Path, chain_id: int) -> Path:
    """Give the path of a chain's deployment file."""
    return folder / f"{chain_id}.json"


def save_deployment(path: Path, deployment: Deployment) -> None:
    """Write a deployment file, whole or not at all."""
    fields = msgspec.to_builtins(
        _File(
            deployment.chain_id,
            deployment.registry,
            deployment.key_directory,
            deployment.forwarder,
            deployment.block,
        )
    )
    write_whole(path, json.dumps(fields, indent=2) + "\n")


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file; raise `NotDeployed` when there is none, `DamagedState` for a bad one."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        raise NotDeployed(f"There is no {path}. Run `pmr deploy`.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise DamagedState(f"{path}: {error}. Restore it, or remove it and deploy again.") from None
    return Deployment(
        file.chain_id,
        parse_address(file.registry),
        parse_address(file.key_directory),
        parse_address(file.forwarder),
        file.block,
    )
