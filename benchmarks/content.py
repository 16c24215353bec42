"""How fast files become blocks and reach the disk, beside plain hashing and writing in the same run.

Run with `python -m benchmarks.content`. The ratios are what matters: import beside the hash, put beside
files that are synced, since put answers only when the blocks are on disk.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks._rounds import Work, best, drain
from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import RAW
from pmr.content.embedded import EmbeddedStore
from pmr.content.unixfs import CHUNK, import_file, read_file

SIZE = 128 << 20
SMALL = 512


def in_memory(chunks: list[bytes]) -> dict[str, Work]:
    """The plain hash, and what is built on it."""
    blocks: dict[object, bytes] = {}
    root = import_file(chunks, lambda block: blocks.__setitem__(block.cid, block.data)).cid
    stored = [Block.of(RAW, chunk) for chunk in chunks]
    return {
        "sha-256 alone": lambda: drain(hashlib.sha256(chunk).digest() for chunk in chunks),
        "import a file": lambda: import_file(chunks, lambda _: None),
        "read a file": lambda: drain(read_file(root, blocks.__getitem__)),
        "pack into CARs": lambda: drain(pack(stored)),
    }


def on_disk(folder: Path, chunks: list[bytes]) -> dict[str, Work]:
    """Plain writing, without and with a sync a file, and the store. Each turn writes what is new."""
    turns = count()
    store = EmbeddedStore(folder / "store")
    kept = [Block.of(RAW, chunk) for chunk in chunks]
    store.put(kept)

    def fresh() -> Iterator[bytes]:
        prefix = next(turns).to_bytes(8, "big")
        return (prefix + chunk[8:] for chunk in chunks)

    return {
        "write files": lambda: _write(folder, fresh(), sync=False),
        "write and sync files": lambda: _write(folder, fresh(), sync=True),
        "hash and put": lambda: store.put(Block.of(RAW, chunk) for chunk in fresh()),
        "put again": lambda: store.put(kept),
        "get": lambda: drain(store.get(block.cid) for block in kept),
    }


def _write(folder: Path, chunks: Iterable[bytes], *, sync: bool) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    for number, chunk in enumerate(chunks):
        with (place / str(number)).open("wb") as file:
            file.write(chunk)
            if sync:
                file.flush()
                os.fsync(file.fileno())


def show(title: str, seconds: dict[str, float], size: int) -> None:
    """A line for each: MB/s, and the ratio to the first."""
    print(title)
    first = next(iter(seconds.values()))
    for name, time_taken in seconds.items():
        print(f"  {name:24} {size / 1e6 / time_taken:8.0f} MB/s   {first / time_taken:5.2f}")


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on a disk, for /tmp may be memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:  # a folder of its own in it
        yield Path(name)


def main() -> None:
    """Measure and print."""
    chunks = [os.urandom(CHUNK) for _ in range(SIZE // CHUNK)]
    show("in memory", best(in_memory(chunks)), SIZE)
    with scratch() as folder:
        show("on disk, leaves of 1 MiB", best(on_disk(folder, chunks)), SIZE)
    small = [os.urandom(1200) for _ in range(SMALL)]
    with scratch() as folder:
        show(f"on disk, {SMALL} blocks of 1,200 bytes", best(on_disk(folder, small)), 1200 * SMALL)


if __name__ == "__main__":
    main()
