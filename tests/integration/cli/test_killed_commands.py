"""`pmr record create` killed at any moment and typed again: one record, with all its files."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from forked_commands import PATIENCE, Command, ForkedCommands, forked_commands
from local_system import Machine

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SECRET = ".pmr/doctors/secret"
ME = ["--home", ".pmr/doctors/a", "--password-file", SECRET, "--passphrase-file", SECRET]
STEP = 0.25
"""Seconds between the moments at which the command is killed, at most."""
MOMENTS = 8
"""So many at least, over the time that the command takes when nobody kills it."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("killed"))
    with made.up():
        yield made


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedCommands]:
    with forked_commands(tmp_path_factory.mktemp("commands")) as found:
        yield found


def told_within(commands: ForkedCommands, machine: Machine, seconds: float, arguments: list[str]) -> bool:
    """Run a command and kill it; say whether it had told its end by then."""
    words = [*arguments, "--json"]
    command = Command(words, str(machine.folder), machine.environment, seconds=seconds)
    return bool(commands.run(command).out)


def records(machine: Machine) -> int:
    return len(machine.json("record", "list", *ME)["records"])


def test_create_killed_at_any_moment_ends_in_one_record(machine: Machine, commands: ForkedCommands) -> None:
    (machine.folder / "big.bin").write_bytes(bytes(range(256)) * (30 << 12))
    started = time.monotonic()
    assert told_within(commands, machine, PATIENCE, ["record", "create", "big.bin", "--title", "Whole", *ME])
    step = min(STEP, (time.monotonic() - started) / MOMENTS)
    attempts, told = 0, False
    while not told:
        attempts += 1
        arguments = ["record", "create", "big.bin", "--title", f"Attempt {attempts}", *ME]
        before = records(machine)
        told = told_within(commands, machine, attempts * step, arguments)
        made = None if told else machine.json(*arguments)["id"]
        assert records(machine) == before + 1
        assert machine.json("record", "pending", *ME) == {"pending": []}
        if made:
            into = f"out-{attempts}"
            machine.json("record", "open", made, "--into", into, *ME)
            opened = (machine.folder / into / "big.bin").read_bytes()
            assert opened == (machine.folder / "big.bin").read_bytes()
    assert attempts > 3
