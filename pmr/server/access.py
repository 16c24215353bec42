"""What the server gives to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore
from pmr.crypto.keys import read_bundle
from pmr.errors import BlockNotFound, NotFound, SealedRecordError
from pmr.index.queries import Index
from pmr.server.clock import Clock
from pmr.server.permission import Permission
from pmr.server.possession import Possession
from pmr.types import Address, Digest, RecordId


@dataclass(frozen=True)
class RecordState:
    """What this server has of a record whose root is on chain."""

    root: Cid
    served: bool
    """Whether its owner uploaded and pinned all of it: else nobody is given any of it."""
    envelope: bool | None
    """Whether the asking reader's own envelope is here; None for the owner, who needs none."""
    without_envelope: list[Address]
    """For the owner: the readers with a live grant whose envelope is not here."""


class Access:
    """Blocks of records to those who may read now; key bundles to whoever is signed in.

    What is absent and what is denied raise the same `NotFound`.
    """

    def __init__(  # noqa: PLR0913 - all that a decision needs
        self,
        store: BlockStore,
        index: Index,
        *,
        permission: Permission,
        possession: Possession,
        refresh: Callable[[], None],
        clock: Clock,
    ) -> None:
        """`refresh` brings the index nearer to the chain's head."""
        self._store = store
        self._index = index
        self._permission = permission
        self._possession = possession
        self._refresh = refresh
        self._clock = clock

    def read_block(self, account: Address, record: RecordId, cid: Cid) -> bytes:
        """A block of the current root, or the account's own envelope; to the owner earlier roots too.

        Raises `NotFound`, and `StaleHead` or `ChainUnavailable` when nobody can say who may read.
        """
        root = self._permission.root_for(account, record)
        if root is None or not self._belongs(account, record, root, cid):
            raise NotFound
        return self._get(cid)

    def read_bundle(self, cid: Cid) -> bytes:
        """A key bundle that `KeyDirectory` names or named; whatever else it names is not served."""
        found = self._published(cid)
        if found is None:
            self._refresh()
            found = self._published(cid)
        if found is None:
            raise NotFound
        return found

    def state_of(self, account: Address, record: RecordId) -> RecordState:
        """What this server has of a record, for those who may read it now; raises as `read_block`."""
        root = self._permission.root_for(account, record)
        if root is None:
            raise NotFound
        self._refresh()
        served = self._possession.has_pinned(record.owner, [root], Cid.root(root))
        if account == record.owner:
            return RecordState(Cid.root(root), served, None, self._without_envelope(record))
        named = self._index.envelope_of(record, account)
        envelope = named is not None and not self._lacking_leaves(record.owner, [named])
        return RecordState(Cid.root(root), served, envelope, [])

    def _without_envelope(self, record: RecordId) -> list[Address]:
        named = self._index.envelopes_of(record, self._clock())
        lacking = self._lacking_leaves(record.owner, named.values())
        return sorted(reader for reader, digest in named.items() if digest in lacking)

    def _lacking_leaves(self, owner: Address, digests: Iterable[Digest]) -> set[Digest]:
        """Those of which the owner did not send the bytes, or they are not here any more."""
        wanted = [Cid.leaf(digest) for digest in digests]
        sent = self._possession.uploaded(owner, wanted)
        return {cid.digest for cid in wanted if cid not in sent or not self._store.has(cid)}

    def _belongs(self, account: Address, record: RecordId, root: Digest, cid: Cid) -> bool:
        if self._possession.has_pinned(record.owner, [root], cid):
            return True
        if account == record.owner:
            return self._possession.has_pinned(record.owner, self._index.roots_of(record), cid)
        return cid.codec == RAW and self._is_envelope(account, record, cid)

    def _is_envelope(self, reader: Address, record: RecordId, cid: Cid) -> bool:
        if self._index.envelope_of(record, reader) != cid.digest:
            self._refresh()
            if self._index.envelope_of(record, reader) != cid.digest:
                return False
        # A digest is easily named; that the owner sent the bytes keeps other people's blocks out.
        # Asked last: before, the answer's way would tell a reader what else the owner sent.
        return bool(self._possession.uploaded(record.owner, [cid]))

    def _published(self, cid: Cid) -> bytes | None:
        """The bundle, if an account published it; the store is not asked about anything else."""
        publishers = self._index.publishers_of(cid.digest) if cid.codec == RAW else []
        if not publishers:
            return None
        try:
            data = self._store.get(cid)
        except BlockNotFound:
            return None
        return data if any(_is_bundle(data, account, cid.digest) for account in publishers) else None

    def _get(self, cid: Cid) -> bytes:
        try:
            return self._store.get(cid)
        except BlockNotFound:
            raise NotFound from None


def _is_bundle(data: bytes, account: Address, digest: Digest) -> bool:
    try:
        read_bundle(data, account, digest)
    except SealedRecordError:
        return False
    return True
