"""`pmr up` as somebody would run it: first run, second run, by hand, and everything that goes wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest
from eth_account import Account
from local_system import READY, ROOT, Machine, record_in

from pmr.chain.connection import connect
from pmr.chain.node import accounts
from pmr.cli.story import FILES

pytestmark = pytest.mark.integration

A, B, C = (wallet.address for wallet in accounts(4)[1:])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def doctor(name: str) -> list[str]:
    secret = ".pmr/doctors/secret"
    home = f".pmr/doctors/{name}"
    return ["--home", home, "--password-file", secret, "--passphrase-file", secret]


def assert_says(code: int, text: str, *parts: str) -> None:
    assert code not in {0, None}
    assert "Traceback" not in text
    for part in parts:
        assert part in text


def test_up_plays_once_goes_on_and_serves_commands_by_hand(machine: Machine) -> None:
    with machine.up() as first:
        assert "Playing the story" in first.text
        assert "Dr B asks again: refused" in first.text
        record = record_in(first.text)
        assert first.stop() == 0
    assert machine.processes() == []
    assert max(len(line) for line in first.text.splitlines() if str(record) not in line) <= 80

    with machine.up() as second:
        assert "Playing" not in second.text
        assert record_in(second.text) == record
        _by_hand(machine, record)
        assert second.stop(signal.SIGTERM) == 0
    assert machine.processes() == []


def _by_hand(machine: Machine, record: str) -> None:
    """A shares with C, C opens, A revokes, C is refused."""
    assert machine.json("check")["ok"]
    assert [r["id"] for r in machine.json("record", "list", *doctor("a"))["records"]] == [record]

    refused = machine.call("record", "open", record, *doctor("c"))
    assert (refused.code, refused.out) == (8, "")

    shared = machine.json("record", "share", record, C, "--purpose", "research", "--days", "3", *doctor("a"))
    assert shared["purpose"] == "research"
    listed = machine.json("record", "list", "--shared", *doctor("c"))["records"]
    assert [(r["id"], r["purpose"], r["expiresAt"]) for r in listed] == [
        (record, "research", shared["expiresAt"])
    ]

    machine.json("record", "open", record, "--into", "opened", *doctor("c"))
    for name in FILES:
        assert (machine.folder / "opened" / name).read_bytes() == (ROOT / "examples" / name).read_bytes()

    again = machine.call("record", "open", record, "--into", "opened", *doctor("c"))
    assert again.code == 2

    readers = machine.json("record", "show", record, *doctor("a"))["readers"]
    assert {(r["reader"], r["live"]) for r in readers} == {(B, False), (C, True)}

    machine.json("record", "revoke", record, C, *doctor("a"))
    assert machine.call("record", "open", record, *doctor("c")).code == 8
    assert machine.json("record", "list", "--shared", *doctor("c"))["records"] == []


def test_newcomer_makes_wallet_and_key_and_shares_with_a_doctor(machine: Machine) -> None:
    (machine.folder / "secret").write_text("a good long secret\n")
    me = ["--home", "me", "--password-file", "secret", "--passphrase-file", "secret"]
    with machine.up():
        account = machine.json("wallet", "new", *me)["account"]
        assert machine.json("wallet", "show", *me)["account"] == account
        _make_cheap(machine.folder / "me" / "keystore.json", "a good long secret")
        assert machine.json("key", "new", *me)["wallet"] is True
        assert machine.call("key", "new", *me).code == 4
        poor = machine.call("key", "publish", *me)
        assert poor.code == 6
        _fund(machine, account)
        assert machine.json("key", "publish", *me)["version"] == 1
        (machine.folder / "report.txt").write_text("all is well")
        made = machine.json("record", "create", "report.txt", "--title", "Visit", *me)
        machine.json("record", "share", made["id"], B, "--no-end", *me)
        opened = machine.json("record", "open", made["id"], "--into", "got", *doctor("b"))
        assert (opened["title"], opened["author"]) == ("Visit", account)
        assert (machine.folder / "got" / "report.txt").read_text() == "all is well"
        (machine.folder / "me" / "vault.json").unlink()
        assert machine.call("record", "show", made["id"], *me).code == 4
        machine.json("key", "fetch", *me)
        assert machine.json("record", "show", made["id"], *me)["title"] == "Visit"
        assert machine.json("key", "show", B, *me)["account"] == B


def _make_cheap(keystore: Path, password: str) -> None:
    """Encrypt it anew with fewer rounds: each of the commands that follow opens it."""
    key = Account.decrypt(json.loads(keystore.read_text()), password)
    keystore.write_text(json.dumps(Account.encrypt(key, password, kdf="scrypt", iterations=1024)))


def _fund(machine: Machine, account: str) -> None:
    w3 = connect([f"http://127.0.0.1:{machine.rpc_port}"], 31337)
    w3.provider.make_request("anvil_setBalance", [account, hex(10**18)])  # type: ignore[arg-type]  # anvil's own


def test_up_json_prints_one_document(machine: Machine) -> None:
    machine.environment["PYTHONUNBUFFERED"] = "1"
    with machine.up("--json", "--no-story", until="}") as running:
        document = json.loads(running.text[running.text.index("{") : running.text.rindex("}") + 1])
    assert document["chainId"] == 31337
    assert document["record"] is None
    assert document["url"].endswith(str(machine.port))


@pytest.mark.parametrize("which", ["port", "rpc_port"])
def test_up_with_a_taken_port_says_so(machine: Machine, which: str) -> None:
    with socket.create_server(("127.0.0.1", getattr(machine, which))):
        done = machine.run("up")
    assert_says(done.code, done.err, "port", str(getattr(machine, which)))
    assert machine.processes() == []


def test_up_without_anvil_says_what_to_install(machine: Machine) -> None:
    machine.environment["PMR_NODE_MODULES"] = str(machine.folder / "none")
    done = machine.run("up")
    assert_says(done.code, done.err, "anvil", "missing")
    assert machine.processes() == []


DAMAGED = [
    ("chain/state.json", b"{"),
    ("deployments/31337.json", b"\xff\x00"),
    ("server.sqlite", b"not a database, but long enough to be read as one" * 100),
]


def test_up_with_a_damaged_state_file_names_it_and_leaves_it(machine: Machine) -> None:
    with machine.up("--no-story") as first:
        first.stop()
    for name, bad in DAMAGED:
        path = machine.folder / ".pmr" / name
        good = path.read_bytes()
        path.write_bytes(bad)
        done = machine.run("up", "--no-story")
        assert_says(done.code, done.err, path.name)
        assert path.read_bytes() == bad
        assert machine.processes() == []
        path.write_bytes(good)
    with machine.up("--no-story") as last:
        assert READY in last.text


def test_up_whose_chain_was_removed_starts_anew(machine: Machine) -> None:
    with machine.up() as first:
        first.stop()
    (machine.folder / ".pmr" / "chain" / "state.json").unlink()
    with machine.up() as second:
        assert "Playing the story" in second.text
        assert "Dr B asks again: refused" in second.text
        assert second.stop() == 0


@pytest.mark.parametrize("program", ["pmr.cli serve", "anvil"])
def test_up_whose_child_dies_says_so_and_stops(machine: Machine, program: str) -> None:
    with machine.up("--no-story") as running:
        os.kill(machine.pid_of(program), signal.SIGKILL)
        code = running.process.wait(60)
        assert_says(code, running.text, "has ended")
    assert machine.processes() == []


@pytest.mark.slow
@pytest.mark.parametrize("until", ["", "Deploy", "Dr A seals"])
def test_up_interrupted_at_any_time_leaves_nothing_running_and_can_go_on(
    machine: Machine, until: str
) -> None:
    with machine.up(until=until) as first:
        first.stop(signal.SIGTERM)
    assert "Traceback" not in first.text
    assert machine.processes() == []
    with machine.up() as second:
        assert READY in second.text
        assert "Dr B asks again: refused" in second.text
        assert second.stop() == 0


def test_up_on_another_network_is_refused(machine: Machine) -> None:
    machine.environment["PMR_RPC_URL"] = "http://127.0.0.1:1"
    done = machine.run("up")
    assert_says(done.code, done.err, "pmr serve")


def test_commands_without_a_system_say_what_is_missing(machine: Machine) -> None:
    (machine.folder / "keystore.json").write_text(json.dumps({"address": A}))
    check = machine.call("check")
    assert check.code == 6
    assert "FAIL" in check.out
    for arguments in (("record", "list", "--home", "."), ("serve",)):
        done = machine.call(*arguments)
        assert_says(done.code, done.err, "The chain cannot be reached")
