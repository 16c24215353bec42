from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pmr.content.embedded import EmbeddedStore
from pmr.server.services import Services
from server.fakes import FakeChain, FakeClock, make_services
from server.people import DAY, Held

MakeServices = Callable[..., Services]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(int(time.time()))


@pytest.fixture
def chain(clock: FakeClock) -> FakeChain:
    return FakeChain(clock)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables: copied, since making one costs many fsyncs."""
    made, clock = tmp_path_factory.mktemp("empty"), FakeClock()
    make_services(made, FakeChain(clock), clock).close()
    return made / "server.sqlite"


@pytest.fixture
def make(tmp_path: Path, empty_database: Path, chain: FakeChain, clock: FakeClock) -> Iterator[MakeServices]:
    """Makes services over the test's one database and store."""
    shutil.copy(empty_database, tmp_path)
    made: list[Services] = []

    def one(**bounds: object) -> Services:
        made.append(make_services(tmp_path, chain, clock, **bounds))  # type: ignore[arg-type]  # passed on
        return made[-1]

    yield one
    for services in made:
        services.close()


@pytest.fixture
def services(make: MakeServices) -> Services:
    return make()


@pytest.fixture
def pass_day(tmp_path: Path, clock: FakeClock) -> Callable[[], None]:
    """Lets a day pass: for the server's clock, and for the files of the store."""

    def age() -> None:
        for path in (tmp_path / "content" / "blocks").glob("*/*"):
            before = path.stat().st_mtime - DAY - 10
            os.utime(path, (before, before))
        clock.now += DAY + 10

    return age


@pytest.fixture
def held(tmp_path: Path) -> Held:
    """Says whether the store has a block, and with the right bytes."""
    store = EmbeddedStore(tmp_path / "content")
    return lambda block: store.has(block.cid) and store.get(block.cid) == block.data
