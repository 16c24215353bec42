"""The registry against a plain model, in this process; tests/integration/contracts runs it on nodes."""

import pytest
from chain.in_process import Chain

from contracts.machine import run


def test_registry_does_what_the_model_says(chain: Chain) -> None:
    run(chain, examples=2, steps=25, check_every=5)


@pytest.mark.slow
def test_registry_does_what_the_model_says_for_long(chain: Chain) -> None:
    run(chain, examples=5, steps=80, check_every=5)
