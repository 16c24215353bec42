from __future__ import annotations

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


@pytest.fixture
def services(tmp_path: Path, chain: FakeChain, clock: FakeClock) -> Iterator[Services]:
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
