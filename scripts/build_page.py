"""Build hook of the wheel: builds the page when `pmr/web/static` lacks it. Needs node_modules."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildPage(BuildHookInterface[Any]):
    """Runs once for each wheel, not for the editable install, which `make run` builds the page after."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Build unless it is there."""
        root = Path(self.root)
        if version == "editable" or (root / "pmr" / "web" / "static" / "index.html").exists():
            return
        vite = root / "node_modules" / "vite" / "bin" / "vite.js"
        subprocess.run(["node", str(vite), "build", "frontend"], cwd=root, check=True)
