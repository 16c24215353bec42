from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from server.fakes import FakeChain, FakeClock, make_services

from pmr.server.services import Services
from pmr.web.app import create_app
from web.actors import Actor


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chain(clock: FakeClock) -> FakeChain:
    return FakeChain(clock)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables: copied, since making one costs many fsyncs."""
    folder, clock = tmp_path_factory.mktemp("migrated"), FakeClock()
    make_services(folder, FakeChain(clock), clock).close()
    return folder / "server.sqlite"


@pytest.fixture
def services(tmp_path: Path, migrated: Path, chain: FakeChain, clock: FakeClock) -> Iterator[Services]:
    shutil.copy(migrated, tmp_path)
    made = make_services(tmp_path, chain, clock)
    yield made
    made.close()


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def actor(app: Flask) -> Callable[[int], Actor]:
    """Makes a signed-in account from a number."""
    return lambda number: Actor(app, number).signed_in()
