"""Everything that doctors do, once, with canaries in all that is theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaks.doctors import MIB, Known, Person, about, sources
from leaks.hospital import Hospital
from pmr.client.rotating import rotate_key
from pmr.client.sealing import Changes
from pmr.client.sharing import Terms
from pmr.client.vaults import unlock_vault
from pmr.errors import NoAccess, NotFound
from pmr.types import Purpose, RecordId

SHORT = 70
LONG = MIB + 70_000


class Story:
    """Three doctors and a stranger. Each method is a chapter; `play` has them all."""

    def __init__(self, hospital: Hospital, home: Path) -> None:
        """Let them work at `hospital`, with their own folders in `home`."""
        self.known = Known()
        self.home = home
        self.root = b""
        """The last root's digest, after `play`: public, and everywhere."""
        people = (Person.new(name, hospital, self.known, home) for name in ("a", "b", "c", "stranger"))
        self.a, self.b, self.c, self.stranger = people

    def play(self) -> None:
        """Play it to its end."""
        for person in (self.a, self.b, self.c, self.stranger):
            person.publish()
        record = self._create_and_share()
        self._copy(record)
        self._rotate()
        self._revise(record)
        self._revoke(record)
        self._fetch_vault()
        self.root = self.a.ledger.root(record)

    def tokens(self) -> list[str]:
        """Give the session tokens: the server receives them, and keeps them nowhere."""
        return [person.api._token for person in (self.a, self.b, self.c, self.stranger)]

    def _create_and_share(self) -> RecordId:
        files = sources(self.known, "the record", SHORT, LONG)
        made = self.a.doctor.create_record(files, about(self.known, "the record"))
        self.known.content_key("the record", made.sealed.content_key, made.sealed.header.content_id)
        for reader, purpose in ((self.b, Purpose.TREATMENT), (self.c, Purpose.RESEARCH)):
            self.a.doctor.share(made.id, Terms(reader.wallet.address, purpose))
        _, paths = self.b.doctor.open_into(made.id, self.home / "opened")
        assert [path.read_bytes() for path in paths] == [file.open().read() for file in files]
        _refused(self.stranger, made.id)
        return made.id

    def _copy(self, record: RecordId) -> None:
        """Adopting, exporting, importing."""
        self.c.doctor.adopt(record)
        self.b.doctor.export(record, self.home / "record.car")
        own = self.b.doctor.import_car(self.home / "record.car").id
        self.b.doctor.share(own, Terms(self.c.wallet.address, Purpose.PATIENT_REQUEST))
        self.c.opened(own, "the imported record")

    def _rotate(self) -> None:
        made = rotate_key(self.b.profile, self.b.ledger, self.b.wallet, self.b.passphrase)
        self.b.keyring = made.keyring
        self.known.keyring("b", made.keyring)
        self.b.doctor.publish_key(made.vault, self.b.profile.was_left)
        assert all(one.receipt for one in self.a.doctor.regrant(self.a.doctor.outdated()))

    def _revise(self, record: RecordId) -> None:
        fields = about(self.known, "the new version")
        changes = Changes(fields.title, fields.patient, None, fields.notes)
        self.a.doctor.revise(record, sources(self.known, "the new version", SHORT + 1, SHORT * 100), changes)
        self.a.opened(record, "the new version")
        self.b.opened(record, "the new version, by its reader")

    def _revoke(self, record: RecordId) -> None:
        self.a.doctor.rekey(record, self.b.wallet.address)
        self.a.opened(record, "the version without b")
        self.c.opened(record, "the version without b, by its reader")
        _refused(self.b, record)
        self.a.doctor.revoke(record, self.c.wallet.address)
        _refused(self.c, record)

    def _fetch_vault(self) -> None:
        fetched = unlock_vault(self.b.api.vault(), self.b.wallet, self.b.passphrase)
        assert fetched.version == 2


def _refused(person: Person, record: RecordId) -> None:
    with pytest.raises((NoAccess, NotFound)):
        person.doctor.open(record)
