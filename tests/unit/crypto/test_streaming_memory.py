"""A body of any size goes through in little memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
LIMIT_MIB = 60

# Seals a gigabyte from a source that is made as it is read, opens what comes out, and says how much memory
# the process had at most, above what it had before.
PROGRAM = """
import hashlib, io, resource, sys
from pmr.crypto.body import Body, sealed_size
from pmr.crypto.content_key import BodyKey
from pmr.crypto.padding import padded_size
from pmr.crypto.resume import ResumableSealing

SIZE = (1 << 30) + 5

class Source(io.RawIOBase):
    def __init__(self): self.left, self.page = SIZE, b"A" * (1 << 20)
    def seek(self, offset, whence=0): self.left = SIZE
    def read(self, size=-1):
        size = min(size, self.left, len(self.page))
        self.left -= size
        return self.page[:size]

def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def leaves(body):
    if sys.argv[1] == "plain":
        yield from body.seal(Source(), SIZE)
    else:
        for _, leaf in ResumableSealing(body, Source(), SIZE, lambda notes: notes.encode()).run():
            yield leaf

idle = peak()
body = Body(BodyKey(bytes(32)), b"aad")
expected, found, source = hashlib.sha256(), hashlib.sha256(), Source()
while page := source.read(1 << 20):
    expected.update(page)
for part in body.open_file(leaves(body), sealed_size(padded_size(SIZE)), SIZE):
    found.update(part)
assert found.digest() == expected.digest()
print(peak() - idle)
"""


@pytest.mark.parametrize("how", ["plain", "resumable"])
def test_seal_and_open_a_gibibyte_stays_below_the_limit(how: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= LIMIT_MIB
