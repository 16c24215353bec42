"""Whether what a server keeps is there, block by block. Changes nothing; it may go on working."""

from __future__ import annotations

from secrets import SystemRandom
from typing import NamedTuple

from sqlalchemy import Engine, select

from pmr.content.cid import Cid
from pmr.content.store import BlockStore
from pmr.content.unixfs import walk
from pmr.errors import ContentError, StorageDamaged
from pmr.index.database import reading
from pmr.server.tables import kept_roots


class Inspected(NamedTuple):
    """How much was read and hashed."""

    roots: int
    of: int
    """Roots that are pinned."""
    blocks: int
    bytes: int


def inspect_roots(store: BlockStore, most: int | None) -> Inspected:
    """Read every block of `most` pinned roots, drawn at random; None for all of them.

    Raises `StorageDamaged`, naming what is wrong with the first of the bad roots.
    """
    roots = sorted(store.pins())
    chosen = roots if most is None or most >= len(roots) else SystemRandom().sample(roots, most)
    blocks, size, bad = 0, 0, list[str]()
    for root in chosen:
        try:
            sizes = [length for _, length in walk(root, store.get)]
        except ContentError as error:
            bad.append(str(error))
            continue
        blocks, size = blocks + len(sizes), size + sum(sizes)
    if bad:
        raise StorageDamaged(f"{len(bad)} of {len(chosen)} pinned roots are not whole. {bad[0]}")
    return Inspected(len(chosen), len(roots), blocks, size)


def demand_pinned(engine: Engine, store: BlockStore) -> int:
    """Demand that the store pins each root that accounts keep; give their number; raise `StorageDamaged`."""
    with reading(engine).connect() as connection:
        found = connection.scalars(select(kept_roots.c.root).where(kept_roots.c.state == "kept"))
        kept = {Cid.decode(root) for root in found}
    if lost := sorted(kept - store.pins().keys()):
        raise StorageDamaged(f"{len(lost)} roots that accounts keep are not pinned, such as {lost[0]}.")
    return len(kept)
