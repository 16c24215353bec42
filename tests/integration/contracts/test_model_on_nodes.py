"""The registry against a plain model, on a node under the oldest and the newest hard fork."""

import pytest
from anvil_chain import AnvilChain
from contracts.machine import run

pytestmark = pytest.mark.integration


def test_registry_on_a_node_does_what_the_model_says(anvil: AnvilChain) -> None:
    run(anvil, examples=3, steps=20, check_every=3)


@pytest.mark.slow
def test_registry_on_a_node_does_what_the_model_says_for_long(anvil: AnvilChain) -> None:
    run(anvil, examples=6, steps=80, check_every=3)
