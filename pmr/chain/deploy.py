"""Deploying the contracts, and proving that what stands on a chain is what was compiled here."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
from eth_abi import abi as codec
from eth_utils import keccak
from web3 import Web3

from pmr.chain.artifact import Artifact, load
from pmr.chain.network import Network
from pmr.chain.transaction import Call, Receipt, send
from pmr.chain.wallet import Wallet
from pmr.errors import DamagedState, NotDeployed, TransactionFailed
from pmr.types import Address, Deployment, Progress, no_progress, parse_address

FORWARDER_NAME = "PMR Forwarder"
"""The EIP-712 domain name of sponsored requests."""


def deploy(
    w3: Web3, wallet: Wallet, network: Network, folder: Path, progress: Progress = no_progress
) -> Deployment:
    """Give the deployment of `folder/<chain id>.json`; make it when it is not on the chain (any more).

    `folder` is `.pmr/deployments` for the local network. When the file's contracts stand on the
    chain, nothing is sent and no progress told. Raises `NotDeployed` when other code stands there,
    `DamagedState` for an unreadable file, and what `send` raises.
    """
    path = deployment_path(folder, network.chain_id)
    known = load_deployment(path) if path.exists() else None
    if known is None or is_gone(w3, known):
        known = deploy_contracts(w3, wallet, network.chain_id, progress)
        save_deployment(path, known)
    verify(w3, known)
    return known


def deploy_contracts(w3: Web3, wallet: Wallet, chain_id: int, progress: Progress = no_progress) -> Deployment:
    """Deploy forwarder, registry and key directory; raise what `send` raises."""
    forwarder, first = _create(w3, wallet, load("ERC2771Forwarder"), FORWARDER_NAME, progress)
    registry, _ = _create(w3, wallet, load("RecordRegistry"), forwarder, progress)
    key_directory, _ = _create(w3, wallet, load("KeyDirectory"), forwarder, progress)
    return Deployment(chain_id, registry, key_directory, forwarder, first.block)


def _create(
    w3: Web3, wallet: Wallet, artifact: Artifact, argument: str, progress: Progress
) -> tuple[Address, Receipt]:
    call = Call(None, artifact.encode_constructor(argument), f"deploy {artifact.name}")
    receipt = send(w3, wallet, call, progress=progress)
    if receipt.contract is None:
        raise TransactionFailed(f"The node names no address of the deployed {artifact.name}.")
    return receipt.contract, receipt


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
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = msgspec.to_builtins(
        _File(
            deployment.chain_id,
            deployment.registry,
            deployment.key_directory,
            deployment.forwarder,
            deployment.block,
        )
    )
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(fields, indent=2) + "\n", "utf8")
    os.replace(draft, path)  # noqa: PTH105 (Path.replace is the same; this says atomic)


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
