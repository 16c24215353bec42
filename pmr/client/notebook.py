"""What is noted of a sealing, so that a repeat gives the very same blocks of files that did not change."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from typing import Any

from pmr.client.journal import Deed, Frame
from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.resume import SealingNotes
from pmr.types import Address, Digest

Save = Callable[[SealingNotes], None]


class Notebook:
    """One version of a record being sealed: its content key, and the notes of each body (section 5).

    The notes hold for one content key, and a content key for one header: with another author's key,
    another number of files or another version everything starts anew.
    """

    def __init__(self, deed: Deed, author_key: Digest, files: int) -> None:
        """Take up what a deed has of a header with this author's bundle and this number of files."""
        self._deed = deed
        self._for = {"authorKey": author_key.hex(), "files": files}
        self._notes: dict[int, SealingNotes] = {}
        self._parts: dict[str, Frame] = {}
        self._key: Frame = {}
        self._readers: set[str] = set()
        for frame in deed.frames():
            self._read(frame)
        if self._for.items() - self._key.items():
            self.renew()

    def renew(self) -> None:
        """Draw a new content key: nothing that was noted before serves any more."""
        fresh = {"contentKey": ContentKey.new().reveal().hex(), "contentId": new_content_id().hex()}
        self._note(key=self._for | fresh)

    def share(self, readers: Iterable[Address]) -> None:
        """Note that envelopes of this content key are about to be made for these accounts."""
        self._note(readers=sorted(readers))

    def serves(self, readers: Iterable[Address]) -> bool:
        """Say whether an envelope of this content key was made for nobody but these accounts."""
        return self._readers <= set(readers)

    @property
    def content_key(self) -> ContentKey:
        """The version's key."""
        return ContentKey(bytes.fromhex(self._key["contentKey"]))

    @property
    def content_id(self) -> bytes:
        """The version's 32 random bytes."""
        return bytes.fromhex(self._key["contentId"])

    def notes(self, number: int) -> SealingNotes | None:
        """Give what is known of a file's body."""
        return self._notes.get(number)

    def save(self, number: int) -> Save:
        """Give what notes a file's body as it grows."""
        return lambda notes: self._save(number, notes)

    def part(self, name: str, plain: bytes, make: Callable[[], bytes]) -> bytes:
        """Give what `make` gave for these plain bytes the last time; make and note it the first time."""
        wanted = hashlib.sha256(plain).hexdigest()
        if self._parts.get(name, {}).get("plain") != wanted:
            self._note(part={"name": name, "plain": wanted, "sealed": b64encode(make()).decode()})
        return b64decode(self._parts[name]["sealed"])

    def _save(self, number: int, notes: SealingNotes) -> None:
        known = self._notes.get(number)
        same = known is not None and known.header == notes.header
        first = len(known.digests) if known is not None and same else 0
        added = b"".join(notes.digests[first:])
        self._deed.note(body={"number": number, "header": notes.header.hex(), "digests": added.hex()})
        self._notes[number] = notes

    def _note(self, **values: Any) -> None:
        self._deed.note(**values)
        self._read(values)

    def _read(self, frame: Frame) -> None:
        if "key" in frame:
            self._key, self._notes, self._parts, self._readers = frame["key"], {}, {}, set()
        elif "readers" in frame:
            self._readers |= set(frame["readers"])
        elif "part" in frame:
            self._parts[frame["part"]["name"]] = frame["part"]
        elif "body" in frame:
            self._read_body(frame["body"])

    def _read_body(self, body: Frame) -> None:
        header = bytes.fromhex(body["header"])
        added = SealingNotes.decode(header + bytes.fromhex(body["digests"]))
        known = self._notes.get(body["number"])
        before = known.digests if known is not None and known.header == header else ()
        self._notes[body["number"]] = SealingNotes(header, before + added.digests)
