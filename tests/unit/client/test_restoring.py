"""Keys from a kit, an old vault or the server, and what the chain says of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import FickleWallet, World, wallet
from client_machine import NEW_PASSPHRASE, PASSPHRASE, Machine, QuickKdf, machine

from pmr.client.profile import Profile, write_new_secret
from pmr.client.restoring import read_own_kit, restore, take_from_server
from pmr.client.rotating import rotate_key
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.client.vaults import VaultLock, unlock_vault
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.crypto.recovery import write_kit
from pmr.errors import BadInput, BadPassphrase, BadRecoveryKit, DamagedState, KeyLost, NoKey
from pmr.types import Purpose, RecordId


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmr.crypto.vault.Argon2id", QuickKdf)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def me(world: World, tmp_path: Path) -> Machine:
    return machine(world, tmp_path / "me")


@pytest.fixture
def empty(me: Machine, tmp_path: Path) -> Machine:
    return me.another(tmp_path / "empty")


def kit(one: Machine) -> str:
    return write_kit(one.keyring, one.wallet.address)


def record(one: Machine) -> RecordId:
    return one.doctor.create_record([Source.from_bytes("x", b"plaintext")], About("X")).id


def content(one: Machine, name: RecordId) -> bytes:
    return b"".join(one.doctor.open(name).file(0))


# --- the kit ---------------------------------------------------------------------------------


def test_restore_of_a_kit_on_an_empty_machine_opens_old_and_new_records(me: Machine, empty: Machine) -> None:
    old = record(me)
    me.rotate()
    new, text = record(me), kit(me)
    del me.world.store.vaults[me.ledger.account]
    done = restore(
        empty.profile, empty.ledger, empty.wallet, read_own_kit(text, empty.wallet.address), PASSPHRASE
    )
    assert (done.state.current, done.state.missing, done.left_out, done.aside) == (True, (), (), None)
    assert content(empty, old) == content(empty, new) == b"plaintext"
    assert record(empty).position == 2
    empty.publish()
    assert empty.api.vault() == empty.profile.read_vault()


def test_restore_of_a_kit_that_is_older_than_the_chain_is_said_to_be(me: Machine, empty: Machine) -> None:
    text, old = kit(me), record(me)
    me.rotate()
    done = restore(
        empty.profile, empty.ledger, empty.wallet, read_own_kit(text, empty.wallet.address), PASSPHRASE
    )
    assert (done.state.current, done.state.missing, done.state.published) == (False, (2,), 2)
    assert content(empty, old) == b"plaintext"
    with pytest.raises(KeyLost, match="version 2"):
        record(empty)


def test_restore_of_a_kit_with_keys_that_the_chain_does_not_name_is_refused(
    me: Machine, empty: Machine
) -> None:
    with pytest.raises(KeyLost, match="version 1"):
        restore(empty.profile, empty.ledger, empty.wallet, Keyring.new(), PASSPHRASE)
    assert not empty.profile.has_vault()


def test_restore_leaves_out_a_key_in_whose_place_the_chain_names_another(me: Machine, empty: Machine) -> None:
    me.rotate()
    found = Keyring({1: me.keyring.key(1), 2: DoctorKey.generate()})
    done = restore(empty.profile, empty.ledger, empty.wallet, found, PASSPHRASE)
    assert (done.left_out, done.state.missing, done.state.current) == ((2,), (2,), False)
    assert list(empty.keyring.keys) == [1]


def test_restore_before_the_first_publication_takes_the_kit(world: World, tmp_path: Path) -> None:
    fresh = machine(world, tmp_path / "fresh", published=False)
    there = fresh.another(tmp_path / "there")
    done = restore(there.profile, there.ledger, there.wallet, fresh.keyring, PASSPHRASE)
    assert (done.state.current, done.state.pending) == (True, (1,))
    there.publish()
    fresh.demand_all_keys()


def test_restore_into_a_vault_that_is_here_adds_what_it_lacks(me: Machine) -> None:
    text, old = kit(me), record(me)
    me.give_up_the_old()
    with pytest.raises(KeyLost):
        content(me, old)
    done = restore(me.profile, me.ledger, me.wallet, read_own_kit(text, me.wallet.address), PASSPHRASE)
    assert (done.state.missing, done.aside) == ((), None)
    assert content(me, old) == b"plaintext"
    me.demand_all_keys()


def test_restore_of_what_is_here_already_leaves_the_file_alone(me: Machine) -> None:
    before = me.profile.read_vault()
    restore(me.profile, me.ledger, me.wallet, me.keyring, PASSPHRASE)
    assert me.profile.read_vault() == before


def test_restore_into_a_vault_with_the_wrong_passphrase_changes_nothing(me: Machine) -> None:
    before = me.profile.read_vault()
    with pytest.raises(BadPassphrase):
        restore(me.profile, me.ledger, me.wallet, me.keyring, NEW_PASSPHRASE)
    assert me.profile.read_vault() == before


def test_restore_under_a_short_passphrase_is_refused(me: Machine, empty: Machine) -> None:
    with pytest.raises(BadInput):
        restore(empty.profile, empty.ledger, empty.wallet, me.keyring, "short")
    assert not empty.profile.has_vault()


def test_kit_of_another_account_is_refused(me: Machine) -> None:
    with pytest.raises(BadRecoveryKit, match=wallet(2).address):
        read_own_kit(kit(me), wallet(2).address)


@pytest.mark.parametrize("change", [("key 1: ", "key 1: zzz "), ("key 1:", "key 0:"), ("account", "of")])
def test_kit_with_a_slip_of_the_pen_is_refused(me: Machine, change: tuple[str, str]) -> None:
    with pytest.raises(BadRecoveryKit):
        read_own_kit(kit(me).replace(*change), me.wallet.address)


# --- the server's copy -----------------------------------------------------------------------


def test_fetch_on_an_empty_machine_takes_the_copy_as_it_is(me: Machine, empty: Machine) -> None:
    me.rotate()
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert done.state.current
    assert empty.profile.read_vault() == me.profile.read_vault()
    empty.demand_all_keys()


def test_fetch_of_a_copy_that_the_server_held_back_is_said_to_be_old(me: Machine, empty: Machine) -> None:
    stale = me.api.vault()
    me.rotate()
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, stale, PASSPHRASE)
    assert (done.state.current, done.state.missing) == (False, (2,))


def test_fetch_of_another_accounts_vault_is_refused(me: Machine, empty: Machine, tmp_path: Path) -> None:
    other = machine(me.world, tmp_path / "other", 2)
    with pytest.raises(NoKey, match=other.wallet.address):
        take_from_server(empty.profile, empty.ledger, empty.wallet, other.profile.read_vault(), PASSPHRASE)
    assert not empty.profile.has_vault()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 100])
def test_fetch_of_nonsense_is_refused(empty: Machine, data: bytes) -> None:
    with pytest.raises(DamagedState):
        take_from_server(empty.profile, empty.ledger, empty.wallet, data, PASSPHRASE)


def test_fetch_with_the_wrong_passphrase_writes_nothing(me: Machine, empty: Machine) -> None:
    with pytest.raises(BadPassphrase):
        take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), NEW_PASSPHRASE)
    assert not empty.profile.has_vault()


def test_fetch_brings_the_key_that_another_machine_made(me: Machine, empty: Machine) -> None:
    empty.profile.add_vault(me.profile.read_vault())
    me.rotate()
    with pytest.raises(KeyLost):
        record(empty)
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert (done.state.missing, done.aside) == ((), None)
    record(empty)


def test_fetch_after_losing_the_race_keeps_the_vault_that_lost_in_a_file(me: Machine, empty: Machine) -> None:
    empty.profile.add_vault(me.profile.read_vault())
    rotate_key(empty.profile, empty.ledger, empty.wallet, PASSPHRASE)
    lost = empty.profile.read_vault()
    me.rotate()
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert done.aside is not None
    assert done.aside.read_bytes() == lost
    empty.demand_all_keys()
    empty.rotate()
    assert me.versions == 3


def test_fetch_over_a_vault_with_another_passphrase_takes_a_complete_copy(
    me: Machine, empty: Machine
) -> None:
    here = VaultLock.new(me.wallet, NEW_PASSPHRASE).seal(me.keyring)
    empty.profile.add_vault(here)
    me.rotate()
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert done.aside is not None
    assert done.aside.read_bytes() == here
    empty.demand_all_keys()


def test_fetch_over_a_vault_with_another_passphrase_refuses_an_incomplete_copy(
    me: Machine, empty: Machine
) -> None:
    here = VaultLock.new(me.wallet, NEW_PASSPHRASE).seal(me.keyring)
    me.give_up_the_old()
    empty.profile.add_vault(here)
    with pytest.raises(BadPassphrase, match="pmr key passphrase"):
        take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert empty.profile.read_vault() == here


def test_fetch_of_an_incomplete_copy_keeps_the_keys_that_are_here(me: Machine, empty: Machine) -> None:
    empty.profile.add_vault(me.profile.read_vault())
    me.give_up_the_old()
    done = take_from_server(empty.profile, empty.ledger, empty.wallet, me.api.vault(), PASSPHRASE)
    assert done.state.missing == ()
    empty.publish()
    assert len(unlock_vault(empty.api.vault(), me.wallet, PASSPHRASE)) == 2


# --- the wallet's part -----------------------------------------------------------------------


def test_unlock_with_a_wallet_that_no_longer_signs_alike_says_so(me: Machine) -> None:
    fickle = FickleWallet()
    data = VaultLock(fickle.address, PASSPHRASE, b"\x01" * 64).seal(Keyring.new())
    with pytest.raises(BadPassphrase, match="signs differently"):
        unlock_vault(data, fickle, PASSPHRASE)


def test_unlock_with_the_wrong_passphrase_says_one_sentence_for_every_reason(me: Machine) -> None:
    said = set()
    for data, passphrase in (
        (me.profile.read_vault(), NEW_PASSPHRASE),
        (VaultLock(me.wallet.address, PASSPHRASE, b"\x01" * 64).seal(Keyring.new()), PASSPHRASE),
    ):
        with pytest.raises(BadPassphrase) as caught:
            unlock_vault(data, me.wallet, passphrase)
        said.add(str(caught.value))
    assert len(said) == 1


def test_lock_never_shows_its_passphrase(me: Machine) -> None:
    assert PASSPHRASE not in repr(VaultLock.new(me.wallet, PASSPHRASE))


# --- the folder ------------------------------------------------------------------------------


def test_profile_lock_lets_no_change_be_lost(me: Machine) -> None:
    """Eight writers, each of whom reads, adds and replaces."""
    me.profile.replace_vault(b"")

    def add(number: int) -> None:
        profile = Profile(me.profile.folder)
        for _ in range(5):
            with profile.locked():
                profile.replace_vault(profile.read_vault() + bytes([number]))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(me.profile.read_vault()) == sorted(list(range(8)) * 5)


def test_profile_leaves_only_files_that_its_owner_alone_may_read(me: Machine) -> None:
    me.rotate()
    me.give_up_the_old()
    for path in me.profile.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert not path.name.startswith(".pmr-")


def test_write_new_secret_never_touches_a_file(tmp_path: Path) -> None:
    path = tmp_path / "kit"
    write_new_secret(path, b"first")
    with pytest.raises(FileExistsError):
        write_new_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600


# --- readers with new keys -------------------------------------------------------------------


@pytest.fixture
def reader(world: World, tmp_path: Path) -> Machine:
    return machine(world, tmp_path / "reader", 2)


def test_outdated_names_live_grants_that_are_older_than_the_readers_key(
    me: Machine, reader: Machine, world: World, tmp_path: Path
) -> None:
    third = machine(world, tmp_path / "third", 3)
    kept, ended, revoked, late = (record(me) for _ in range(4))
    account = reader.ledger.account
    me.doctor.share(kept, Terms(account, 99))
    me.doctor.share(kept, Terms(third.ledger.account, Purpose.TREATMENT))
    me.doctor.share(ended, Terms(account, Purpose.TREATMENT, int(world.clock.now) + 5))
    me.doctor.share(revoked, Terms(account, Purpose.TREATMENT))
    me.doctor.revoke(revoked, account)
    reader.rotate()
    me.doctor.share(late, Terms(account, Purpose.TREATMENT))
    world.clock.now += 6
    assert [(one.record, one.reader) for one in me.doctor.outdated()] == [(kept, account)]
    assert [one.id for one in reader.ledger.shared_to_old_keys()] == [kept, ended]


def test_regrant_lets_the_new_key_alone_open_for_the_same_terms(
    me: Machine, reader: Machine, world: World
) -> None:
    name, end = record(me), int(world.clock.now) + 50
    me.doctor.share(name, Terms(reader.ledger.account, 99, end))
    reader.give_up_the_old()
    with pytest.raises(KeyLost):
        content(reader, name)
    (done,) = me.doctor.regrant(me.doctor.outdated())
    assert done.receipt
    grant = me.ledger.grant_of(name, reader.ledger.account)
    assert (grant.purpose, grant.expires_at, grant.live) == (99, end, True)
    assert content(reader, name) == b"plaintext"
    assert me.doctor.outdated() == []


def test_regrant_of_what_cannot_be_opened_stops_no_other(me: Machine, reader: Machine) -> None:
    names = [record(me) for _ in range(2)]
    for name in names:
        me.doctor.share(name, Terms(reader.ledger.account, Purpose.TREATMENT))
    reader.rotate()
    me.world.chain.roots[me.ledger.account][0] = b"r" * 32
    first, second = me.doctor.regrant(me.doctor.outdated())
    assert (first.receipt, second.reason) == (None, None)
    assert first.reason is not None
    assert second.receipt
    assert [one.record for one in me.doctor.outdated()] == names[:1]


def test_regrant_after_losing_the_own_key_says_that_it_is_lost(me: Machine, reader: Machine) -> None:
    me.doctor.share(record(me), Terms(reader.ledger.account, Purpose.TREATMENT))
    reader.rotate()
    me.give_up_the_old()
    (done,) = replace(me.doctor).regrant(me.doctor.outdated())
    assert isinstance(done.reason, KeyLost)
