"""The registry in the plainest words: what each call does, and which refusal it gets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pmr.chain import events as happened
from pmr.chain.registry import SharedRecord
from pmr.types import Address, Grant, RecordId

NOTHING = Grant(0, 0, False)


@dataclass
class Model:
    """What the registry must hold. A call gives the name of its refusal, or "" and what it changes."""

    roots: dict[RecordId, bytes] = field(default_factory=dict)
    grants: dict[tuple[RecordId, Address], Grant] = field(default_factory=dict)
    """In the order of the first grants."""

    def copy(self) -> Model:
        return Model(dict(self.roots), dict(self.grants))

    def count(self, owner: Address) -> int:
        return sum(record.owner == owner for record in self.roots)

    def create(self, who: Address, position: int, root: bytes) -> str:
        if not any(root):
            return "EmptyRoot"
        if position != self.count(who):
            return "WrongPosition"
        self.roots[RecordId(who, position)] = root
        return ""

    def revise(self, who: Address, record: RecordId, old: bytes, new: bytes) -> str:
        if not any(new):
            return "EmptyRoot"
        refusal = self._owner_only(who, record)
        if refusal:
            return refusal
        if self.roots[record] != old:
            return "StaleRoot"
        self.roots[record] = new
        return ""

    def grant(self, who: Address, record: RecordId, reader: Address, grant: Grant, now: int) -> str:
        refusal = self._owner_only(who, record)
        if refusal:
            return refusal
        if not int(reader, 16):
            return "EmptyReader"
        if reader == who:
            return "SelfGrant"
        if grant.expires_at and grant.expires_at <= now:
            return "ExpiryInPast"
        if not 1 <= grant.purpose <= 127:
            return "InvalidPurpose"
        self.grants[record, reader] = grant
        return ""

    def revoke(self, who: Address, record: RecordId, reader: Address) -> str:
        refusal = self._owner_only(who, record)
        if refusal:
            return refusal
        grant = self.grants.get((record, reader), NOTHING)
        if not grant.live:
            return "NotGranted"
        self.grants[record, reader] = replace(grant, live=False)
        return ""

    def can_read(self, record: RecordId, account: Address, now: int) -> bool:
        if record not in self.roots or account == record.owner:
            return record in self.roots
        grant = self.grants.get((record, account), NOTHING)
        return grant.live and (grant.expires_at == 0 or grant.expires_at > now)

    def inbox(self, reader: Address) -> list[RecordId]:
        """What was ever granted to a reader, latest first granted first."""
        return [record for record, account in self.grants if account == reader][::-1]

    def shared_with(self, reader: Address, now: int) -> list[SharedRecord]:
        """What a reader may read, in the order of the inbox."""
        found = [record for record in self.inbox(reader) if self.can_read(record, reader, now)]
        return [self._row(record, self.grants[record, reader]) for record in found]

    def apply(self, event: happened.Event) -> None:
        """Take an event as an auditor does, who has nothing but events."""
        match event:
            case happened.RecordCreated():
                assert event.id not in self.roots, "an id was given twice"
                assert event.id == RecordId(event.owner, self.count(event.owner))
                self.roots[event.id] = event.root
            case happened.RecordRevised():
                assert event.id in self.roots
                self.roots[event.id] = event.root
            case happened.AccessGranted():
                self.grants[event.id, event.reader] = Grant(event.expires_at, event.purpose, True)
            case happened.AccessRevoked():
                grant = self.grants[event.id, event.reader]
                self.grants[event.id, event.reader] = replace(grant, live=False)

    def _owner_only(self, who: Address, record: RecordId) -> str:
        if record.owner != who:
            return "NotOwner"
        return "" if record in self.roots else "RecordNotFound"

    def _row(self, record: RecordId, grant: Grant) -> SharedRecord:
        return SharedRecord(record, self.roots[record], grant.expires_at, grant.purpose)
