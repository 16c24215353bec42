"""A database of an earlier version, with data in it, becomes one of this version."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, select, text

from pmr.content.block import Block
from pmr.index.database import open_engine
from pmr.server.database import MIGRATIONS, open_database
from pmr.server.tables import kept_roots, pinned_blocks, pins, uploads
from server.fakes import FakeChain, FakeClock, make_services
from server.people import ALICE, BOB, DAY, folder, leaf, put


def _at(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


def _fill(engine: Engine, clock: FakeClock, kept: list[Block], staged: Block) -> None:
    """As version 0001 did it: whoever pinned a block had uploaded it."""
    root, now = kept[-1].cid.encode(), clock.now
    sent = [
        {"account": account, "cid": block.cid.encode(), "size": len(block.data), "uploaded_at": now}
        for account, blocks in ((ALICE, [*kept, staged]), (BOB, kept[:1]))
        for block in blocks
    ]
    total = sum(len(block.data) for block in kept)
    pin = {"account": ALICE, "root": root, "blocks": len(kept), "bytes": total, "pinned_at": now}
    with engine.begin() as connection:
        connection.execute(insert(uploads), sent)
        connection.execute(insert(pins), pin)
        for block in kept:
            given = {"root": root, "cid": block.cid.encode()}
            connection.execute(text("INSERT INTO pinned_blocks (root, cid) VALUES (:root, :cid)"), given)
        connection.execute(text("INSERT INTO vaults VALUES ('0xaa', :data, 1)"), {"data": b"sealed"})
        connection.execute(text("INSERT INTO challenges VALUES ('c', '0xaa', 'text', 99)"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'server.sqlite'}"


def test_open_database_of_the_first_version_counts_what_is_there(url: str, tmp_path: Path) -> None:
    clock, kept, staged = FakeClock(), folder(bytes(100_000)), leaf()
    old = open_engine(url)
    _at(old, "0001")
    _fill(old, clock, kept, staged)
    old.dispose()

    services = make_services(tmp_path, FakeChain(clock), clock)
    assert services.quota.usage(ALICE).used == 100_000 + 5000 + 2 * 4096
    assert services.quota.usage(BOB).used == 5000
    with open_database(url).connect() as connection:
        sizes = {row.cid: row.size for row in connection.execute(select(pinned_blocks))}
        states = connection.execute(select(kept_roots)).all()
        left = connection.execute(text("SELECT data FROM vaults")).scalars().all()
    assert sizes == {block.cid.encode(): len(block.data) for block in kept}
    assert [tuple(row) for row in states] == [(kept[-1].cid.encode(), "kept", clock.now)]
    assert left == [b"sealed"]
    services.close()


def test_pins_of_the_first_version_are_given_up_and_counted_like_new_ones(url: str, tmp_path: Path) -> None:
    clock, kept, staged = FakeClock(), folder(bytes(100_000)), leaf()
    old = open_engine(url)
    _at(old, "0001")
    _fill(old, clock, kept, staged)
    old.dispose()

    services = make_services(tmp_path, FakeChain(clock), clock)
    put(services, ALICE, *kept)
    services.uploads.pin(ALICE, kept[-1].cid)
    clock.now += DAY + 1
    services.retention.collect()
    assert [services.quota.usage(account).used for account in (ALICE, BOB)] == [0, 0]
    services.close()
