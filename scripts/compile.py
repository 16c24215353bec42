"""Compile the contracts into pmr/chain/artifacts, or compare with what is there.

Usage: python scripts/compile.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pmr.chain.compile import check_artifacts, write_artifacts
from pmr.config import Config
from pmr.errors import PmrError

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "pmr" / "chain" / "artifacts"


def main(arguments: list[str]) -> None:
    """Write the artifacts; with `--check` write nothing and fail when they are out of date."""
    config = Config.load()
    action = check_artifacts if arguments == ["--check"] else write_artifacts
    action(ROOT, ARTIFACTS, config.solc, config.node_modules.absolute())


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    try:
        main(sys.argv[1:])
    except PmrError as error:
        sys.exit(f"{error}")
