"""A program that puts and pins until it is killed, and says after each what has been acknowledged.

Usage: crashing_writer.py FOLDER SEED. Prints `put CID` and `pin CID`, one a line.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from content_samples import small_record

from pmr.content.embedded import EmbeddedStore


def main(folder: Path, seed: str) -> None:
    """Write for ever."""
    store = EmbeddedStore(folder)
    for turn in count():
        root, blocks = small_record(f"{seed} {turn}", size=(turn % 4) * 700_000)
        store.put(blocks.all())
        for cid in blocks:
            print("put", cid, flush=True)
        for _ in range(3):
            store.pin(root)
            print("pin", root, flush=True)
        store.unpin(root)
        print("unpin", root, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
