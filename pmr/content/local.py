"""The part of a store that is in a folder whichever keeps the blocks: locks and counts of pins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pmr.content.cid import Cid
from pmr.content.files import locked, make_folder, told
from pmr.content.pins import PinCounts
from pmr.content.store import BlockStore


class LocalStore(BlockStore):
    """A store whose processes all run on one machine and share `folder`."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it. Raises `StorageFull`, `StoreUnavailable`."""
        self._folder = folder
        with told():
            make_folder(folder)
            self._counts = PinCounts(folder)

    def _pin(self, root: Cid) -> None:
        with told():
            self._counts.add(root)

    def _unpin(self, root: Cid) -> bool:
        with told():
            return self._counts.remove(root) is not None

    def _pins(self) -> dict[Cid, int]:
        with told():
            return self._counts.all()

    def _roots(self) -> set[Cid]:
        with told():
            return self._counts.roots()

    def _tidy(self) -> None:
        with told():
            self._counts.tidy()

    def _shared(self) -> AbstractContextManager[None]:
        return self._locked("lock", alone=False)

    def _alone(self) -> AbstractContextManager[None]:
        return self._locked("lock", alone=True)

    @contextmanager
    def _locked(self, name: str, *, alone: bool) -> Iterator[None]:
        with told(), locked(self._folder / name, alone=alone):
            yield
