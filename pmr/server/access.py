"""What the server gives to whom."""

from __future__ import annotations

from collections.abc import Callable

from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore
from pmr.crypto.keys import read_bundle
from pmr.errors import BlockNotFound, NotFound, SealedRecordError
from pmr.index.queries import Index
from pmr.server.permission import Permission
from pmr.server.possession import Possession
from pmr.types import Address, Digest, RecordId


class Access:
    """Blocks of records to those who may read now; key bundles to whoever is signed in.

    What is absent and what is denied raise the same `NotFound`.
    """

    def __init__(
        self,
        store: BlockStore,
        index: Index,
        permission: Permission,
        possession: Possession,
        refresh: Callable[[], None],
    ) -> None:
        """`refresh` brings the index nearer to the chain's head."""
        self._store = store
        self._index = index
        self._permission = permission
        self._possession = possession
        self._refresh = refresh

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
        data = self._get(cid)
        if not self._published(cid, data):
            self._refresh()
            if not self._published(cid, data):
                raise NotFound
        return data

    def _belongs(self, account: Address, record: RecordId, root: Digest, cid: Cid) -> bool:
        if self._possession.has_pinned(record.owner, [root], cid):
            return True
        if account == record.owner:
            return self._possession.has_pinned(record.owner, self._index.roots_of(record), cid)
        return cid.codec == RAW and self._is_envelope(account, record, cid)

    def _is_envelope(self, reader: Address, record: RecordId, cid: Cid) -> bool:
        # A digest is easily named; that the owner sent the bytes keeps other people's blocks out.
        if not self._possession.has_uploaded(record.owner, cid):
            return False
        if self._index.envelope_of(record, reader) != cid.digest:
            self._refresh()
        return self._index.envelope_of(record, reader) == cid.digest

    def _published(self, cid: Cid, data: bytes) -> bool:
        return cid.codec == RAW and any(
            _is_bundle(data, account, cid.digest) for account in self._index.publishers_of(cid.digest)
        )

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
