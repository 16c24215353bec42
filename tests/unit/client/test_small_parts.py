"""Uploads, the block reader, vaults, the doctor's folder, sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from client_fakes import FakeApi, FakeStore, FickleWallet, wallet

from pmr.client.blocks import BlockReader
from pmr.client.profile import Profile
from pmr.client.source import Source, media_type
from pmr.client.upload import CAR_LIMIT, Upload
from pmr.client.vaults import new_vault, unlock_vault
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import import_file
from pmr.crypto.vault import vault_info
from pmr.errors import BadInput, BadPassphrase, DamagedState, KeyExists, NoKey

MIB = 1 << 20


def api() -> FakeApi:
    return FakeApi(FakeStore(), wallet(1).address)


def test_upload_sends_cars_of_at_most_eight_mib() -> None:
    server, total = api(), 20 * MIB
    upload = Upload(server)
    root = import_file((bytes([n]) * MIB for n in range(20)), upload.put).cid
    upload.finish(root)
    assert server.store.pins == {root}
    assert max(server.uploads) <= CAR_LIMIT
    assert len(server.uploads) <= total // (7 * MIB) + 1


def test_upload_sends_only_what_the_server_lacks() -> None:
    server = api()
    for _ in range(2):
        upload = Upload(server)
        root = import_file([b"a" * MIB, b"b" * MIB], upload.put).cid
        upload.finish(root)
    assert len(server.uploads) == 1


def test_upload_of_very_many_small_blocks_asks_for_few_at_once() -> None:
    server = api()
    upload = Upload(server)
    for number in range(3000):
        upload.put(Block.of(RAW, number.to_bytes(4, "big")))
    upload.finish(Cid.of(RAW, bytes(4)))
    assert len(server.store.blocks) == 3000
    assert len(server.uploads) == 3


def test_block_reader_fetches_the_last_blocks_once() -> None:
    asked: list[Cid] = []
    cids = [Cid.of(RAW, bytes([n])) for n in range(6)]
    reader = BlockReader(lambda cid: asked.append(cid) or str(cid).encode())  # type: ignore[func-returns-value]
    for cid in (*cids, *cids[-4:], cids[0]):
        assert reader(cid) == str(cid).encode()
    assert asked == [*cids, cids[0]]


def test_vault_of_a_deterministic_wallet_needs_wallet_and_passphrase() -> None:
    data = new_vault(wallet(1), "long enough")
    assert vault_info(data).wallet
    assert unlock_vault(data, wallet(1), "long enough").version == 1
    with pytest.raises(BadPassphrase):
        unlock_vault(data, wallet(1), "long enough?")


def test_vault_of_a_wallet_that_never_signs_alike_opens_by_passphrase() -> None:
    fickle = FickleWallet()
    data = new_vault(fickle, "long enough")
    assert not vault_info(data).wallet
    assert unlock_vault(data, fickle, "long enough").version == 1


def test_vault_under_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BadInput):
        new_vault(wallet(1), "short")


def test_vault_of_another_account_is_named() -> None:
    with pytest.raises(NoKey, match=wallet(2).address):
        unlock_vault(new_vault(wallet(1), "long enough"), wallet(2), "long enough")


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[]"])
def test_vault_that_is_damaged_is_said_to_be(data: bytes) -> None:
    with pytest.raises(DamagedState):
        unlock_vault(data, wallet(1), "long enough")


def test_profile_never_overwrites_a_vault(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "me")
    profile.add_vault(b"first")
    with pytest.raises(KeyExists):
        profile.add_vault(b"second")
    assert profile.read_vault() == b"first"
    assert profile.vault.stat().st_mode & 0o777 == 0o600


def test_profile_without_a_vault_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoKey, match="pmr key new"):
        Profile(tmp_path).read_vault()


def test_profile_whose_vault_is_a_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "vault.json").mkdir()
    with pytest.raises(DamagedState):
        Profile(tmp_path).read_vault()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scan.dcm", "application/dicom"),
        ("A.DCM", "application/dicom"),
        ("x.png", "image/png"),
        ("x.pdf", "application/pdf"),
        ("x.tar.gz", "application/octet-stream"),
        ("x", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_media_type_is_guessed_from_the_name(name: str, expected: str) -> None:
    assert media_type(name) == expected


def test_source_of_a_file_knows_its_size(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(1))
    source = Source.from_path(path)
    assert (source.name, source.type, source.size) == ("x.json", "application/json", 1)
    assert source.open().read() == b"1"


def test_source_of_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(BadInput):
            Source.from_path(path)
