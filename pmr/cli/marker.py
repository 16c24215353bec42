"""Whether the story was played to its end on this chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from pmr.client.profile import write_secret
from pmr.content.cid import Cid
from pmr.errors import BadInput, ContentError, RecordNotFound
from pmr.types import Address, Digest, RecordId


class Records(Protocol):
    """The part of the registry that is asked."""

    def record(self, record: RecordId) -> tuple[Address, Digest]:
        """Give owner and root; raise `RecordNotFound`."""


class Marker:
    """A file that names the story's record; believed only while the chain has it."""

    def __init__(self, path: Path) -> None:
        """Keep it at `path`."""
        self._path = path

    def write(self, record: RecordId, root: Cid) -> None:
        """Note that the story ended."""
        write_secret(self._path, json.dumps({"record": str(record), "root": str(root)}).encode())

    def read(self, registry: Records) -> RecordId | None:
        """Give the story's record; None when it was not played, or on a chain that is gone."""
        try:
            noted = json.loads(self._path.read_bytes())
            record, root = RecordId.parse(str(noted["record"])), Cid.parse(str(noted["root"]))
            return record if registry.record(record)[1] == root.digest else None
        except (FileNotFoundError, ValueError, KeyError, TypeError, BadInput, ContentError, RecordNotFound):
            return None
