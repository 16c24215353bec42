"""`KeyDirectory`: the digest of each account's published key bundle, by version."""

from __future__ import annotations

from web3 import Web3

from pmr.chain.artifact import load
from pmr.chain.connection import BlockName
from pmr.chain.contract import Contract
from pmr.chain.transaction import Call
from pmr.types import Address, Deployment, Digest


class KeyDirectory:
    """Reads and calls. Reads raise `NotDeployed`, `ChainUnavailable`."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        """Take the key directory of a deployment."""
        self._contract = Contract(w3, load("KeyDirectory"), deployment.key_directory)

    def key_of(
        self, account: Address, block_identifier: BlockName | None = None
    ) -> tuple[Digest | None, int]:
        """Give an account's newest bundle and its version; None and 0 when it published none."""
        bundle, version = self._contract.read("keyOf", account, block=block_identifier)
        return (bundle, version) if version else (None, 0)

    def bundle_at(
        self, account: Address, version: int, block_identifier: BlockName | None = None
    ) -> Digest | None:
        """Give an account's bundle of a version, or None."""
        (bundle,) = self._contract.read("bundleAt", account, version, block=block_identifier)
        return bundle if any(bundle) else None

    def publish(self, version: int, bundle: Digest) -> Call:
        """Publish the sender's next bundle: `version` is one more than that of `key_of`."""
        return self._contract.call(f"publish key {version}", "publish", version, bundle)
