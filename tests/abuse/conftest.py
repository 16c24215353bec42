"""One town for all cases: real contracts, a real server's parts and real clients, in one process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The in-process chain is that of the unit tests.
sys.path.append(str(Path(__file__).parents[1] / "unit"))

from abuse.town import Resident, Story, Town, open_town, play


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town. Cases take residents of their own in it."""
    yield from open_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def story(town: Town) -> Story:
    """A record that its owner shares with one reader. Cases that change it make their own by `play`."""
    return play(town)


@pytest.fixture(scope="session")
def mallory(town: Town) -> Resident:
    """Somebody with an account, a published key and coins, whom nobody shares anything with."""
    return town.resident()


@pytest.fixture(autouse=True)
def _time_stands(request: pytest.FixtureRequest) -> Iterator[None]:
    """Turn the server's clock back after a case that moved it."""
    if "town" not in request.fixturenames:
        yield
        return
    clock = request.getfixturevalue("town").clock
    before = clock.now
    yield
    clock.now = before
