"""A local chain for the tests that need one, removed with all that it wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_chain import LocalChain, open_local_chain

# The contracts' model and what drives it are beside the unit tests, which need no node for them.
sys.path.append(str(Path(__file__).parents[1] / "unit"))

from anvil_chain import AnvilChain, open_anvil_chain
from contracts.any_chain import undone


@pytest.fixture
def local_chain(tmp_path: Path) -> Iterator[LocalChain]:
    """A chain of its own for one test, on the newest hard fork that is supported."""
    yield from open_local_chain(tmp_path, "prague")


@pytest.fixture(scope="session", params=["london", "prague"])
def shared_chain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalChain]:
    """One chain for each hard fork: the oldest and the newest. Tests take accounts of their own on it."""
    yield from open_local_chain(tmp_path_factory.mktemp("chain"), request.param)


@pytest.fixture(scope="session", params=["london", "prague"])
def running_anvil(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnvilChain]:
    """One chain for each hard fork, for tests that turn its clock."""
    yield from open_anvil_chain(tmp_path_factory.mktemp("anvil"), request.param)


@pytest.fixture
def anvil(running_anvil: AnvilChain) -> Iterator[AnvilChain]:
    """The deployed contracts, as new for each test."""
    with undone(running_anvil):
        yield running_anvil
