"""The contracts' events, as the index takes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from web3 import Web3
from web3.exceptions import BlockNotFound, Web3RPCError

from pmr.chain.connection import message
from pmr.chain.events import (
    AccessGranted,
    AccessRevoked,
    Event,
    KeyPublished,
    RecordCreated,
    RecordRevised,
    fetch_events,
)
from pmr.errors import ChainError
from pmr.index.source import IndexedEvent, Origin
from pmr.types import Deployment


class ChainEvents:
    """An `EventSource` on a chain's JSON-RPC."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        """Take the events of a deployment's registry and key directory."""
        self._w3 = w3
        self._deployment = deployment
        self.origin = Origin(
            deployment.chain_id, deployment.registry, deployment.key_directory, deployment.block
        )

    def newest(self) -> int:
        """The number of the newest block; raise `ChainUnavailable`."""
        return self._w3.eth.block_number

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a block; None when there is no such block."""
        try:
            return bytes(self._w3.eth.get_block(number)["hash"])
        except BlockNotFound:
            return None
        except Web3RPCError as error:
            raise ChainError(f"The node refused block {number}: {message(error)}.") from None

    def events(self, first: int, last: int) -> Sequence[IndexedEvent]:
        """The events of blocks `first` to `last`, both included, in the chain's order."""
        return [_indexed(event) for event in fetch_events(self._w3, self._deployment, first, last)]


def _indexed(event: Event) -> IndexedEvent:
    place = event.place
    return IndexedEvent(place.block, place.block_hash, place.log_index, place.transaction, **_fields(event))


@singledispatch
def _fields(event: Event) -> dict[str, Any]:
    raise ChainError(f"The index does not know {type(event).__name__}.")


@_fields.register
def _created(event: RecordCreated) -> dict[str, Any]:
    return {"kind": "created", "account": event.id.owner, "number": event.id.position, "digest": event.root}


@_fields.register
def _revised(event: RecordRevised) -> dict[str, Any]:
    return {"kind": "revised", "account": event.id.owner, "number": event.id.position, "digest": event.root}


@_fields.register
def _granted(event: AccessGranted) -> dict[str, Any]:
    return {
        "kind": "granted",
        "account": event.id.owner,
        "number": event.id.position,
        "reader": event.reader,
        "digest": event.envelope,
        "expires_at": event.expires_at,
        "purpose": event.purpose,
    }


@_fields.register
def _revoked(event: AccessRevoked) -> dict[str, Any]:
    return {
        "kind": "revoked",
        "account": event.id.owner,
        "number": event.id.position,
        "reader": event.reader,
    }


@_fields.register
def _published(event: KeyPublished) -> dict[str, Any]:
    return {"kind": "key", "account": event.account, "number": event.version, "digest": event.bundle}
