"""Which grants are older than their reader's key, by the order of events on chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from web3 import Web3

from pmr.chain.events import (
    AccessGranted,
    Event,
    KeyPublished,
    Topics,
    address_topic,
    fetch_events,
    record_topic,
    signature,
)
from pmr.types import Address, Deployment, RecordId

T = TypeVar("T")

TOPICS = 100
"""Records or accounts asked for at once: nodes bound a filter's size."""

LastGrants = Mapping[tuple[RecordId, Address], AccessGranted]


def last_grants_of(w3: Web3, deployment: Deployment, records: Sequence[RecordId], block: int) -> LastGrants:
    """Give the newest grant, up to a block, of each of these records to each reader."""
    found: dict[tuple[RecordId, Address], AccessGranted] = {}
    for some in _parts(records):
        topics: Topics = [signature(AccessGranted), [record_topic(record) for record in some]]
        found |= _last_grants(fetch_events(w3, deployment, deployment.block, block, topics))
    return found


def last_grants_to(w3: Web3, deployment: Deployment, reader: Address, block: int) -> LastGrants:
    """Give the newest grant, up to a block, of each record to a reader."""
    topics: Topics = [signature(AccessGranted), None, address_topic(reader)]
    return _last_grants(fetch_events(w3, deployment, deployment.block, block, topics))


def last_keys(
    w3: Web3, deployment: Deployment, accounts: Sequence[Address], block: int
) -> Mapping[Address, KeyPublished]:
    """Give the newest key, up to a block, of each of these accounts that has one."""
    found: dict[Address, KeyPublished] = {}
    for some in _parts(accounts):
        topics: Topics = [signature(KeyPublished), [address_topic(account) for account in some]]
        events = fetch_events(w3, deployment, deployment.block, block, topics)
        found |= {event.account: event for event in events if isinstance(event, KeyPublished)}
    return found


def happened_before(first: Event, second: Event) -> bool:
    """Say whether one event is before another on chain."""
    return (first.place.block, first.place.log_index) < (second.place.block, second.place.log_index)


def _last_grants(events: Iterable[Event]) -> dict[tuple[RecordId, Address], AccessGranted]:
    return {(event.id, event.reader): event for event in events if isinstance(event, AccessGranted)}


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), TOPICS):
        yield values[start : start + TOPICS]
