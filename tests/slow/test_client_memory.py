"""A gibibyte goes through the client, from a file to blocks and back, in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

pytestmark = pytest.mark.slow
LIMIT_MIB = 60

# Seals a gibibyte of a keystream into a store on disk, as an upload in CARs with a journal, and opens it
# again; says how much memory each took at most above what the process had before.
PROGRAM = """
import hashlib, io, sys
from pathlib import Path
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pmr.client.journal import Journal
from pmr.client.notebook import Notebook
from pmr.client.opening import OpenRecord, read_sealed
from pmr.client.sealing import About, Author, seal_record
from pmr.client.source import Source
from pmr.client.upload import Upload
from pmr.content.car import read_car
from pmr.content.embedded import EmbeddedStore
from pmr.crypto.keyring import Keyring
from pmr.types import parse_address

SIZE = (1 << 30) + 5
ACCOUNT = parse_address("0x" + "ab" * 20)

class Keystream(io.RawIOBase):
    def __init__(self): self.seek(0)
    def seek(self, offset, whence=0):
        self.left = SIZE
        self.stream = Cipher(algorithms.AES(bytes(32)), modes.CTR(bytes(16))).encryptor()
    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        return self.stream.update(bytes(size))

class Api:
    def __init__(self, store): self.store = store
    def missing(self, cids): return [cid for cid in cids if not self.store.has(cid)]
    def upload(self, car): self.store.put(read_car(io.BytesIO(car))[1])
    def pin(self, root): self.store.pin(root)

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))

def measured(work):
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    found = work()
    print(status("VmHWM") - idle)
    return found

idle = status("VmRSS")

def digest(pieces):
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()

folder = Path(sys.argv[1])
keyring, store = Keyring.new(), EmbeddedStore(folder / "content")
source = Source("big", "application/octet-stream", SIZE, Keystream)
told = []

def seal():
    with Journal(folder / "journal", keyring).begin("create", {}) as deed:
        notebook = Notebook(deed, bytes(32), 1)
        upload = Upload(Api(store), lambda what, done, total: told.append(done))
        author = Author(ACCOUNT, keyring.newest, bytes(32))
        sealed = seal_record([source], About("Big"), author, upload.put, notebook)
        upload.finish(sealed.root)
        return sealed

sealed = measured(seal)
opened = OpenRecord(read_sealed(sealed.root, store.get), sealed.content_key, store.get)
found = measured(lambda: digest(opened.file(0)))
stream = Keystream()
assert found == digest(iter(lambda: stream.read(1 << 20), b""))
assert told == sorted(told) and told[-1] >= SIZE and len(told) > 100
"""


def test_seal_and_open_a_gibibyte_through_the_client_stays_below_the_limit(tmp_path: Path) -> None:
    with TemporaryDirectory(dir=tmp_path) as folder:
        command = [sys.executable, "-c", PROGRAM, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sealing, opening = map(int, done.stdout.split())
    assert 0 < sealing <= LIMIT_MIB
    assert 0 < opening <= LIMIT_MIB
