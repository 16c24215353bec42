"""A doctor's notes of deeds that are under way, so that each can be repeated after a crash.

A deed is one file of frames, appended and synced before what they speak of leaves this machine. A torn
last frame is one of which nothing came. What holds secrets is sealed under the doctor's seed.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pmr.content.files import locked, make_folder, sync_folder
from pmr.crypto.journal import open_journal, seal_journal
from pmr.crypto.keyring import Keyring
from pmr.errors import BadInput, CannotDecrypt

SUFFIX = ".deed"
_LENGTH = 4
_INTENT = {"kind", "arguments", "key", "terms"}
"""What is noted before anything is done."""
_SEALED, _PLAIN = b"s", b"p"

Frame = Mapping[str, Any]
Arguments = Mapping[str, Any]


class Deed:
    """One deed and what is noted of it. This one keeps nothing: it is for those who have no journal."""

    token = ""
    kind = ""
    arguments: Arguments = MappingProxyType({})

    def note(self, **values: Any) -> None:
        """Add a frame of JSON values; it is durable when this returns."""

    def frames(self) -> Iterator[Frame]:
        """Give the frames in order, oldest first."""
        return iter(())

    def all(self, name: str) -> list[Any]:
        """Give every value that was noted under a name, oldest first."""
        return [frame[name] for frame in self.frames() if name in frame]

    def sign(self, raw: bytes) -> None:
        """Note a signed transaction, before it is sent."""
        self.note(transaction=raw.hex())

    def signed(self) -> list[bytes]:
        """Give the transactions that may have been sent, oldest first."""
        return [bytes.fromhex(raw) for raw in self.all("transaction")]

    def finish(self, **result: Any) -> None:
        """Note that all is done."""
        self.note(done=result)

    @property
    def done(self) -> bool:
        """Say whether all was done."""
        return bool(self.all("done"))

    @property
    def begun(self) -> bool:
        """Say whether anything was noted that a repeat could take up."""
        return any(not frame.keys() <= _INTENT for frame in self.frames())


class _FileDeed(Deed):
    """A deed in a file, which is locked for as long as somebody works on it."""

    def __init__(self, path: Path, handle: int, keyring: Keyring | None) -> None:
        self.path = path
        self.token = path.name.removesuffix(SUFFIX)
        self._handle = handle
        self._keyring = keyring
        self._sealed = keyring is not None

    def begin(self, kind: str, arguments: Arguments) -> None:
        self.kind, self.arguments = kind, arguments
        self.note(kind=kind, arguments=arguments)

    def read(self) -> bool:
        """Read what deed it is, and cut off what is torn; say whether it is one that these keys open."""
        whole = 0
        for data in self._raw():
            try:
                frame = json.loads(self._open(data))
            except (CannotDecrypt, ValueError):
                break
            if whole == 0:
                self.kind, self.arguments = frame["kind"], frame["arguments"]
            whole += len(data) + _LENGTH
        if whole:
            os.ftruncate(self._handle, whole)
        return whole > 0

    def note(self, **values: Any) -> None:
        data = self._seal(json.dumps(values).encode())
        rest = memoryview(len(data).to_bytes(_LENGTH, "big") + data)
        os.lseek(self._handle, 0, os.SEEK_END)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        os.fsync(self._handle)

    def frames(self) -> Iterator[Frame]:
        return (json.loads(self._open(data)) for data in self._raw())

    def _raw(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while len(head := file.read(_LENGTH)) == _LENGTH:
                length = int.from_bytes(head, "big")
                if len(data := file.read(length)) < length:
                    return
                yield data

    def _seal(self, data: bytes) -> bytes:
        if self._sealed and self._keyring is not None:
            return _SEALED + seal_journal(self._keyring.newest, data)
        return _PLAIN + data

    def _open(self, data: bytes) -> bytes:
        if data[:1] == _PLAIN:
            return data[1:]
        for key in self._keyring or ():
            try:
                return open_journal(key, data[1:])
            except CannotDecrypt:
                continue
        raise CannotDecrypt("This deed was noted with a key that is not in the vault.")

    def close(self) -> None:
        os.close(self._handle)


class Journal:
    """The deeds of one account in one folder; None keeps nothing."""

    def __init__(self, folder: Path | None = None, keyring: Keyring | None = None) -> None:
        """Use `folder`, made at first use. Without a keyring only what is no secret can be noted."""
        self._folder = folder
        self._keyring = keyring
        self._finished: set[Path] = set()

    @contextmanager
    def begin(self, kind: str, arguments: Arguments, *, secret: bool = True) -> Iterator[Deed]:
        """Take up the deed of this kind with these arguments that was left, or begin it.

        What another process is at work on is left alone, and so is what this one finished itself.
        """
        if self._folder is None:
            yield Deed()
            return
        deed = self._take(kind, arguments) or self._new(self._folder, kind, arguments, secret=secret)
        try:
            yield deed
        finally:
            self._leave(deed)

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Keep other commands of this folder from doing the same at the same time."""
        if self._folder is None:
            yield
            return
        make_folder(self._folder)
        with locked(self._folder / f"{what}.lock", alone=True):
            yield

    @contextmanager
    def pending(self) -> Iterator[list[Deed]]:
        """Give the deeds that nobody is at work on and that are not done, oldest first."""
        deeds = list(self._idle())
        try:
            yield [deed for deed in deeds if not deed.done]
        finally:
            for deed in deeds:
                deed.close()

    def discard(self, token: str) -> None:
        """Forget a deed; raise `BadInput` when there is none that is idle."""
        with self._guarded():
            for deed in self._idle():
                if deed.token == token:
                    deed.path.unlink()
                    deed.close()
                    return
                deed.close()
        raise BadInput(f"There is no unfinished work {token!r} here. See `pmr record pending`.")

    def forget_finished(self) -> None:
        """Remove what was finished here, once whoever asked for it was told."""
        for path in self._finished:
            path.unlink(missing_ok=True)
        self._finished.clear()

    def _leave(self, deed: _FileDeed) -> None:
        if deed.done:
            self._finished.add(deed.path)
        elif not deed.begun:  # it was refused before anything came of it
            deed.path.unlink(missing_ok=True)
        deed.close()

    def _take(self, kind: str, arguments: Arguments) -> _FileDeed | None:
        wanted = json.loads(json.dumps(arguments))
        with self._guarded():
            found = None
            for deed in self._idle():
                if found is None and (deed.kind, deed.arguments) == (kind, wanted):
                    found = deed
                else:
                    deed.close()
            return found

    def _new(self, folder: Path, kind: str, arguments: Arguments, *, secret: bool) -> _FileDeed:
        with self._guarded():
            path = folder / f"{secrets.token_hex(4)}{SUFFIX}"
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            deed = _FileDeed(path, handle, self._keyring if secret else None)
            deed.begin(kind, arguments)
            sync_folder(folder)
            return deed

    def _idle(self) -> Iterator[_FileDeed]:
        """Give the deeds that are not locked, locked now; the caller closes them."""
        paths = self._folder.glob(f"*{SUFFIX}") if self._folder else ()
        for path in sorted(paths, key=_age):
            if path not in self._finished and (deed := self._locked(path)) is not None:
                yield deed

    def _locked(self, path: Path) -> _FileDeed | None:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            deed = _FileDeed(path, handle, self._keyring)
            if deed.read():
                return deed
        except BlockingIOError:
            pass
        os.close(handle)
        return None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self.alone("journal"):
            yield


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except FileNotFoundError:
        return 0, path.name
