"""`pmr record`: the commands of records, each imported when it is used."""

from __future__ import annotations

import click

from pmr.cli.lazy import LazyGroup

PLACES = {
    "create": "pmr.cli.record_making:create",
    "list": "pmr.cli.record_looking:list_",
    "show": "pmr.cli.record_looking:show",
    "share": "pmr.cli.record_access:share",
    "open": "pmr.cli.record_looking:open_",
    "revise": "pmr.cli.record_making:revise",
    "revoke": "pmr.cli.record_access:revoke",
}


@click.group(cls=LazyGroup, places=PLACES)
def record() -> None:
    """Records: sealed files that you own, or that a colleague shares with you."""
