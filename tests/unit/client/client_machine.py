"""A doctor's machine in a test: a folder, a wallet, and a way to the world in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from client_fakes import FakeApi, FakeLedger, World, wallet

from pmr.chain.wallet import Wallet
from pmr.client.doctor import Doctor
from pmr.client.keystate import key_state
from pmr.client.profile import Profile
from pmr.client.publishing import Published
from pmr.client.rotating import NewKey, replace_lost_copy, replace_lost_key, rotate_key
from pmr.client.vaults import new_vault, unlock_vault
from pmr.crypto.keyring import Keyring
from pmr.types import no_progress

PASSPHRASE = "correct horse"
NEW_PASSPHRASE = "battery staple"


class QuickKdf:
    """Stands in for Argon2id, which takes its time on purpose; tests of the vault itself use the real one."""

    def __init__(self, *, salt: bytes, **_cost: int) -> None:
        self._salt = salt

    def derive(self, passphrase: bytes) -> bytes:
        return sha256(self._salt + passphrase).digest()


@dataclass
class Machine:
    """What one doctor's commands work with."""

    world: World
    wallet: Wallet
    profile: Profile
    ledger: FakeLedger
    api: FakeApi

    @property
    def keyring(self) -> Keyring:
        """What is in the vault."""
        return unlock_vault(self.profile.read_vault(), self.wallet, PASSPHRASE)

    @property
    def doctor(self) -> Doctor:
        """The doctor with the vault open."""
        return Doctor(self.ledger, self.api, self.keyring, self.world.clock, no_progress)

    @property
    def versions(self) -> int:
        """How many versions the chain names."""
        return self.ledger.key_of(self.ledger.account)[1]

    def publish(self) -> Published:
        """What `pmr key publish` does."""
        vault = self.profile.read_vault()
        done = self.doctor.publish_key(vault, self.profile.was_left)
        self.profile.note_left(vault)
        return done

    def rotate(self) -> NewKey:
        """What `pmr key rotate` does up to its questions."""
        made = rotate_key(self.profile, self.ledger, self.wallet, PASSPHRASE)
        self._publish(made)
        return made

    def give_up_the_old(self, passphrase: str = PASSPHRASE) -> NewKey:
        """What `pmr key rotate --lost` does."""
        made = replace_lost_key(self.profile, self.ledger, self.wallet, passphrase)
        replace_lost_copy(self.profile, self.api, made.vault)
        self._publish(made)
        return made

    def _publish(self, made: NewKey) -> None:
        doctor = replace(Doctor(self.ledger, self.api), keyring=made.keyring)
        doctor.publish_key(made.vault, self.profile.was_left)
        self.profile.note_left(made.vault)
        self.profile.end_rotation()

    def another(self, folder: Path) -> Machine:
        """A second machine of the same doctor, without a vault."""
        return replace(self, profile=Profile(folder))

    def demand_all_keys(self) -> None:
        """Check that the vault has every published key, and the newest one at its end."""
        state = key_state(self.ledger, self.ledger.account, self.keyring)
        assert (state.missing, state.foreign, state.pending) == ((), (), ())


def machine(world: World, folder: Path, number: int = 1, *, published: bool = True) -> Machine:
    """A machine whose doctor has a first key."""
    signer = wallet(number)
    ledger, api = FakeLedger(world.chain, signer.address), FakeApi(world.store, signer.address)
    made = Machine(world, signer, Profile(folder), ledger, api)
    made.profile.add_vault(new_vault(signer, PASSPHRASE))
    if published:
        made.publish()
    return made
