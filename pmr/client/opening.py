"""Opening: from a root that the chain names to plaintext. Nothing here knows a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.dag_pb import Link
from pmr.content.unixfs import decode_directory, file_size, read_file, read_range
from pmr.crypto.body import MANIFEST_NUMBER, MAX_MANIFEST, Body, body_aad, sealed_size
from pmr.crypto.content_key import ContentKey
from pmr.crypto.envelope import ENVELOPE
from pmr.crypto.header import MAX_HEADER, Header
from pmr.crypto.keys import KeyBundle
from pmr.crypto.manifest import FileEntry, Manifest
from pmr.crypto.padding import padded_size
from pmr.crypto.signature import verify_record
from pmr.errors import BadFormat

Get = Callable[[Cid], bytes]
SIGNATURE = 64
_OTHERS = {"header", "manifest", "owner", "signature"}


@dataclass(frozen=True)
class SealedRecord:
    """The public half of a record, read from its root: nothing of it is authenticated but by hash."""

    root: Cid
    entries: Mapping[str, Link]
    header: Header
    header_bytes: bytes
    """As they were hashed: bodies are bound to them."""

    def verify(self, author: KeyBundle, get: Get) -> None:
        """Check the author's signature; raise `BadSignature` or `BadFormat`."""
        signed = {name: link.cid.encode() for name, link in self.entries.items()}
        verify_record(author, signed, self._small("signature", SIGNATURE, get))

    def owner_envelope(self, get: Get) -> bytes:
        """Give the envelope to the owner, 1,169 bytes; raise `BadFormat`."""
        return self._small("owner", ENVELOPE, get)

    def _small(self, name: str, size: int, get: Get) -> bytes:
        return b"".join(read_file(self.entries[name].cid, get, size))


def read_sealed(root: Cid, get: Get) -> SealedRecord:
    """Read a record's directory and header; raise `BadFormat` or `BadBlock` (section 3)."""
    entries = decode_directory(Block.checked(root, get(root)))
    lacking = _OTHERS - entries.keys()
    if lacking:
        raise BadFormat(f"The record {root} lacks {', '.join(sorted(lacking))}.")
    data = _read_at_most(entries["header"].cid, MAX_HEADER, get)
    header = Header.decode(data)
    if entries.keys() - _OTHERS != {str(number) for number in range(header.files)}:
        raise BadFormat(f"The record's entries are not the {header.files} files that its header says.")
    return SealedRecord(root, entries, header, data)


def _read_at_most(cid: Cid, most: int, get: Get) -> bytes:
    size = file_size(cid, get)
    if size > most:
        raise BadFormat(f"{cid} has {size} bytes, more than {most}.")
    return b"".join(read_file(cid, get, size))


class OpenRecord:
    """A record whose content key is known: its manifest, and its files piece by piece."""

    def __init__(self, sealed: SealedRecord, content_key: ContentKey, get: Get) -> None:
        """Check the key and open the manifest.

        Raises `CannotDecrypt` when the key is not the one that the header commits to or the manifest
        was tampered with, `BadFormat` when it is not what section 6 says.
        """
        content_key.check(sealed.header.content_id, sealed.header.key_commit)
        self.sealed = sealed
        self.content_key = content_key
        self._get = get
        self._body_key = content_key.body_key(sealed.header.content_id)
        self.manifest = self._open_manifest()

    def file(self, number: int) -> Iterator[bytes]:
        """Give the plaintext of a file; it is whole when the iterator ends without an error."""
        entry, cid = self._file(number)
        size = sealed_size(padded_size(entry.size))
        return self._body(number).open_file(read_file(cid, self._get, size), size, entry.size)

    def range(self, number: int, offset: int, length: int) -> bytes:
        """Give `length` bytes of a file from `offset`, reading only what they need and the end."""
        entry, cid = self._file(number)
        if not 0 <= offset <= offset + length <= entry.size:
            raise BadFormat(f"Bytes {offset} to {offset + length} are outside {entry.name!r}.")
        size = sealed_size(padded_size(entry.size))
        if file_size(cid, self._get) != size:
            raise BadFormat(f"The body of {entry.name!r} does not have the {size} bytes that it must.")
        read = lambda start, count: read_range(cid, self._get, start, count)  # noqa: E731
        return self._body(number).open_range(read, size, offset, length)

    @property
    def sealed_bytes(self) -> int:
        """Bytes of the sealed files, for a progress bar."""
        return sum(sealed_size(padded_size(entry.size)) for entry in self.manifest.files)

    def _file(self, number: int) -> tuple[FileEntry, Cid]:
        return self.manifest.files[number], self.sealed.entries[str(number)].cid

    def _body(self, number: int) -> Body:
        return Body(self._body_key, body_aad(self.sealed.header_bytes, number))

    def _open_manifest(self) -> Manifest:
        cid, most = self.sealed.entries["manifest"].cid, sealed_size(MAX_MANIFEST)
        sealed = _read_at_most(cid, most, self._get)
        return Manifest.open(self._body(MANIFEST_NUMBER), sealed, self.sealed.header.files)
