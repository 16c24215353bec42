"""`pmr deploy`: the contracts onto a chain, once."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy as deploy_contracts
from pmr.chain.setting import deployments_folder, network_of, rpc_urls
from pmr.chain.wallet import Wallet
from pmr.cli.command import prints
from pmr.cli.output import Result, fields, tell
from pmr.cli.secret import read_secret
from pmr.config import Config
from pmr.types import Deployment


@click.command("deploy")
@click.option("--keystore", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Who pays.")
@click.option("--password-file", type=click.Path(path_type=Path, dir_okay=False), help="Else you are asked.")
@prints
def deploy(keystore: Path, password_file: Path | None) -> Result:
    """Deploy the contracts, unless the deployment file names ones that stand; then check them."""
    config = Config.load()
    network = network_of(config)
    wallet = Wallet.from_keystore(keystore, read_secret(password_file, f"Password of {keystore}"))
    folder = deployments_folder(config)
    w3 = connect(rpc_urls(config, network), network.chain_id)
    made = deploy_contracts(w3, wallet, network, folder, progress=_tell_start)
    return Result(deployment_data(made), [fields(**_texts(made), folder=str(folder))], ["Next: `pmr check`."])


def _tell_start(what: str, done: int, _total: int) -> None:
    if not done:
        tell(f"{what} ...")


def deployment_data(deployment: Deployment) -> dict[str, str | int]:
    """Give a deployment as JSON, named as in its file."""
    return {
        "chainId": deployment.chain_id,
        "registry": deployment.registry,
        "keyDirectory": deployment.key_directory,
        "forwarder": deployment.forwarder,
        "block": deployment.block,
    }


def _texts(deployment: Deployment) -> dict[str, str]:
    return {
        "chain": str(deployment.chain_id),
        "registry": deployment.registry,
        "key_directory": deployment.key_directory,
        "forwarder": deployment.forwarder,
    }
