"""Makes the in-process chain and its contracts known to the tests here."""

from chain.in_process import chain, deployed_chain

from contracts.ledger import ledger

__all__ = ["chain", "deployed_chain", "ledger"]
