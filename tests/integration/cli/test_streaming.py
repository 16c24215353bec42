"""A large file through the whole house, over HTTP, in a small client."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from local_system import Machine

pytestmark = [pytest.mark.integration, pytest.mark.slow]
LIMIT_MIB = 60

# Dr A of the story makes a record of 256 MiB and opens it; it says how much memory that took at most above
# what the process had with its keys unlocked.
PROGRAM = """
import io
from pathlib import Path
from pmr.cli.doctors import Cast
from pmr.chain.setting import open_chain
from pmr.client.sealing import About
from pmr.client.source import Source
from pmr.config import Config

SIZE = 256 << 20

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))

class Counter(io.RawIOBase):
    def __init__(self): self.at = 0
    def seek(self, offset, whence=0): self.at = offset
    def read(self, size=-1):
        size = min(size, SIZE - self.at)
        self.at += size
        return (self.at.to_bytes(8, "big") * (size // 8 + 1))[:size]

config = Config.load()
w3, deployment = open_chain(config)
doctor, _ = Cast(config.state / "doctors", w3, deployment, config.server_address).doctor("a", 1)
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: Argon2 had 64 MiB
idle = status("VmRSS")
made = doctor.create_record([Source("big", "application/octet-stream", SIZE, Counter)], About("Big"))
opened, size = doctor.open(made.id), 0
for piece in opened.file(0):
    size += len(piece)
assert size == SIZE
print(status("VmHWM") - idle)
"""


def test_large_record_over_http_stays_below_the_limit(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with machine.up():
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=machine.folder,
            env=machine.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    shutil.rmtree(machine.folder / ".pmr")
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout) <= LIMIT_MIB
