"""`pmr content`: the blocks that the server keeps, for whoever runs it. May be used while it runs."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.cli.command import command
from pmr.cli.output import Result, fields, table
from pmr.config import Config
from pmr.content.cid import Cid
from pmr.content.files import write_whole
from pmr.content.store import BlockStore
from pmr.errors import BadInput, StorageDamaged
from pmr.server.content import open_store


@click.group()
def content() -> None:
    """The blocks that this server keeps: clean up, check, and move records by CID."""


@command(content, "gc")
def gc() -> Result:
    """Delete what no record, grant or published key needs and what is more than a day old."""
    from pmr.server.services import Services  # noqa: PLC0415 - what is slow to import waits

    services = Services.open(Config.load())
    try:
        # What the chain names since the last look is needed too.
        services.follower.refresh()
        gone = services.retention.collect()
    finally:
        services.close()
    return Result(gone._asdict(), [fields(blocks=f"{gone.blocks:,}", bytes=f"{gone.bytes:,}")])


@command(content, "check")
def check() -> Result:
    """Read every block and hash it; look for every block of what is pinned."""
    found = open_store(Config.load()).check()
    rows = [(str(damage.cid), damage.what) for damage in found]
    if not found:
        return Result({"damaged": []}, next=["All blocks are as they were stored."])
    return Result(
        {"damaged": [{"cid": cid, "what": what} for cid, what in rows]},
        [table("block", "is", rows=rows)],
        ["Restore these blocks: `pmr content import` of a CAR that has them, or upload the record again."],
        StorageDamaged.exit_code,
    )


@command(content, "export")
@click.argument("cid")
@click.option(
    "--car", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write."
)
def export(cid: str, car: Path) -> Result:
    """Write the record, file or block CID as a CAR, which any IPFS node imports under the same CID."""
    if car.exists():
        raise BadInput(f"{car} exists; it was not touched. Name another file.")
    root = Cid.parse(cid)
    size = write_whole(car, open_store(Config.load()).export_car(root))
    return Result(
        {"cid": str(root), "car": str(car), "bytes": size},
        [fields(cid=str(root), car=str(car), bytes=f"{size:,}")],
        [f"Next: `pmr content import {car}` on another server, or `ipfs dag import {car}`."],
    )


@command(content, "import")
@click.argument("car", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_(car: Path) -> Result:
    """Store what a CAR holds, every block hashed, and keep it."""
    store = open_store(Config.load())
    with car.open("rb") as stream:
        root = store.import_car(stream)
    _keep(store, root)
    return Result({"cid": str(root)}, [fields(cid=str(root))])


def _keep(store: BlockStore, root: Cid) -> None:
    # One pin is enough, however often the same file is imported.
    if root not in store.pins():
        store.pin(root)
