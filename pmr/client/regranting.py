"""Sharing anew with readers who have a new key: their old envelopes open with their old key alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pmr.chain.transaction import Receipt
from pmr.client.ledger import Outdated, SharedRecord
from pmr.client.reading import Reading
from pmr.client.sharing import Granting, Terms, share_record
from pmr.errors import PmrError


class Regranting(Granting, Protocol):
    """What sharing anew asks of the chain."""

    def given_to_old_keys(self) -> list[Outdated]:
        """Give the live grants of this account's records that are older than their reader's key."""

    def shared_to_old_keys(self) -> list[SharedRecord]:
        """Give what is shared with this account by a grant that is older than its newest key."""


@dataclass(frozen=True)
class Regranted:
    """A grant that was given anew, or why it was not."""

    outdated: Outdated
    receipt: Receipt | None
    reason: PmrError | None = None


def outdated_grants(ledger: Regranting, now: float) -> list[Outdated]:
    """Give the grants to old keys that have not ended at `now` (Unix seconds)."""
    return [one for one in ledger.given_to_old_keys() if one.grant.allows(int(now))]


def regrant(ledger: Regranting, reading: Reading, grants: Iterable[Outdated]) -> Iterator[Regranted]:
    """Share each record anew with its reader, for the same purpose and time; one refusal stops no other.

    May be repeated: what was given anew is not outdated any more.
    """
    for one in grants:
        terms = Terms(one.reader, one.grant.purpose, one.grant.expires_at)
        try:
            yield Regranted(one, share_record(ledger, reading, one.record, terms).receipt)
        except PmrError as error:
            yield Regranted(one, None, error)
