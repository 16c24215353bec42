"""How a deployment and its plan look, for people and for programs."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType

from pmr.chain.coin import show_coin, show_price
from pmr.chain.deploy_plan import Plan
from pmr.chain.network import Network
from pmr.cli.output import fields, table
from pmr.types import Deployment


def plan_shown(plan: Plan, network: Network, limit: int) -> list[RenderableType]:
    """Give a plan for people: each transaction, then what they come to."""
    rows = [
        (one.name, one.state, f"{one.gas:,}", show_coin(one.gas * plan.price, network.coin))
        for one in plan.contracts
    ]
    return [
        fields(network=f"{network.name} (chain {network.chain_id})", deployer=plan.deployer),
        "",
        table("contract", "state", "gas", "about", rows=rows),
        "",
        table("contract", "will stand at", rows=[(one.name, one.address) for one in plan.contracts]),
        "",
        _sums(plan, network.coin, limit),
    ]


def _sums(plan: Plan, coin: str, limit: int) -> RenderableType:
    return fields(
        gas=f"{plan.gas:,} at {show_price(plan.price)}",
        cost=f"about {show_coin(plan.cost, coin)}",
        never_more_than=show_coin(limit, coin),
        balance=show_coin(plan.balance, coin),
        needed=f"{show_coin(plan.needed, coin)}: {'enough' if plan.enough else 'NOT ENOUGH'}",
    )


def plan_data(plan: Plan, network: Network, limit: int) -> dict[str, Any]:
    """Give a plan as JSON; amounts are wei, in texts: they do not fit a JavaScript number."""
    contracts = [
        {"contract": one.name, "state": one.state, "gas": one.gas, "address": one.address}
        for one in plan.contracts
    ]
    return {
        "network": network.name,
        "chainId": network.chain_id,
        "deployer": plan.deployer,
        "transactions": contracts,
        "gas": plan.gas,
        "gasPrice": str(plan.price),
        "cost": str(plan.cost),
        "limit": str(limit),
        "balance": str(plan.balance),
        "needed": str(plan.needed),
        "enough": plan.enough,
    }


def deployment_data(deployment: Deployment) -> dict[str, str | int]:
    """Give a deployment as JSON, named as in its file."""
    return {
        "chainId": deployment.chain_id,
        "registry": deployment.registry,
        "keyDirectory": deployment.key_directory,
        "forwarder": deployment.forwarder,
        "block": deployment.block,
    }


def deployment_shown(deployment: Deployment, file: str) -> RenderableType:
    """Give a deployment for people."""
    return fields(
        chain=str(deployment.chain_id),
        registry=deployment.registry,
        key_directory=deployment.key_directory,
        forwarder=deployment.forwarder,
        file=file,
    )
