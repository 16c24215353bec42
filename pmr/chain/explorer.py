"""What a block explorer asks for to show the contracts' source: written beside the deployment file."""

from __future__ import annotations

import json
from pathlib import Path

from pmr.chain.artifact import load, standard_input
from pmr.chain.deploy_steps import constructor_arguments
from pmr.chain.network import Network
from pmr.chain.whole_file import write_whole
from pmr.types import Address, Deployment

INPUT = "standard-input.json"
CONTRACTS = "contracts.json"
LICENSE = "MIT"


def explorer_folder(folder: Path, chain_id: int) -> Path:
    """Give the folder of a chain's explorer input."""
    return folder / f"{chain_id}-verify"


def write_explorer_input(folder: Path, deployment: Deployment, network: Network) -> Path:
    """Write the compiler's whole input, and what to type beside it; give the folder.

    What is there already is not touched.
    """
    into = explorer_folder(folder, deployment.chain_id)
    _write(into / INPUT, standard_input())
    _write(into / CONTRACTS, json.dumps(_contracts(deployment, network), indent=2) + "\n")
    return into


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf8") != text:
        write_whole(path, text)


def _contracts(deployment: Deployment, network: Network) -> dict[str, object]:
    addresses = (deployment.forwarder, deployment.registry, deployment.key_directory)
    given = zip(addresses, constructor_arguments(deployment.forwarder), strict=True)
    return {
        "compilerType": "Solidity (Standard-Json-Input)",
        "compilerVersion": f"v{load('RecordRegistry').compiler}",
        "license": LICENSE,
        "input": INPUT,
        "contracts": [_contract(address, *told, network.explorer) for address, told in given],
    }


def _contract(address: Address, name: str, argument: str, explorer: str) -> dict[str, str]:
    artifact = load(name)
    fields = {
        "contract": f"{artifact.source}:{name}",
        "address": address,
        "constructorArguments": artifact.encode_arguments(argument).hex(),
    }
    return fields | ({"page": f"{explorer}/address/{address}#code"} if explorer else {})
