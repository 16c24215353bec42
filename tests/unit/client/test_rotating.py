"""New keys: crash at every step, take up, lose, replace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from client_fakes import World
from client_machine import NEW_PASSPHRASE, PASSPHRASE, Machine, QuickKdf, machine

from pmr.client import publishing
from pmr.client.doctor import Doctor
from pmr.client.profile import Profile
from pmr.client.rotating import rotate_key
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.client.vaults import VaultLock, unlock_vault
from pmr.crypto.vault import vault_info
from pmr.errors import (
    BadPassphrase,
    DamagedState,
    KeyLost,
    KeyNotPublished,
    NoKey,
    TransactionFailed,
    VaultChanged,
    WrongVersion,
)
from pmr.types import Digest, Purpose, RecordId

SOURCES = [Source.from_bytes("x", b"plaintext")]
TERMS = Purpose.TREATMENT


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmr.crypto.vault.Argon2id", QuickKdf)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def me(world: World, tmp_path: Path) -> Machine:
    return machine(world, tmp_path / "me")


def content(doctor: Doctor, record: RecordId) -> bytes:
    return b"".join(doctor.open(record).file(0))


def test_rotate_publishes_the_next_version_and_keeps_the_old(me: Machine) -> None:
    first = me.keyring.newest.seed
    made = me.rotate()
    assert not made.resumed
    assert me.keyring.version == me.versions == 2
    assert me.keyring.key(1).seed == first
    assert me.keyring.newest.seed != first
    me.demand_all_keys()


def test_rotate_leaves_the_vault_with_both_keys_on_the_server(me: Machine) -> None:
    me.rotate()
    assert len(unlock_vault(me.api.vault(), me.wallet, PASSPHRASE)) == 2


def test_rotate_lets_old_records_open_and_old_signatures_verify(
    me: Machine, world: World, tmp_path: Path
) -> None:
    other = machine(world, tmp_path / "other", 2)
    own = me.doctor.create_record(SOURCES, About("Own")).id
    theirs = other.doctor.create_record(SOURCES, About("Theirs")).id
    other.doctor.share(theirs, Terms(me.doctor.account, TERMS))
    me.doctor.share(own, Terms(other.doctor.account, TERMS))
    me.rotate()
    other.rotate()
    newer = me.doctor.create_record(SOURCES, About("Newer")).id
    for doctor, record in ((me.doctor, own), (me.doctor, theirs), (other.doctor, own), (me.doctor, newer)):
        assert content(doctor, record) == b"plaintext"


def test_rotate_with_the_wrong_passphrase_changes_nothing(me: Machine) -> None:
    before = me.profile.read_vault()
    with pytest.raises(BadPassphrase):
        rotate_key(me.profile, me.ledger, me.wallet, "wrong horse")
    assert me.profile.read_vault() == before
    assert me.profile.rotation() is None


def test_rotate_twice_on_purpose_makes_two_versions(me: Machine) -> None:
    assert [me.rotate().keyring.version for _ in range(2)] == [2, 3]
    me.demand_all_keys()


def test_rotate_of_a_key_that_was_never_published_publishes_it(world: World, tmp_path: Path) -> None:
    fresh = machine(world, tmp_path / "fresh", published=False)
    assert fresh.rotate().resumed
    assert fresh.versions == fresh.keyring.version == 1


def test_rotate_whose_end_was_not_told_makes_no_second_version(me: Machine) -> None:
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    replace(me.doctor, keyring=made.keyring).publish_key(made.vault)
    assert me.rotate().resumed
    assert me.versions == 2
    assert not me.rotate().resumed
    assert me.versions == 3


STEPS: list[tuple[type[Any] | str, str]] = [
    (Profile, "begin_rotation"),
    (Profile, "replace_vault"),
    (Profile, "note_left"),
    (Profile, "end_rotation"),
    ("api", "upload"),
    ("api", "pin"),
    ("api", "put_vault"),
    ("ledger", "publish"),
]


def crash_at(
    monkeypatch: pytest.MonkeyPatch, me: Machine, where: type[Any] | str, step: str, *, late: bool
) -> None:
    """End the process before, or right after, a step."""
    owner = type(getattr(me, where)) if isinstance(where, str) else where
    real: Callable[..., Any] = getattr(owner, step)

    def crashing(self: Any, *args: Any, **kwargs: Any) -> None:
        if late:
            real(self, *args, **kwargs)
        raise Crash

    monkeypatch.setattr(owner, step, crashing)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("where", "step"), STEPS, ids=lambda value: value if isinstance(value, str) else "")
def test_rotate_repeated_after_a_crash_ends_in_exactly_one_version(
    me: Machine, monkeypatch: pytest.MonkeyPatch, where: type[Any] | str, step: str, *, late: bool
) -> None:
    first = me.keyring.newest.seed
    with monkeypatch.context() as patch:
        crash_at(patch, me, where, step, late=late)
        with pytest.raises(Crash):
            me.rotate()
    if not (step == "end_rotation" and late):  # then all was done, and told
        me.rotate()
    assert me.versions == me.keyring.version == 2
    assert me.keyring.key(1).seed == first
    me.demand_all_keys()
    assert me.api.vault() == me.profile.read_vault()


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("where", "step"),
    [*STEPS, (Profile, "set_aside")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rotate_lost_repeated_after_a_crash_ends_in_exactly_one_version(
    me: Machine, monkeypatch: pytest.MonkeyPatch, where: type[Any] | str, step: str, *, late: bool
) -> None:
    old = me.profile.read_vault()
    with monkeypatch.context() as patch:
        crash_at(patch, me, where, step, late=late)
        with pytest.raises(Crash):
            me.give_up_the_old()
    if not (step == "end_rotation" and late):
        me.give_up_the_old()
    assert me.versions == me.keyring.version == 2
    assert me.api.vault() == me.profile.read_vault()
    assert old in [path.read_bytes() for path in me.profile.folder.glob("vault-*.json")]


def test_rotate_after_another_machine_rotated_says_that_the_key_is_not_here(
    me: Machine, tmp_path: Path
) -> None:
    there = me.another(tmp_path / "there")
    there.profile.add_vault(me.profile.read_vault())
    there.rotate()
    with pytest.raises(KeyLost, match="pmr key fetch"):
        me.rotate()
    assert me.versions == 2


def test_rotate_that_loses_the_race_says_that_the_key_is_not_here(
    me: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = me.another(tmp_path / "there")
    there.profile.add_vault(me.profile.read_vault())
    me.world.chain.before = there.rotate  # type: ignore[assignment]  # its result is not wanted
    with pytest.raises(KeyLost, match="version 2"):
        me.rotate()
    with pytest.raises(KeyLost):
        me.rotate()


def test_rotate_without_a_vault_of_a_published_key_says_what_to_do(me: Machine, tmp_path: Path) -> None:
    with pytest.raises(KeyLost, match="--lost"):
        me.another(tmp_path / "empty").rotate()


def test_rotate_without_any_key_says_how_to_make_one(world: World, tmp_path: Path) -> None:
    fresh = machine(world, tmp_path / "fresh", published=False)
    with pytest.raises(NoKey, match="pmr key new"):
        fresh.another(tmp_path / "empty").rotate()


def test_rotate_with_a_note_that_is_damaged_says_so(me: Machine) -> None:
    me.profile.rotation_file.write_text("{")
    with pytest.raises(DamagedState, match=r"rotation\.json"):
        me.rotate()


# --- naming on chain -------------------------------------------------------------------------


class Slow:
    """A chain on which what was sent is in a block only later."""

    def __init__(self, me: Machine, named: Digest) -> None:
        self._real, self._named, self._asked = me.ledger, named, 0
        self.account = me.ledger.account

    def key_of(self, account: Any) -> Any:
        return self._real.key_of(account)

    def bundle_at(self, account: Any, version: int) -> Digest | None:
        if version == 1:
            return self._real.bundle_at(account, 1)
        self._asked += 1
        return self._named if self._asked > 2 else None

    def publish(self, version: int, bundle: Digest) -> Any:
        error = WrongVersion("")
        error.values = {"expected": version + 1, "given": version}
        raise error


def test_publish_of_what_an_earlier_command_sent_waits_for_its_block(
    me: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "POLL", 0)
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    digest = vault_info(made.vault).bundle
    done = publishing.publish_key(Slow(me, digest), me.api, made.keyring, made.vault)
    assert (done.version, done.bundle, done.receipt) == (2, digest, None)


def test_publish_of_a_version_that_another_machine_sent_is_refused(
    me: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "POLL", 0)
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    with pytest.raises(KeyLost):
        publishing.publish_key(Slow(me, b"o" * 32), me.api, made.keyring, made.vault)


def test_publish_of_what_never_gets_into_a_block_ends(me: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "TIMEOUT", 0)
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    with pytest.raises(TransactionFailed):
        publishing.publish_key(Slow(me, b"o" * 32), me.api, made.keyring, made.vault)


def test_create_while_a_rotation_is_under_way_uses_the_published_key(me: Machine) -> None:
    rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    record = me.doctor.create_record(SOURCES, About("Meanwhile")).id
    assert content(me.doctor, record) == b"plaintext"


def test_create_before_the_first_publication_says_so(world: World, tmp_path: Path) -> None:
    with pytest.raises(KeyNotPublished):
        machine(world, tmp_path / "fresh", published=False).doctor.create_record(SOURCES, About("X"))


# --- the server's copy -----------------------------------------------------------------------


def test_publish_never_replaces_a_copy_that_may_hold_keys_that_are_missing(
    me: Machine, tmp_path: Path
) -> None:
    me.rotate()
    stored = me.api.vault()
    there = me.another(tmp_path / "there")
    there.give_up_the_old()
    me.world.store.vaults[me.ledger.account] = stored
    with pytest.raises(VaultChanged, match="versions 1, 2"):
        there.publish()
    assert me.api.vault() == stored


def test_publish_replaces_the_copy_that_this_machine_left(me: Machine, tmp_path: Path) -> None:
    """Keys are missing here, but what the server has came from here: a new passphrase may replace it."""
    there = me.another(tmp_path / "there")
    there.give_up_the_old()
    there.profile.replace_vault(VaultLock.new(me.wallet, PASSPHRASE).seal(there.keyring))
    there.publish()
    assert there.api.vault() == there.profile.read_vault()


# --- lost ------------------------------------------------------------------------------------


def test_lost_key_is_replaced_by_the_next_version_alone(me: Machine, tmp_path: Path) -> None:
    there = me.another(tmp_path / "there")
    made = there.give_up_the_old()
    assert list(made.keyring.keys) == [2]
    assert there.versions == 2


def test_lost_key_leaves_both_old_vaults_in_files(me: Machine) -> None:
    me.rotate()
    newer, older = me.profile.read_vault(), b"an older copy"
    me.world.store.vaults[me.ledger.account] = older
    me.give_up_the_old()
    kept = [path.read_bytes() for path in me.profile.folder.glob("vault-*.json")]
    assert sorted(kept) == sorted([newer, older])


def test_lost_key_means_that_old_records_are_said_to_need_it(
    me: Machine, world: World, tmp_path: Path
) -> None:
    other = machine(world, tmp_path / "other", 2)
    own = me.doctor.create_record(SOURCES, About("Own")).id
    theirs = other.doctor.create_record(SOURCES, About("Theirs")).id
    other.doctor.share(theirs, Terms(me.doctor.account, TERMS))
    me.give_up_the_old()
    for record in (own, theirs):
        with pytest.raises(KeyLost, match=r"version 1 .*pmr key restore"):
            me.doctor.open(record)
    assert other.doctor.regrant(other.doctor.outdated())[0].receipt
    assert content(me.doctor, theirs) == b"plaintext"


def test_lost_key_twice_in_a_row_is_two_versions(me: Machine) -> None:
    me.give_up_the_old()
    me.give_up_the_old(NEW_PASSPHRASE)
    assert me.versions == 3


def test_lost_key_resumed_under_another_passphrase_says_what_to_do(
    me: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        crash_at(patch, me, "ledger", "publish", late=False)
        with pytest.raises(Crash):
            me.give_up_the_old()
    with pytest.raises(BadPassphrase, match=r"rotation\.json"):
        me.give_up_the_old(NEW_PASSPHRASE)
    me.profile.rotation_file.unlink()
    me.give_up_the_old(NEW_PASSPHRASE)
    assert me.versions == 2


def test_lost_after_a_rotation_whose_end_was_not_told_does_not_ask_for_its_passphrase(me: Machine) -> None:
    made = rotate_key(me.profile, me.ledger, me.wallet, PASSPHRASE)
    replace(me.doctor, keyring=made.keyring).publish_key(made.vault)
    assert not me.give_up_the_old(NEW_PASSPHRASE).resumed
    assert me.versions == 3
