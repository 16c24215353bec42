"""`pmr check`: whether everything is there, and is what it should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from pmr.cli.command import lone_command
from pmr.cli.output import Result, fields, table
from pmr.cli.probes import Probes
from pmr.config import Config
from pmr.errors import PmrError
from pmr.web.bundle import bundle_hash, installed_files


@dataclass(frozen=True)
class Finding:
    """What one check found: an error, or what is well."""

    name: str
    text: str
    error: PmrError | None = None


@lone_command("check")
@click.option(
    "--ui", is_flag=True, help="Compare the page that the server gives with the one installed here."
)
@click.option("--all", "whole", is_flag=True, help="Read all content that is on this machine, not a sample.")
@click.option(
    "--ui-hash", is_flag=True, help="Only print the hash of the page installed here, to publish it."
)
def check(ui: bool, whole: bool, ui_hash: bool) -> Result:
    """Check chain, contracts, server, connection, clocks and content; change nothing.

    Content is looked at where the server's state folder, or its Kubo node, is configured.
    """
    if ui_hash:
        return _page_hash()
    findings = run_checks(Config.load(), ui=ui, whole=whole)
    failed = [finding.error for finding in findings if finding.error]
    data = [{"check": one.name, "ok": one.error is None, "detail": one.text} for one in findings]
    rows = [(one.name, "FAIL" if one.error else "ok", one.text) for one in findings]
    return Result(
        {"ok": not failed, "checks": data},
        [table("check", "", "found", rows=rows)],
        ["Something is wrong: see above."] if failed else ["All is well."],
        failed[0].exit_code if failed else 0,
    )


def run_checks(config: Config, *, ui: bool = False, whole: bool = False) -> list[Finding]:
    """Run every check, also after one failed; each says what it found."""
    return [_find(name, work) for name, work in Probes(config).chosen(ui=ui, whole=whole)]


def _find(name: str, work: Callable[[], str]) -> Finding:
    try:
        return Finding(name, work())
    except PmrError as error:
        return Finding(name, str(error), error)


def _page_hash() -> Result:
    files = installed_files()
    digest = bundle_hash(files)
    return Result({"sha256": digest, "files": files}, [fields(sha256=digest)])
