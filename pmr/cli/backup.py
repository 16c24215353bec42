"""`pmr backup` and `pmr restore`: what a server keeps that no chain holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pmr.chain.deploy import load_deployment
from pmr.chain.setting import deployment_file, network_of
from pmr.cli.command import lone_command
from pmr.cli.output import Result, fields
from pmr.config import Config
from pmr.content.cid import Cid
from pmr.errors import StorageDamaged
from pmr.server.content import open_store
from pmr.types import Deployment

_SHOWN = 5
"""CIDs that a sentence names; --json has all."""


@lone_command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--no-blocks", is_flag=True, help="Leave the blocks out: their folder or node is saved otherwise."
)
def backup(file: Path, no_blocks: bool) -> Result:
    """Write vaults, uploads, pins and their blocks to the new FILE, while the server runs.

    Sessions are left out. Keep FILE as safe as the database, and note its SHA-256 elsewhere.
    """
    from pmr.server.backup import Backup  # noqa: PLC0415 - what is slow to import waits
    from pmr.server.database import open_existing  # noqa: PLC0415

    config = Config.load()
    deployment, engine = _deployment(config), open_existing(config.database)
    try:
        saved = Backup(engine, open_store(config), deployment).write(file, blocks=not no_blocks)
    finally:
        engine.dispose()
    return _result(
        {
            "file": str(file),
            "bytes": saved.bytes,
            "sha256": saved.sha256,
            "vaults": saved.vaults,
            "roots": saved.roots,
            "blocks": saved.blocks,
        },
        "damaged",
        saved.damaged,
        f"All else is saved; these blocks are lost or damaged in the store: {_some(saved.damaged)}. "
        "See `pmr content check`.",
    )


@lone_command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> Result:
    """Put the backup FILE in use on an empty server that is not running.

    Every block is hashed. Index and sessions come anew: from the chain, and from signing in.
    """
    from pmr.server.restore import Restore  # noqa: PLC0415

    config = Config.load()
    done = Restore(config.database, open_store(config), _deployment(config)).read(file)
    return _result(
        {
            "created": datetime.fromtimestamp(done.created, UTC).isoformat(),
            "vaults": done.vaults,
            "roots": done.roots,
            "blocks": done.blocks,
        },
        "incomplete",
        done.incomplete,
        f"Blocks of these roots lack; their owners must send them again: {_some(done.incomplete)}.",
    )


def _result(data: dict[str, object], bad_name: str, bad: Sequence[Cid], sentence: str) -> Result:
    return Result(
        data | {bad_name: [str(cid) for cid in bad]},
        [fields(**{name: f"{v:,}" if isinstance(v, int) else str(v) for name, v in data.items()})],
        [sentence] if bad else [],
        StorageDamaged.exit_code if bad else 0,
    )


def _deployment(config: Config) -> Deployment:
    return load_deployment(deployment_file(config, network_of(config)))


def _some(cids: Sequence[Cid]) -> str:
    more = f" and {len(cids) - _SHOWN} more" if len(cids) > _SHOWN else ""
    return ", ".join(str(cid) for cid in cids[:_SHOWN]) + more
