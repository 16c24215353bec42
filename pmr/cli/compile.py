"""`pmr compile`: Solidity to the artifacts that the package ships."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from pmr.cli.command import prints
from pmr.cli.output import Result
from pmr.config import Config


@click.command("compile")
@click.option("--check", is_flag=True, help="Write nothing; fail when the shipped artifacts are out of date.")
@prints
def compile_(check: bool) -> Result:
    """Compile ./contracts, or check that what is shipped was made from them."""
    from pmr.chain.compile import check_artifacts, write_artifacts  # noqa: PLC0415 - slow to import

    config = Config.load()
    folder = Path(str(resources.files("pmr.chain"))) / "artifacts"
    work = check_artifacts if check else write_artifacts
    work(Path.cwd(), folder, config.solc, config.node_modules.absolute())
    done = "are what these contracts compile to" if check else "were written"
    return Result({"artifacts": str(folder), "checked": check}, [f"The artifacts in {folder} {done}."])
