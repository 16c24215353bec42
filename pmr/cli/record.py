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
    "cat": "pmr.cli.record_cat:cat",
    "revise": "pmr.cli.record_making:revise",
    "revoke": "pmr.cli.record_access:revoke",
    "adopt": "pmr.cli.record_carrying:adopt",
    "export": "pmr.cli.record_carrying:export",
    "import": "pmr.cli.record_carrying:import_",
    "pending": "pmr.cli.record_pending:pending",
    "resume": "pmr.cli.record_pending:resume",
    "discard": "pmr.cli.record_pending:discard",
}


@click.group(cls=LazyGroup, places=PLACES)
def record() -> None:
    """Records: sealed files that you own, or that a colleague shares with you."""
