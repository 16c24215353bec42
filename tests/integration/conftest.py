"""A local chain for the tests that need one, removed with all that it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_chain import LocalChain, open_local_chain


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
