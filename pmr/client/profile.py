"""A doctor's folder: the vault's copy on this machine. What resumes an upload will stand here too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pmr.errors import DamagedState, KeyExists, NoKey


class Profile:
    """`keystore.json` and `vault.json` of one doctor."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; it is made when something is first written."""
        self.folder = folder.expanduser()

    @property
    def keystore(self) -> Path:
        """The wallet's encrypted key."""
        return self.folder / "keystore.json"

    @property
    def vault(self) -> Path:
        """The encrypted seeds."""
        return self.folder / "vault.json"

    def has_vault(self) -> bool:
        """Say whether there is a vault."""
        return self.vault.exists()

    def read_vault(self) -> bytes:
        """Give the vault; raise `NoKey` or `DamagedState`."""
        try:
            return self.vault.read_bytes()
        except FileNotFoundError:
            raise NoKey(f"{self.vault} does not exist. Make a key with `pmr key new`.") from None
        except OSError as error:
            raise DamagedState(f"{self.vault} cannot be read: {error.strerror}.") from None

    def add_vault(self, data: bytes) -> None:
        """Write the first vault; raise `KeyExists` rather than lose one."""
        if self.has_vault():
            raise KeyExists(f"{self.vault} exists; it is never overwritten by a new key.")
        write_secret(self.vault, data)


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; after a crash it is whole or not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".pmr-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
