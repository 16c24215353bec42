"""`pmr check`: whether everything is there, and is what it should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
from web3 import Web3

from pmr.chain.connection import connect, fresh_head
from pmr.chain.deploy import load_deployment, verify
from pmr.chain.setting import deployment_file, network_of, rpc_urls
from pmr.cli.command import prints
from pmr.cli.output import Result, table
from pmr.client.http import Http
from pmr.client.serverconfig import check_server
from pmr.config import Config
from pmr.errors import PmrError, ServerUnavailable

NOT_READY = 503


@dataclass(frozen=True)
class Finding:
    """What one check found: an error, or what is well."""

    name: str
    text: str
    error: PmrError | None = None


@click.command("check")
@prints
def check() -> Result:
    """Check the chain, the contracts' code and wiring, and the server; change nothing."""
    findings = run_checks(Config.load())
    failed = [finding.error for finding in findings if finding.error]
    data = [{"check": one.name, "ok": one.error is None, "detail": one.text} for one in findings]
    rows = [(one.name, "FAIL" if one.error else "ok", one.text) for one in findings]
    return Result(
        {"ok": not failed, "checks": data},
        [table("check", "", "found", rows=rows)],
        ["Something is wrong: see above."] if failed else ["All is well."],
        failed[0].exit_code if failed else 0,
    )


def run_checks(config: Config) -> list[Finding]:
    """Run every check, also after one failed; each says what it found."""
    probe = _Probe(config)
    checks: Sequence[tuple[str, Callable[[], str]]] = (
        ("chain", probe.chain),
        ("contracts", probe.contracts),
        ("server", probe.server),
        ("server's parts", probe.ready),
        ("server's contracts", probe.same),
    )
    return [_find(name, work) for name, work in checks]


def _find(name: str, work: Callable[[], str]) -> Finding:
    try:
        return Finding(name, work())
    except PmrError as error:
        return Finding(name, str(error), error)


class _Probe:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._network = network_of(config)
        self._http = Http(config.server_address)

    def chain(self) -> str:
        newest = fresh_head(self._connect(), self._network.max_head_age, time.time())
        return f"chain {self._network.chain_id}, block {newest.number}"

    def contracts(self) -> str:
        path = deployment_file(self._config, self._network)
        verify(self._connect(), load_deployment(path))
        return f"the code and wiring that {path} names are ours"

    def server(self) -> str:
        answer = self._http.json("GET", "/healthz")
        if not isinstance(answer, dict) or answer.get("status") != "ok":
            raise ServerUnavailable("Its /healthz does not say ok.")
        return f"{self._http.base_url} answers"

    def ready(self) -> str:
        answer = self._http.json("GET", "/readyz", also={NOT_READY})
        checks = answer.get("checks") if isinstance(answer, dict) else None
        if not isinstance(checks, dict):
            raise ServerUnavailable("Its /readyz is not what a PMR server answers.")
        bad = [f"{name}: {found}" for name, found in checks.items() if found != "ok"]
        if bad:
            raise ServerUnavailable("It is not ready. " + " ".join(bad))
        return f"{', '.join(checks)} are ready"

    def same(self) -> str:
        check_server(self._http, load_deployment(deployment_file(self._config, self._network)))
        return "chain and addresses are those of this machine's file"

    def _connect(self) -> Web3:
        return connect(rpc_urls(self._config, self._network), self._network.chain_id)
