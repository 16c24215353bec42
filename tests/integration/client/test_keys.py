"""Keys over a real chain and a real server: rotate, restore, fetch, regrant, kill and repeat."""

from __future__ import annotations

import shlex
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from client_system import ROOT, System, running_system
from forked_commands import QuickKdf
from key_home import PASSPHRASE, Home
from web3.types import RPCEndpoint

from pmr.client.doctor import Doctor
from pmr.client.ledger import Outdated
from pmr.client.publishing import publish_key
from pmr.client.rotating import rotate_key
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.crypto.keyring import Keyring
from pmr.crypto.recovery import write_kit
from pmr.errors import VaultChanged
from pmr.types import Purpose, RecordId

pytestmark = pytest.mark.integration

SOURCES = [Source.from_bytes("x", b"plaintext")]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmr.crypto.vault.Argon2id", QuickKdf)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(1, 10))


def home(system: System, folder: Path, index: int) -> Home:
    """A home with a published key."""
    made = Home.make(system, folder, index)
    made.json("key", "new")
    made.json("key", "publish")
    return made


def content(doctor: Doctor, record: RecordId) -> bytes:
    return b"".join(doctor.open(record).file(0))


def test_rotate_restore_fetch_and_regrant_by_commands(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    mine, theirs = next(numbers), next(numbers)
    me, other = home(system, tmp_path / "me", mine), home(system, tmp_path / "other", theirs)
    own = me.doctor.create_record(SOURCES, About("Own")).id
    foreign = other.doctor.create_record(SOURCES, About("Foreign")).id
    me.doctor.share(own, Terms(other.wallet.address, Purpose.RESEARCH))
    other.doctor.share(foreign, Terms(me.wallet.address, Purpose.TREATMENT))

    rotated = me.json("key", "rotate")
    assert (rotated["version"], rotated["resumed"], rotated["regrants"]) == (2, False, [])
    assert [one["id"] for one in rotated["shared"]] == [str(foreign)]
    me.demand_whole()
    new = me.doctor.create_record(SOURCES, About("New")).id
    assert content(other.doctor, own) == b"plaintext"

    made = me.json("key", "kit")
    kit = me.folder / made["kit"]
    assert kit.stat().st_mode & 0o777 == 0o600
    assert kit.read_text() == write_kit(me.keyring, me.wallet.address)
    again = me.run("key", "kit")
    assert again.code == 2
    assert "was not touched" in again.err

    restored, fetched = (Home.make(system, tmp_path / name, mine) for name in ("restored", "fetched"))
    assert restored.json("key", "restore", "--kit", str(kit))["missing"] == []
    assert fetched.json("key", "fetch")["current"] is True
    for there in (restored, fetched):
        assert [content(there.doctor, one) for one in (own, foreign, new)] == [b"plaintext"] * 3

    asked = other.json("key", "rotate", "--no")["regrants"]
    assert [(one["id"], one["reader"], one["regranted"]) for one in asked] == [
        (str(foreign), me.wallet.address, False)
    ]
    left = me.json("key", "regrant")["regrants"]
    assert [(one["id"], one["regranted"]) for one in left] == [(str(own), False)]
    refused = me.run("key", "regrant", typed="n\n")
    assert "call" in refused.err
    assert content(other.doctor, own) == b"plaintext"
    (given,) = me.json("key", "regrant", "--yes")["regrants"]
    assert (given["reader"], given["purpose"], given["regranted"]) == (other.wallet.address, "research", True)
    assert me.json("key", "regrant", "--yes")["regrants"] == []
    assert content(other.doctor, own) == b"plaintext"


def test_lost_key_by_commands(system: System, tmp_path: Path, numbers: Iterator[int]) -> None:
    index = next(numbers)
    me = home(system, tmp_path / "me", index)
    own = me.doctor.create_record(SOURCES, About("Own")).id
    empty = Home.make(system, tmp_path / "empty", index)
    for words in (("key", "rotate"), ("key", "new")):
        refused = empty.run(*words)
        assert refused.code == 4
        assert "pmr key rotate --lost" in refused.err
    assert "Say --yes" in empty.run("key", "rotate", "--lost").err
    asked = empty.run("key", "rotate", "--lost", typed="n\n")
    assert (asked.code, "pmr key fetch" in asked.err) == (130, True)
    assert empty.versions == 1
    assert not empty.profile.has_vault()

    lost = empty.json("key", "rotate", "--lost", "--yes")
    assert (lost["version"], lost["lostRecords"]) == (2, [str(own)])
    refused = empty.run("record", "open", str(own))
    assert refused.code == 4
    assert "version 1 is published" in refused.err
    behind = me.run("record", "create", str(empty.folder / "other"), "--title", "X")
    assert behind.code == 4
    assert "pmr key fetch" in behind.err

    aside = empty.json(
        *("key", "restore", "--vault", lost["aside"]),
        *("--vault-passphrase-file", str(empty.folder / "passphrase")),
    )
    assert (aside["missing"], aside["current"]) == ([], True)
    empty.json("key", "publish")
    empty.demand_whole()
    assert content(empty.doctor, own) == b"plaintext"
    assert me.json("key", "fetch")["missing"] == []
    assert content(me.doctor, own) == b"plaintext"


def test_passphrase_by_command_changes_both_vaults(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    me = home(system, tmp_path / "me", next(numbers))
    done = me.json("key", "passphrase", "--new-passphrase-file", str(me.folder / "other"))
    assert done["server"] is True
    assert me.api.vault() == me.profile.read_vault()
    refused = me.run("key", "kit")
    assert (refused.code, refused.err.count("\n")) == (4, 1)
    me.json("key", "kit", passphrase="other")


def test_server_keeps_the_vault_that_another_machine_saved(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    me = home(system, tmp_path / "me", next(numbers))
    api, other = me.api, me.api
    seen = api.vault()
    other.vault()
    api.put_vault(b"from here", seen)
    with pytest.raises(VaultChanged):
        other.put_vault(b"from there", seen)
    with pytest.raises(VaultChanged):
        other.put_vault(b"as if there were none")
    assert api.vault() == b"from here"


def test_publish_of_what_waits_for_a_block_is_not_doubled(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    me = home(system, tmp_path / "me", next(numbers))
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    first, second = (
        threading.Thread(target=publish_key, args=(me.ledger, me.api, made.keyring, made.vault))
        for _ in range(2)
    )
    _anvil(system, "evm_setAutomine", False)
    try:
        first.start()
        _wait_for_transaction(me)
        second.start()
        time.sleep(1)
        _anvil(system, "evm_mine")
        first.join(60)
        second.join(60)
    finally:
        _anvil(system, "evm_setAutomine", True)
    assert me.versions == 2
    me.demand_whole()


def _anvil(system: System, method: str, *arguments: object) -> None:
    assert "error" not in system.w3.provider.make_request(RPCEndpoint(method), list(arguments))


def _wait_for_transaction(me: Home) -> None:
    eth = me.system.w3.eth
    while eth.get_transaction_count(me.wallet.address, "pending") == eth.get_transaction_count(
        me.wallet.address
    ):
        time.sleep(0.05)


def test_grants_older_than_a_key_are_found_in_the_chains_order(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    me = home(system, tmp_path / "me", next(numbers))
    other = home(system, tmp_path / "other", next(numbers))
    old, new, revoked = (me.doctor.create_record(SOURCES, About("X")).id for _ in range(3))
    terms = Terms(other.wallet.address, 99, int(time.time()) + 1000)
    me.doctor.share(old, terms)
    me.doctor.share(revoked, terms)
    me.doctor.revoke(revoked, other.wallet.address)
    other.json("key", "rotate")
    me.doctor.share(new, terms)
    assert me.ledger.given_to_old_keys() == [
        Outdated(old, other.wallet.address, me.ledger.grant_of(old, other.wallet.address))
    ]
    assert [one.id for one in other.ledger.shared_to_old_keys()] == [old]
    (done,) = me.doctor.regrant(me.doctor.outdated())
    assert done.receipt
    assert me.ledger.grant_of(old, other.wallet.address).purpose == 99
    assert other.ledger.shared_to_old_keys() == []
    newest_alone = Keyring({2: other.keyring.newest})
    assert content(replace(other.doctor, keyring=newest_alone), old) == b"plaintext"


# --- the page for doctors --------------------------------------------------------------------


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Give the commands of docs/keys.md, each with the heading it stands under."""
    heading, shell = "", False
    for line in (ROOT / "docs" / "keys.md").read_text().splitlines():
        if line.startswith("```"):
            shell = line == "```sh"
        elif line.startswith("## "):
            heading = line.removeprefix("## ")
        elif shell:
            yield heading, shlex.split(line.removeprefix("pmr "))


def test_every_command_of_the_page_works_in_its_order(
    system: System, tmp_path: Path, numbers: Iterator[int]
) -> None:
    index = next(numbers)
    me = Home.make(system, tmp_path / "me", index)
    elsewhere = {
        name: Home.make(system, tmp_path / name.replace(" ", ""), index)
        for name in ("On another machine", "From the recovery kit")
    }
    for heading, words in _commands():
        here = elsewhere.get(heading, me)
        if "restore" in words:
            shutil.copy(me.folder / "kit.txt", here.folder)
        more = ["--new-passphrase-file", str(here.folder / "passphrase")] if "passphrase" in words else []
        done = here.run(*words, *more)
        assert done.code == 0, (words, done.err)
    assert me.versions == 3
    assert list(me.keyring.keys) == [3]
