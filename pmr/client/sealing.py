"""Sealing: files become the blocks of a record, one MiB at a time. Nothing here knows a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO

from pmr.client.notebook import Notebook
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.unixfs import Node, encode_directory, import_file
from pmr.crypto.body import MANIFEST_NUMBER, Body, body_aad, sealed_size
from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.envelope import OwnerContext, seal_envelope
from pmr.crypto.header import Header
from pmr.crypto.keys import DoctorKey
from pmr.crypto.manifest import FileEntry, Manifest
from pmr.crypto.padding import padded_size
from pmr.crypto.resume import ResumableSealing
from pmr.crypto.signature import sign_record
from pmr.types import Address, Digest

Put = Callable[[Block], None]


@dataclass(frozen=True)
class About:
    """What a manifest says of a record beside its files."""

    title: str
    patient: str = ""
    """A pseudonymous reference, never a name."""
    date: str = ""
    """`YYYY-MM-DD`, or empty."""
    notes: str = ""

    def manifest(self, sources: Sequence[Source]) -> Manifest:
        """Give the manifest of a record with these files."""
        files = tuple(FileEntry(source.name, source.size, source.type) for source in sources)
        return Manifest(self.title, self.patient, self.date, self.notes, files)


@dataclass(frozen=True)
class Changes:
    """What a new version says otherwise; None for what stays."""

    title: str | None = None
    patient: str | None = None
    date: str | None = None
    notes: str | None = None

    def applied(self, about: About) -> About:
        """Give what the new version says."""
        changed = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(about, **changed)


@dataclass(frozen=True)
class Author:
    """Who seals: the account, its key, and the digest of the bundle that it published."""

    account: Address
    key: DoctorKey
    bundle: Digest


@dataclass(frozen=True)
class Sealed:
    """A record whose blocks were all given to `put`."""

    root: Cid
    header: Header
    content_key: ContentKey
    size: int
    """Bytes of all its blocks."""


def sealed_total(sources: Sequence[Source]) -> int:
    """Give the bytes that the sealed files will have, for a progress bar; raise `TooLarge`."""
    return sum(sealed_size(padded_size(source.size)) for source in sources)


def seal_record(
    sources: Sequence[Source], about: About, author: Author, put: Put, notebook: Notebook | None = None
) -> Sealed:
    """Seal files under a new content key (docs/format.md section 3); `put` gets every block.

    With a notebook, a repeat gives the same blocks of what did not change, and sources must be seekable.
    Holds one segment of one file at a time, with a notebook eight. Raises `BadFormat` for a manifest
    outside the format before a file is read, `SourceChanged` when a file has another size than it had.
    """
    manifest = about.manifest(sources)
    manifest.encode()
    return _Sealing(author, len(sources), put, notebook).seal(sources, manifest)


class _Sealing:
    def __init__(self, author: Author, files: int, put: Put, notebook: Notebook | None) -> None:
        self._author = author
        self._put = put
        self._notebook = notebook
        self._content_key = notebook.content_key if notebook else ContentKey.new()
        content_id = notebook.content_id if notebook else new_content_id()
        commit = self._content_key.commit(content_id)
        self.header = Header(author.account, author.bundle, content_id, files, commit)
        self._body_key = self._content_key.body_key(content_id)

    def seal(self, sources: Sequence[Source], manifest: Manifest) -> Sealed:
        nodes = {str(number): self._file(number, source) for number, source in enumerate(sources)}
        nodes["header"] = self._import(self.header.encode())
        nodes["manifest"] = self._import(self._manifest(manifest))
        nodes["signature"] = self._import(self._signature(nodes))
        nodes["owner"] = self._import(self._owner_envelope())
        directory = encode_directory(nodes)
        self._put(directory)
        size = len(directory.data) + sum(node.dag_size for node in nodes.values())
        return Sealed(directory.cid, self.header, self._content_key, size)

    def _file(self, number: int, source: Source) -> Node:
        with source.open() as opened:
            return import_file(self._leaves(number, opened, source.size), self._put)

    def _leaves(self, number: int, opened: BinaryIO, size: int) -> Iterator[bytes]:
        body, notebook = self._body(number), self._notebook
        if notebook is None:
            return body.seal(opened, size)
        sealing = ResumableSealing(body, opened, size, notebook.save(number))
        return (leaf for _, leaf in sealing.run(notebook.notes(number)))

    def _manifest(self, manifest: Manifest) -> bytes:
        return self._part("manifest", manifest.encode(), lambda: manifest.seal(self._body(MANIFEST_NUMBER)))

    def _owner_envelope(self) -> bytes:
        key, account, header = self._content_key, self._author.account, self.header
        public_key = self._author.key.public_key
        return self._part("owner", public_key, lambda: owner_envelope(key, header, account, public_key))

    def _part(self, name: str, plain: bytes, make: Callable[[], bytes]) -> bytes:
        return self._notebook.part(name, plain, make) if self._notebook else make()

    def _body(self, number: int) -> Body:
        return Body(self._body_key, body_aad(self.header.encode(), number))

    def _import(self, data: bytes) -> Node:
        return import_file([data], self._put)

    def _signature(self, nodes: dict[str, Node]) -> bytes:
        return sign_record(self._author.key, {name: node.cid.encode() for name, node in nodes.items()})


def owner_envelope(content_key: ContentKey, header: Header, owner: Address, public_key: bytes) -> bytes:
    """Seal a record's key to whoever registers it: the directory's `owner` entry."""
    return seal_envelope(content_key, OwnerContext(header.content_id, owner, header.key_commit), public_key)
