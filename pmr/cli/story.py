"""One record's way through the house, with real files: what `pmr up` plays on its first run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pmr.chain.transaction import Receipt
from pmr.cli.doctors import Cast
from pmr.cli.leak import decrypt, leak
from pmr.client.creating import Created
from pmr.client.doctor import Doctor
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.errors import CannotDecrypt, NoAccess, NotFound, PmrError, StoryBroken
from pmr.types import Purpose, RecordId

FILES = ("ct-slice.dcm", "retina.jpg", "report.pdf")
DAYS = 30
_DAY = 86_400
_ABOUT = About(
    "CT, fundus photograph and report", patient="P-0001", date="2004-01-19", notes="Played by `pmr up`."
)


@dataclass(frozen=True)
class Step:
    """What happened, what it cost and how long it took."""

    text: str
    gas: int
    """0 where nothing was sent."""
    seconds: float

    def data(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {"step": self.text, "gasUsed": self.gas, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Played:
    """The record that the story left on the chain."""

    record: RecordId
    root: Cid
    steps: Sequence[Step]


class Story:
    """Dr A, Dr B and Dr C. Each step is told when it is done."""

    def __init__(self, cast: Cast, examples: Path, tell: Callable[[Step], None]) -> None:
        """Take the doctors, the folder with the three files, and who listens."""
        self._cast = cast
        self._examples = examples
        self._tell = tell
        self._steps: list[Step] = []

    def play(self) -> Played:
        """Play it; may be played again after it was interrupted. Raises `StoryBroken`."""
        a, b, c = (self._publish(name, index) for index, name in enumerate("abc", start=1))
        made = self._create(a)
        self._share(a, b, made.id)
        self._open(b, made.id)
        self._refuse_c(b, c, made.id)
        self._revoke(a, b, made.id)
        for doctor in (a, b, c):
            doctor.journal.forget_finished()
        return Played(made.id, made.sealed.root, self._steps)

    def _publish(self, name: str, index: int) -> Doctor:
        started = time.monotonic()
        doctor, vault = self._cast.doctor(name, index)
        receipt = doctor.publish_key(vault).receipt
        self._done(f"Dr {name.upper()} ({doctor.account}) publishes a key", started, receipt)
        return doctor

    def _create(self, a: Doctor) -> Created:
        started = time.monotonic()
        sources = [Source.from_path(self._examples / name) for name in FILES]
        made = a.create_record(sources, _ABOUT)
        what = f"{', '.join(FILES)} ({made.sealed.size:,} bytes)"
        self._done(f"Dr A seals {what} and registers record {made.id.position}", started, made.receipt)
        return made

    def _share(self, a: Doctor, b: Doctor, record: RecordId) -> None:
        started = time.monotonic()
        terms = Terms(b.account, Purpose.TREATMENT, int(time.time()) + DAYS * _DAY)
        self._done(
            f"Dr A shares it with Dr B for treatment, for {DAYS} days",
            started,
            a.share(record, terms).receipt,
        )

    def _open(self, b: Doctor, record: RecordId) -> None:
        started = time.monotonic()
        with TemporaryDirectory() as folder:
            _, paths = b.open_into(record, Path(folder) / "opened")
            _demand(_same(paths, self._examples), "what Dr B opened is not what Dr A sealed")
        self._done("Dr B opens it: every byte equals the original", started)

    def _refuse_c(self, b: Doctor, c: Doctor, record: RecordId) -> None:
        started = time.monotonic()
        root = Cid.root(c.ledger.root(record))
        _demand(_refused(lambda: c.api.record_block(record, root), NotFound), "the server served Dr C")
        _demand(_refused(lambda: c.open(record), NoAccess), "Dr C's client opened the record")
        self._done("Dr C asks the server for the blocks: refused", started)
        started = time.monotonic()
        copy = leak(b, record)
        _demand(decrypt(copy, b).manifest.title == _ABOUT.title, "Dr B's own copy does not open")
        _demand(_refused(lambda: decrypt(copy, c), CannotDecrypt), "Dr C decrypted the record")
        self._done("Dr C gets Dr B's ciphertext and envelope: they do not decrypt", started)

    def _revoke(self, a: Doctor, b: Doctor, record: RecordId) -> None:
        started = time.monotonic()
        receipt = a.revoke(record, b.account)
        self._done("Dr A revokes Dr B's access", started, receipt)
        started = time.monotonic()
        root = Cid.root(b.ledger.root(record))
        _demand(_refused(lambda: b.api.record_block(record, root), NotFound), "the server still served Dr B")
        _demand(_refused(lambda: b.open(record), NoAccess), "Dr B's client still opened the record")
        self._done("Dr B asks again: refused", started)

    def _done(self, text: str, started: float, receipt: Receipt | None = None) -> None:
        step = Step(text, receipt.gas_used if receipt else 0, time.monotonic() - started)
        self._steps.append(step)
        self._tell(step)


def _same(paths: Sequence[Path], originals: Path) -> bool:
    names = [path.name for path in paths]
    return names == list(FILES) and all(p.read_bytes() == (originals / p.name).read_bytes() for p in paths)


def _refused(attempt: Callable[[], object], how: type[PmrError]) -> bool:
    try:
        attempt()
    except how:
        return True
    return False


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StoryBroken(f"Stop using this installation: {otherwise}.")
