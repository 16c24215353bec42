"""`pmr key`: the commands of keys, each imported when it is used."""

from __future__ import annotations

import click

from pmr.cli.lazy import LazyGroup

PLACES = {
    "new": "pmr.cli.key_making:new",
    "publish": "pmr.cli.key_making:publish",
    "show": "pmr.cli.key_making:show",
    "kit": "pmr.cli.key_recovery:kit",
    "restore": "pmr.cli.key_recovery:restore",
    "fetch": "pmr.cli.key_recovery:fetch",
    "passphrase": "pmr.cli.key_making:passphrase",
    "rotate": "pmr.cli.key_rotation:rotate",
    "regrant": "pmr.cli.key_regrant:regrant",
}


@click.group(cls=LazyGroup, places=PLACES)
def key() -> None:
    """Your key: made here, kept in a vault under your passphrase and wallet, published for others."""
