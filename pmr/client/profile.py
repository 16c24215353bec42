"""A doctor's folder: keystore, vault, and what is noted of a rotation that is under way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pmr.content.files import locked, make_folder, write_whole
from pmr.errors import DamagedState, KeyExists, NoKey
from pmr.types import Digest


@dataclass(frozen=True)
class Rotation:
    """A rotation that was begun: which version it makes, and the digest of that version's bundle."""

    version: int
    bundle: Digest
    lost: bool = False
    """Whether the keys before it are lost."""


class Profile:
    """The files of one doctor on one machine."""

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

    @property
    def rotation_file(self) -> Path:
        """What is noted of a rotation that is under way."""
        return self.folder / "rotation.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from changing the vault; readers need no lock, since files are replaced."""
        make_folder(self.folder)
        with locked(self.folder / "vault.lock", alone=True):
            yield

    def has_vault(self) -> bool:
        """Say whether there is a vault."""
        return self.vault.exists()

    def read_vault(self) -> bytes:
        """Give the vault; raise `NoKey` or `DamagedState`."""
        try:
            return self.vault.read_bytes()
        except FileNotFoundError:
            raise NoKey(
                f"{self.vault} does not exist. Make a key with `pmr key new`; or, if you have one, bring it "
                "here with `pmr key fetch` or `pmr key restore`."
            ) from None
        except OSError as error:
            raise DamagedState(f"{self.vault} cannot be read: {error.strerror}.") from None

    def add_vault(self, data: bytes) -> None:
        """Write the first vault, under the lock; raise `KeyExists` rather than lose one."""
        if self.has_vault():
            raise KeyExists(f"{self.vault} exists; it is never overwritten by a new key.")
        write_secret(self.vault, data)

    def replace_vault(self, data: bytes) -> None:
        """Write a vault over the one that is there, under the lock; it is durable when this returns."""
        write_secret(self.vault, data)

    def set_aside(self, data: bytes) -> Path:
        """Keep a vault that is about to be replaced by one that lacks its keys; give its file."""
        path = self.folder / f"vault-{hashlib.sha256(data).hexdigest()[:12]}.json"
        write_secret(path, data)
        return path

    def begin_rotation(self, rotation: Rotation) -> None:
        """Note which key is about to be made; durable when this returns."""
        noted = {"version": rotation.version, "bundle": rotation.bundle.hex(), "lost": rotation.lost}
        write_secret(self.rotation_file, json.dumps(noted).encode())

    def rotation(self) -> Rotation | None:
        """Give the rotation that was begun and whose end nobody was told; raise `DamagedState`."""
        try:
            noted = json.loads(self.rotation_file.read_bytes())
            return Rotation(int(noted["version"]), bytes.fromhex(noted["bundle"]), bool(noted["lost"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise DamagedState(
                f"{self.rotation_file} is not readable: remove it and run the command again."
            ) from None

    def end_rotation(self) -> None:
        """Forget the rotation: its end was told."""
        self.rotation_file.unlink(missing_ok=True)

    def note_left(self, vault: bytes) -> None:
        """Note that the server keeps this vault, and that ours has all that is in it."""
        write_secret(self._left, hashlib.sha256(vault).hexdigest().encode())

    def was_left(self, vault: bytes) -> bool:
        """Say whether it is the vault that was last left with the server, or taken from it, here."""
        try:
            return self._left.read_text() == hashlib.sha256(vault).hexdigest()
        except (OSError, UnicodeDecodeError):
            return False

    @property
    def _left(self) -> Path:
        return self.folder / "vault.left"


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; after a crash it is whole or as it was before."""
    make_folder(path.parent)
    write_whole(path, [data])


def write_new_secret(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; raise `FileExistsError` rather than touch one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _write_through(handle, data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_through(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
