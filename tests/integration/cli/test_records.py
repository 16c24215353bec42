"""Records by hand: versions, copies, journeys, studies, ranges, and two commands at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from local_system import Machine, record_in

from pmr.chain.node import accounts

pytestmark = pytest.mark.integration

A, B, C = (wallet.address for wallet in accounts(4)[1:])
BIG = os.urandom(5 << 20)


def doctor(name: str) -> list[str]:
    secret = ".pmr/doctors/secret"
    return ["--home", f".pmr/doctors/{name}", "--password-file", secret, "--passphrase-file", secret]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("records"))
    with made.up() as running:
        made.environment["RECORD"] = record_in(running.text)
        (made.folder / "study" / "series").mkdir(parents=True)
        (made.folder / "study" / "series" / "big.bin").write_bytes(BIG)
        (made.folder / "study" / "report.txt").write_text("all is well")
        (made.folder / "study" / ".hidden").write_text("not for anybody")
        (made.folder / "later.txt").write_text("better still")
        yield made


@pytest.fixture(scope="module")
def study(machine: Machine) -> str:
    made = machine.call("record", "create", "study", "--title", "Study", "--json", *doctor("a"))
    assert "hidden" in made.err
    return str(machine.json("record", "list", *doctor("a"))["records"][-1]["id"])


def opened(machine: Machine, record: str, who: str, into: str) -> dict[str, bytes]:
    machine.json("record", "open", record, "--into", into, *doctor(who))
    folder = machine.folder / into
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_study_is_one_record_and_a_range_of_it_opens(machine: Machine, study: str) -> None:
    assert opened(machine, study, "a", "one") == {"series/big.bin": BIG, "report.txt": b"all is well"}
    command = [sys.executable, "-m", "pmr.cli", "record", "cat", study, "series/big.bin", *doctor("a")]
    for part, expected in [(["--range", "2097100-2097200"], BIG[2097100:2097201]), ([], BIG)]:
        done = subprocess.run(
            [*command, *part], cwd=machine.folder, env=machine.environment, capture_output=True, check=True
        )
        assert done.stdout == expected
    assert machine.call("record", "cat", study, "none", *doctor("a")).code == 2
    assert machine.call("record", "cat", study, "report.txt", "--range", "5-99", *doctor("a")).code == 2


def test_revise_and_rekey_keep_the_other_readers(machine: Machine) -> None:
    record = machine.json("record", "create", "study/report.txt", "--title", "R", *doctor("a"))["id"]
    for reader in (B, C):
        machine.json("record", "share", record, reader, *doctor("a"))
    done = machine.json("record", "revise", record, "later.txt", "--title", "Later", *doctor("a"))
    assert set(done["readers"]) == {B, C}
    assert opened(machine, record, "b", "revised") == {"later.txt": b"better still"}
    done = machine.json("record", "revoke", record, B, "--rekey", *doctor("a"))
    assert done["readers"] == [C]
    assert machine.call("record", "open", record, "--into", "no", *doctor("b")).code == 8
    assert opened(machine, record, "c", "rekeyed") == {"later.txt": b"better still"}
    assert machine.json("record", "show", record, *doctor("c"))["title"] == "Later"


def test_adopt_outlives_the_first_owners_grant(machine: Machine, study: str) -> None:
    machine.json("record", "share", study, C, *doctor("a"))
    mine = machine.json("record", "adopt", study, *doctor("c"))
    assert mine["author"] == A
    machine.json("record", "revoke", study, C, *doctor("a"))
    machine.json("record", "share", mine["id"], B, *doctor("c"))
    assert opened(machine, mine["id"], "b", "adopted")["report.txt"] == b"all is well"


@pytest.mark.parametrize("who", ["a", "b"])
def test_export_opens_without_pmr_and_imports_again(machine: Machine, study: str, who: str) -> None:
    machine.json("record", "share", study, B, *doctor("a"))
    car, home = machine.folder / f"{who}.car", machine.folder / ".pmr" / "doctors" / who
    machine.json("record", "export", study, "--car", car.name, *doctor(who))
    assert machine.call("record", "export", study, "--car", car.name, *doctor(who)).code == 2
    looked = machine.json("record", "import", car.name, "--no-register", *doctor(who))
    assert (looked["title"], looked["author"]) == ("Study", A)
    done = machine.json("record", "import", car.name, *doctor(who))
    assert (done["id"] == study) == (who == "a")
    assert opened(machine, done["id"], who, f"imported-{who}")["series/big.bin"] == BIG
    assert machine.json("record", "import", car.name, *doctor(who))["id"] == done["id"]
    refused = machine.call("record", "import", car.name, *doctor("c"))
    assert refused.code == 4
    assert C in refused.err
    assert home.exists()


def test_two_commands_of_one_account_at_once_both_succeed(machine: Machine) -> None:
    command = [sys.executable, "-m", "pmr.cli", "record", "create", "study/report.txt", "--title", "At once"]
    before = len(machine.json("record", "list", *doctor("b"))["records"])
    running = [
        subprocess.Popen(
            [*command, "--json", *doctor("b")],
            cwd=machine.folder,
            env=machine.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    ended = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    records = machine.json("record", "list", *doctor("b"))["records"]
    assert len({one["root"] for one in records}) == len(records) == before + 3
    assert machine.json("record", "pending", *doctor("b"))["pending"] == []


def test_nothing_is_left_pending(machine: Machine, study: str) -> None:
    for who in "abc":
        assert machine.json("record", "pending", *doctor(who)) == {"pending": []}
        assert list((machine.folder / ".pmr" / "doctors" / who / "journal").glob("*.deed")) == []
    assert machine.call("record", "resume", "none", *doctor("a")).code == 2
    assert machine.call("record", "discard", "none", *doctor("a")).code == 2
