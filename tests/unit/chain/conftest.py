"""Makes the in-process chain known to the tests here."""

from chain.in_process import chain, deployed_chain

__all__ = ["chain", "deployed_chain"]
