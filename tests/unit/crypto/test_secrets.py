"""Nothing secret can be logged by accident."""

from __future__ import annotations

import copy
import hashlib
import io
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from pmr.crypto.body import Body
from pmr.crypto.content_key import BodyKey, ContentKey
from pmr.crypto.journal import open_journal, seal_journal
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey, Seed
from pmr.crypto.manifest import FileEntry, Manifest
from pmr.crypto.resume import ResumableSealing, SealingNotes
from pmr.errors import CannotDecrypt

RAW = hashlib.sha256(b"a secret").digest()
NOTES = SealingNotes(digests=(RAW,))
MAKERS: dict[str, Callable[[], Any]] = {
    "content key": lambda: ContentKey(RAW),
    "body key": lambda: BodyKey(RAW),
    "seed": lambda: Seed(RAW),
    "doctor key": lambda: DoctorKey.from_seed(RAW),
    "keyring": lambda: Keyring({1: DoctorKey.from_seed(RAW)}),
    "body": lambda: Body(BodyKey(RAW), b"aad"),
    "notes": lambda: NOTES,
    "sealing": lambda: ResumableSealing(Body(BodyKey(RAW), b"aad"), io.BytesIO(RAW), 32, lambda notes: None),
}


def test_manifest_in_any_text_shows_no_name_and_no_patient() -> None:
    entry = FileEntry("secret.png", 5, "image/png")
    manifest = Manifest("secret", "secret", "", "secret", (entry,))
    assert "secret" not in f"{manifest} {manifest!r} {[entry]} {entry}"


def shows_secret(text: str) -> bool:
    return RAW.hex() in text.lower() or repr(RAW)[2:-1] in text or str(list(RAW)) in text


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_secret_in_any_text_shows_nothing(make: Callable[[], Any]) -> None:
    secret = make()
    record = logging.LogRecord("x", 10, "x", 1, "%s %r", (secret, secret), None)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret!r:>99}", repr([secret]), repr({"k": secret})]
    assert not any(map(shows_secret, [*texts, record.getMessage()]))


@pytest.mark.parametrize("name", ["content key", "body key", "seed", "doctor key", "keyring"])
def test_secret_pickled_or_copied_is_refused(name: str) -> None:
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            attempt(MAKERS[name]())


@pytest.mark.parametrize("name", ["content key", "body key", "seed"])
def test_secret_hash_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(MAKERS[name]())


@pytest.mark.parametrize("name", ["content key", "body key", "seed", "doctor key"])
def test_secret_has_no_dictionary_to_dump(name: str) -> None:
    with pytest.raises(TypeError):
        vars(MAKERS[name]())


def test_secret_of_another_kind_is_not_equal() -> None:
    assert ContentKey(RAW) != BodyKey(RAW)
    assert ContentKey(RAW) == ContentKey(RAW)
    assert ContentKey(RAW) != ContentKey(bytes(32))


def test_error_with_its_traceback_shows_no_secret() -> None:
    with pytest.raises(CannotDecrypt) as refusal:
        open_journal(DoctorKey.from_seed(RAW), bytes(100))
    assert not shows_secret("".join(traceback.format_exception(refusal.value)))


def test_journal_opens_for_its_key_alone() -> None:
    key = DoctorKey.from_seed(RAW)
    sealed = seal_journal(key, b"notes")
    assert open_journal(key, sealed) == b"notes"
    assert seal_journal(key, b"notes") != sealed
    with pytest.raises(CannotDecrypt, match="another key"):
        open_journal(DoctorKey.generate(), sealed)


@pytest.mark.parametrize("sealed", [b"", bytes(11), bytes(27), bytes(100)])
def test_journal_damaged_is_refused(sealed: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        open_journal(DoctorKey.from_seed(RAW), sealed)
