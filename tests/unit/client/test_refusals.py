"""What a client refuses whoever bends it: an outsider, a server, a reader, or the author.

An outsider cannot sign, so the signature catches what it does. An author can, so the cryptography of the
bodies must catch what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from client_fakes import FakeLedger, World

from pmr.client.doctor import Doctor
from pmr.client.opening import SealedRecord
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.dag_pb import Link
from pmr.content.unixfs import encode_directory, import_file, read_file
from pmr.crypto.envelope import GrantContext, seal_envelope
from pmr.crypto.header import Header
from pmr.crypto.keys import DoctorKey
from pmr.crypto.signature import sign_record
from pmr.errors import BadBlock, BadFormat, BadKeyBundle, BadSignature, CannotDecrypt, SealedRecordError
from pmr.types import Purpose, RecordId, parse_address

MIB = 1 << 20
FILES = [
    Source.from_bytes("a", b"a" * 5000),
    Source.from_bytes("b", b"b" * 5000),
    Source.from_bytes("c", b"c" * (2 * MIB)),
]
Entries = Mapping[str, Link]


class Scene:
    """A record of Dr A, which B may read, and means to bend it."""

    def __init__(self) -> None:
        self.world = World()
        self.a, self.b, self.m = (self.world.doctor(number) for number in (1, 2, 3))
        self.record = self.a.create_record(FILES, About("Knee")).id
        self.a.share(self.record, Terms(self.b.account, Purpose.TREATMENT))

    def sealed(self, record: RecordId | None = None) -> SealedRecord:
        return self.a.open(record or self.record).sealed

    def keep(self, data: bytes) -> Link:
        """Import a file; give its link."""
        node = import_file([data], lambda block: self.world.store.blocks.update({block.cid: block.data}))
        return Link(node.cid, node.dag_size, "")

    def read(self, link: Link) -> bytes:
        return b"".join(read_file(link.cid, self.world.store.blocks.__getitem__))

    def put(self, entries: Entries, signer: DoctorKey | None = None) -> None:
        """Make these entries the record, signed anew if somebody signs."""
        changed = dict(entries)
        if signer:
            signature = sign_record(signer, {name: link.cid.encode() for name, link in entries.items()})
            changed["signature"] = self.keep(signature)
        directory = encode_directory(changed)
        self.world.store.blocks[directory.cid] = directory.data
        self.world.chain.roots[self.record.owner][self.record.position] = directory.cid.digest

    def open_all(self, doctor: Doctor) -> None:
        opened = doctor.open(self.record)
        for number in range(len(opened.manifest.files)):
            for _ in opened.file(number):
                pass

    def refused(self, *errors: type[SealedRecordError] | type[BadBlock]) -> None:
        for doctor in (self.a, self.b):
            with pytest.raises(errors):
                self.open_all(doctor)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def key_of(doctor: Doctor) -> DoctorKey:
    assert doctor.keyring is not None
    return doctor.keyring.newest


def moved(entries: Entries, order: str) -> Entries:
    """The same files under other numbers."""
    return dict(entries) | {str(number): entries[name] for number, name in enumerate(order)}


@pytest.mark.parametrize("order", ["102", "120", "201", "002"])
def test_files_that_an_outsider_swaps_or_reorders_are_refused(scene: Scene, order: str) -> None:
    scene.put(moved(scene.sealed().entries, order))
    scene.refused(BadSignature)


@pytest.mark.parametrize("order", ["102", "120", "201", "002"])
def test_files_that_the_author_swaps_or_reorders_are_refused(scene: Scene, order: str) -> None:
    scene.put(moved(scene.sealed().entries, order), key_of(scene.a))
    scene.refused(CannotDecrypt, BadBlock)


@pytest.mark.parametrize(
    "bend",
    [
        lambda data: data[:-1],
        lambda data: data[: 2 * MIB],
        lambda data: data[:MIB],
        lambda data: data + b"\0",
        lambda data: data + data[MIB : 2 * MIB],
        lambda data: b"",
    ],
    ids=["a byte short", "a segment short", "two segments short", "a byte long", "a segment long", "empty"],
)
@pytest.mark.parametrize("signs", [False, True], ids=["outsider", "author"])
def test_file_that_is_cut_or_extended_is_refused(
    scene: Scene, bend: Callable[[bytes], bytes], *, signs: bool
) -> None:
    entries = scene.sealed().entries
    bent = scene.keep(bend(scene.read(entries["2"])))
    scene.put(dict(entries) | {"2": bent}, key_of(scene.a) if signs else None)
    scene.refused(*((BadBlock, BadFormat) if signs else (BadSignature,)))


@pytest.mark.parametrize("signs", [False, True], ids=["outsider", "author"])
def test_manifest_of_another_record_is_refused(scene: Scene, *, signs: bool) -> None:
    other = scene.a.create_record(FILES, About("Other")).id
    entries = dict(scene.sealed().entries) | {"manifest": scene.sealed(other).entries["manifest"]}
    scene.put(entries, key_of(scene.a) if signs else None)
    scene.refused(CannotDecrypt if signs else BadSignature)


@pytest.mark.parametrize("signs", [False, True], ids=["outsider", "author"])
def test_file_of_another_record_is_refused(scene: Scene, *, signs: bool) -> None:
    other = scene.a.create_record(FILES, About("Other")).id
    entries = dict(scene.sealed().entries) | {"0": scene.sealed(other).entries["0"]}
    scene.put(entries, key_of(scene.a) if signs else None)
    scene.refused(CannotDecrypt if signs else BadSignature)


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        ({"files": 2}, BadFormat),
        ({"files": 4}, BadFormat),
        ({"key_commit": b"k" * 32}, CannotDecrypt),
        ({"content_id": b"c" * 32}, CannotDecrypt),
        ({"author": parse_address("0x" + "11" * 20)}, BadKeyBundle),
        ({"author_key": b"b" * 32}, BadKeyBundle),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value.__name__,
)
def test_header_that_lies_is_refused(
    scene: Scene, lie: dict[str, object], error: type[SealedRecordError]
) -> None:
    sealed = scene.sealed()
    header = replace(sealed.header, **lie)  # type: ignore[arg-type]  # one field of the header each
    scene.put(dict(sealed.entries) | {"header": scene.keep(header.encode())}, key_of(scene.a))
    scene.refused(error)


def test_header_of_another_author_over_somebodys_files_is_refused(scene: Scene) -> None:
    """M, who may read, says that M made them: even with the right content key nothing opens."""
    scene.a.share(scene.record, Terms(scene.m.account, Purpose.TREATMENT))
    sealed = scene.sealed()
    digest, _ = scene.m.ledger.key_of(scene.m.account)
    assert digest is not None
    header: Header = replace(sealed.header, author=scene.m.account, author_key=digest)
    scene.put(dict(sealed.entries) | {"header": scene.keep(header.encode())}, key_of(scene.m))
    scene.refused(CannotDecrypt)


def test_signature_by_somebody_else_is_refused(scene: Scene) -> None:
    scene.put(scene.sealed().entries, key_of(scene.m))
    scene.refused(BadSignature)


def test_signature_by_a_newer_key_than_the_header_names_is_refused(scene: Scene) -> None:
    assert scene.a.keyring is not None
    scene.a.keyring.rotate()
    scene.a.publish_key(b"vault 2", lambda _vault: True)
    scene.put(scene.sealed().entries, key_of(scene.a))
    scene.refused(BadSignature)


def test_owner_entry_of_somebody_else_does_not_open_for_the_owner(scene: Scene) -> None:
    other = scene.m.create_record(FILES, About("M's")).id
    theirs = scene.m.open(other).sealed.entries["owner"]
    scene.put(dict(scene.sealed().entries) | {"owner": theirs})
    with pytest.raises(CannotDecrypt):
        scene.a.open(scene.record)
    scene.open_all(scene.b)


def test_root_of_somebody_else_registered_as_ones_own_does_not_open(scene: Scene) -> None:
    scene.m.ledger.create(0, scene.sealed().root.digest)
    with pytest.raises(CannotDecrypt):
        scene.m.open(RecordId(scene.m.account, 0))


@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 1},
        {"registry": parse_address("0x" + "77" * 20)},
        {"granter": parse_address("0x" + "77" * 20)},
        {"reader": parse_address("0x" + "77" * 20)},
        {"content_id": b"i" * 32},
    ],
    ids=lambda value: next(iter(value)),
)
def test_envelope_for_another_grant_is_refused(scene: Scene, other: dict[str, object]) -> None:
    opened = scene.a.open(scene.record)
    ledger = scene.a.ledger
    header = opened.sealed.header
    right = GrantContext(
        ledger.chain_id,
        ledger.registry,
        header.content_id,
        scene.record.owner,
        scene.b.account,
        header.key_commit,
    )
    wrong = replace(right, **other)  # type: ignore[arg-type]  # one field of the context each
    if "content_id" in other:
        wrong = replace(wrong, key_commit=opened.content_key.commit(wrong.content_id))
    envelope = Block.of(RAW, seal_envelope(opened.content_key, wrong, key_of(scene.b).public_key))
    scene.world.store.blocks[envelope.cid] = envelope.data
    scene.world.chain.envelopes[scene.record, scene.b.account] = [envelope.cid.digest]
    with pytest.raises(CannotDecrypt):
        scene.b.open(scene.record)


def test_server_that_serves_an_old_version_is_refused(scene: Scene) -> None:
    old = scene.sealed().root
    scene.a.revise(scene.record, FILES[:1], Changes())
    new, blocks = Cid.root(scene.world.chain.root(scene.record)), scene.world.store.blocks
    scene.world.store.tamper = lambda cid, data: blocks[old] if cid == new else data
    scene.refused(BadBlock)


@pytest.mark.parametrize("size", ["short", "long", "other"])
def test_server_that_serves_another_block_is_refused(scene: Scene, size: str) -> None:
    bent = {"short": b"", "long": b"z" * (2 * MIB), "other": b"z" * MIB}[size]
    leaf = next(cid for cid, data in scene.world.store.blocks.items() if len(data) == MIB)
    scene.world.store.tamper = lambda cid, data: bent if cid == leaf else data
    scene.refused(BadBlock)


def test_server_that_serves_another_bundle_of_the_author_is_refused(scene: Scene) -> None:
    digest = scene.world.chain.bundles[scene.a.account][0]
    forged = key_of(scene.m).bundle(scene.a.account, 1)
    scene.world.store.tamper = lambda cid, data: forged if cid.digest == digest else data
    scene.refused(BadBlock)


def test_chain_that_names_another_accounts_bundle_is_refused(scene: Scene) -> None:
    assert isinstance(scene.a.ledger, FakeLedger)
    scene.world.chain.bundles[scene.a.account] = scene.world.chain.bundles[scene.m.account]
    scene.refused(BadKeyBundle)
