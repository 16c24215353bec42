"""`pmr deploy`: the contracts onto a chain, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from web3 import Web3

from pmr.chain.coin import parse_coin
from pmr.chain.connection import connect
from pmr.chain.deploy import deploy as deploy_contracts
from pmr.chain.deploy import deployment_path, find_deployment
from pmr.chain.deploy_journal import DeployJournal, journal_path
from pmr.chain.deploy_plan import Plan, plan_deployment
from pmr.chain.explorer import write_explorer_input
from pmr.chain.network import Network
from pmr.chain.setting import deployment_file, deployments_folder, network_of, rpc_urls
from pmr.cli.command import prints
from pmr.cli.deploy_shown import deployment_data, deployment_shown, plan_data, plan_shown
from pmr.cli.output import Result, tell
from pmr.cli.payer import Payer, choose_payer
from pmr.cli.secret import somebody_to_ask
from pmr.config import Config
from pmr.errors import BadInput, ConfigError, NoFunds
from pmr.types import Deployment

_FILE = click.Path(path_type=Path, dir_okay=False)
_DECLINED = 1


@click.command("deploy")
@click.option("--network", "name", help="A name in the networks file.  [PMR_NETWORK, local]")
@click.option("--keystore", type=_FILE, help="Who pays: an account's encrypted key.")
@click.option("--password-file", type=_FILE, help="Its first line opens the keystore; else you are asked.")
@click.option("--key-file", type=_FILE, help="Who pays: a private key in hex.  [PMR_DEPLOY_KEY_FILE]")
@click.option("--dry-run", is_flag=True, help="Show what would be sent and what it costs; send nothing.")
@click.option("--max-cost", "most", metavar="COIN", help="Stop rather than spend more, as 0.05.")
@click.option("--yes", is_flag=True, help="Do not ask before spending, for programs.")
@prints
def deploy(  # noqa: PLR0913 (one for each option)
    *,
    name: str | None,
    keystore: Path | None,
    password_file: Path | None,
    key_file: Path | None,
    dry_run: bool,
    most: str | None,
    yes: bool,
) -> Result:
    """Deploy the contracts, unless the deployment file names ones that stand; check their code.

    A run that was cut off goes on where it was. On a local chain its first account pays.
    """
    config = Config.load()
    site = _open(replace(config, network=name or config.network))
    known = find_deployment(site.w3, site.network, site.folder)
    if known is not None:
        return site.result(known, "They stand there already: nothing was sent.")
    payer = choose_payer(site.config, site.network, keystore, password_file, key_file)
    plan = site.plan(payer)
    limit = parse_coin(most) if most is not None else plan.limit
    if dry_run:
        return _dry(plan, site.network, limit)
    plan.demand(site.network.coin, limit)
    if not (yes or site.network.local or _agreed(plan, site.network, limit)):
        return Result({"deployed": False}, next=["Nothing was sent."], exit_code=_DECLINED)
    return site.result(site.deploy(payer, limit), "Next: `pmr check`.")


@dataclass(frozen=True)
class _Site:
    """A chain, and the folder of its deployment file."""

    config: Config
    network: Network
    w3: Web3
    folder: Path

    def plan(self, payer: Payer) -> Plan:
        path = journal_path(self.folder, self.network.chain_id)
        return plan_deployment(self.w3, DeployJournal(payer.address, path, self.network.chain_id))

    def deploy(self, payer: Payer, limit: int) -> Deployment:
        wallet = payer.unlock()
        return deploy_contracts(self.w3, wallet, self.network, self.folder, _tell_start, limit=limit)

    def result(self, deployment: Deployment, then: str) -> Result:
        if not self.network.local:
            write_explorer_input(self.folder, deployment, self.network)
        file = str(deployment_path(self.folder, self.network.chain_id))
        return Result(deployment_data(deployment), [deployment_shown(deployment, file)], [then])


def _open(config: Config) -> _Site:
    network = network_of(config)
    folder = deployments_folder(config, network)
    if deployment_file(config, network) != deployment_path(folder, network.chain_id):
        raise ConfigError(
            f"PMR_DEPLOYMENT names {config.deployment}, but {folder} is written to: unset it, "
            "or set PMR_DEPLOYMENTS."
        )
    return _Site(config, network, connect(rpc_urls(config, network), network.chain_id, tell), folder)


def _dry(plan: Plan, network: Network, limit: int) -> Result:
    return Result(
        plan_data(plan, network, limit),
        plan_shown(plan, network, limit),
        ["Nothing was sent. Leave out --dry-run to deploy."],
        0 if plan.enough and plan.needed <= limit else NoFunds.exit_code,
    )


def _agreed(plan: Plan, network: Network, limit: int) -> bool:
    """Show what it costs and ask; raise `BadInput` when there is nobody to ask."""
    if not somebody_to_ask():
        raise BadInput(f"Deploying to {network.name} spends money and there is nobody to ask: give --yes.")
    console = Console(stderr=True, highlight=False, markup=False)
    for item in plan_shown(plan, network, limit):
        console.print(item)
    return click.confirm("\nDeploy?", err=True)


def _tell_start(what: str, done: int, _total: int) -> None:
    if not done:
        tell(f"{what} ...")
