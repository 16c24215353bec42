"""From the configuration to the chain that it names: one reading for commands and server."""

from __future__ import annotations

from pathlib import Path

from web3 import Web3

from pmr.chain.connection import connect
from pmr.chain.deploy import deployment_path, load_deployment, verify
from pmr.chain.network import Network, find_network
from pmr.config import Config
from pmr.types import Deployment

LOCAL = "local"


def network_of(config: Config) -> Network:
    """Give the configured network; raise `ConfigError`."""
    return find_network(config.network, Path(config.networks_file) if config.networks_file else None)


def rpc_urls(config: Config, network: Network) -> tuple[str, ...]:
    """Give the endpoints to ask: the configured ones, or those of the network."""
    if config.rpc_url:
        return tuple(config.rpc_url.split())
    if network.name == LOCAL:
        return (f"http://127.0.0.1:{config.rpc_port}",)
    return network.rpc_urls


def deployments_folder(config: Config, network: Network) -> Path:
    """Give the folder of a network's deployment file.

    A public or a hospitals' chain stays, so that its file is shared and committed. That of a chain on
    this machine is state like the chain itself; two of them may have one chain id.
    """
    if not network.local:
        return config.deployments
    state = config.state if network.name == LOCAL else config.state / network.name
    return state / "deployments"


def deployment_file(config: Config, network: Network) -> Path:
    """Give the file that says where the contracts are."""
    if config.deployment:
        return Path(config.deployment)
    return deployment_path(deployments_folder(config, network), network.chain_id)


def open_chain(config: Config) -> tuple[Web3, Deployment]:
    """Connect and prove that the contracts of the deployment file are ours.

    The addresses come from this machine's file, never from a server. Raises `ChainUnavailable`,
    `WrongChain`, `NotDeployed`, `DamagedState`.
    """
    network = network_of(config)
    w3 = connect(rpc_urls(config, network), network.chain_id)
    deployment = load_deployment(deployment_file(config, network))
    verify(w3, deployment)
    return w3, deployment
