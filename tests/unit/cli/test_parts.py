"""The small parts of the command line: ends, secrets, persons, the marker, signals, the story's lines."""

from __future__ import annotations

import json
import os
import signal
import time
from io import StringIO
from pathlib import Path

import pytest
from eth_account import Account

from pmr.chain.setting import deployment_file, network_of, rpc_urls
from pmr.cli.marker import Marker
from pmr.cli.person import Person, keystore_account
from pmr.cli.record_shown import purpose_name
from pmr.cli.screen import Screen
from pmr.cli.secret import read_secret
from pmr.cli.stopping import Stopping
from pmr.cli.story import Step
from pmr.cli.term import DAY, end_of, until
from pmr.client.profile import Profile
from pmr.config import Config
from pmr.content.cid import Cid
from pmr.errors import BadInput, BadKeystore, RecordNotFound
from pmr.types import Address, Digest, Purpose, RecordId, parse_address

ACCOUNT = parse_address("0x" + "a1" * 20)
RECORD = RecordId(ACCOUNT, 7)
ROOT = b"r" * 32


# --- how long --------------------------------------------------------------------------------


def test_end_of_days_counts_from_now() -> None:
    assert abs(end_of(3, None, no_end=False) - time.time() - 3 * DAY) < 60


def test_end_of_nothing_is_thirty_days() -> None:
    assert abs(end_of(None, None, no_end=False) - time.time() - 30 * DAY) < 60


def test_end_of_no_end_is_zero() -> None:
    assert end_of(None, None, no_end=True) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-31", 1801353600),
        ("2027-01-31T12:00", 1801396800),
        ("2027-01-31T12:00:00+02:00", 1801389600),
        ("2027-01-31T12:00:00Z", 1801396800),
    ],
)
def test_end_of_a_moment_is_utc_unless_it_says_otherwise(text: str, seconds: int) -> None:
    assert end_of(None, text, no_end=False) == seconds


def test_end_of_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="tomorrow"):
        end_of(None, "tomorrow", no_end=False)


def test_end_of_two_answers_is_refused() -> None:
    with pytest.raises(BadInput, match="one of"):
        end_of(3, "2027-01-31", no_end=False)


@pytest.mark.parametrize(
    ("expires_at", "text"),
    [(0, "no end"), (1801353600, "2027-01-31 00:00 UTC"), (1000000000, "2001-09-09 01:46 UTC (ended)")],
)
def test_until_says_when_and_whether_it_is_over(expires_at: int, text: str) -> None:
    assert until(expires_at) == text


def test_purpose_name_of_an_unknown_code_is_its_number() -> None:
    assert (purpose_name(Purpose.RESEARCH), purpose_name(99)) == ("research", "99")


# --- secrets and persons ---------------------------------------------------------------------


def test_read_secret_takes_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("pass word \nsecond\n")
    assert read_secret(tmp_path / "s", "Password") == "pass word "


@pytest.mark.parametrize("data", [b"", b"\nsecond", b"\xff\xfe"])
def test_read_secret_of_a_useless_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s").write_bytes(data)
    with pytest.raises(BadInput):
        read_secret(tmp_path / "s", "Password")


def test_read_secret_of_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        read_secret(tmp_path / "absent", "Password")


def test_read_secret_without_anybody_to_ask_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("pw"))
    with pytest.raises(BadInput, match="nobody"):
        read_secret(None, "Password")


def _keystore(folder: Path) -> tuple[Path, Address]:
    key = (5).to_bytes(32, "big")
    path = folder / "keystore.json"
    path.write_text(json.dumps(Account.encrypt(key, "pw", kdf="scrypt", iterations=2)))
    return path, parse_address(Account.from_key(key).address)


def test_keystore_account_needs_no_password(tmp_path: Path) -> None:
    path, account = _keystore(tmp_path)
    assert keystore_account(path) == account


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": 1}', '{"address": "xyz"}'])
def test_keystore_account_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text)
    with pytest.raises(BadKeystore):
        keystore_account(tmp_path / "k")


def test_person_without_a_keystore_is_told_how_to_make_one(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    with pytest.raises(BadKeystore, match="pmr wallet new"):
        Person(Config(), profile, profile.keystore, None, None).wallet()


def test_person_unlocks_the_wallet_with_the_file(tmp_path: Path) -> None:
    path, account = _keystore(tmp_path)
    (tmp_path / "pw").write_text("pw\n")
    (tmp_path / "bad").write_text("no\n")
    profile = Profile(tmp_path)
    assert Person(Config(), profile, path, tmp_path / "pw", None).wallet().address == account
    with pytest.raises(BadKeystore):
        Person(Config(), profile, path, tmp_path / "bad", None).wallet()


# --- settings --------------------------------------------------------------------------------


def test_rpc_urls_are_the_configured_one_else_the_local_port() -> None:
    network = network_of(Config())
    assert rpc_urls(Config(rpc_url="http://x"), network) == ("http://x",)
    assert rpc_urls(Config(rpc_url="http://x http://y"), network) == ("http://x", "http://y")
    assert rpc_urls(Config(rpc_port=9999), network) == ("http://127.0.0.1:9999",)


def test_deployment_file_is_the_configured_one_else_of_the_chain(tmp_path: Path) -> None:
    sepolia = network_of(Config(network="sepolia"))
    assert deployment_file(Config(), sepolia) == Path("deployments/11155111.json")
    assert deployment_file(Config(deployments=tmp_path), sepolia) == tmp_path / "11155111.json"
    hardhat = network_of(Config(network="hardhat"))
    assert deployment_file(Config(), hardhat) == Path(".pmr/hardhat/deployments/31337.json")
    network = network_of(Config())
    assert deployment_file(Config(deployment="d.json"), network) == Path("d.json")
    assert deployment_file(Config(state=tmp_path), network) == tmp_path / "deployments" / "31337.json"


# --- the marker ------------------------------------------------------------------------------


class _Registry:
    def __init__(self, root: Digest | None) -> None:
        self._root = root

    def record(self, record: RecordId) -> tuple[Address, Digest]:
        if self._root is None:
            raise RecordNotFound(str(record))
        return record.owner, self._root


def test_marker_is_believed_while_the_chain_has_the_record(tmp_path: Path) -> None:
    marker = Marker(tmp_path / "story.json")
    assert marker.read(_Registry(ROOT)) is None
    marker.write(RECORD, Cid.root(ROOT))
    assert marker.read(_Registry(ROOT)) == RECORD
    assert marker.read(_Registry(b"x" * 32)) is None
    assert marker.read(_Registry(None)) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"record": "x", "root": "y"}', '{"record": 1, "root": 2}']
)
def test_marker_that_is_damaged_means_play_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "story.json").write_text(text)
    assert Marker(tmp_path / "story.json").read(_Registry(ROOT)) is None


# --- signals ---------------------------------------------------------------------------------


def test_stopping_raises_at_the_first_signal_and_ignores_the_next() -> None:
    before = signal.getsignal(signal.SIGINT)
    stopping = Stopping()
    with stopping.caught():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_stopping_later_lets_the_block_end_first() -> None:
    stopping, done = Stopping(), list[int]()

    def start() -> None:
        with stopping.later():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(1)

    with stopping.caught(), pytest.raises(KeyboardInterrupt):
        start()
    assert done == [1]


# --- the screen ------------------------------------------------------------------------------


def test_screen_numbers_steps_within_80_columns() -> None:
    lines: list[str] = []
    screen = Screen(lines.append)
    screen.begin_story()
    screen.step(Step("word " * 30, 68_398, 0.731))
    screen.step(Step("short", 0, 12.3))
    screen.ready(Config())
    assert max(len(line) for text in lines for line in text.splitlines()) <= 80
    assert any(line.startswith(" 1  word") and line.endswith("68,398     0.73") for line in lines)
    assert any(line.startswith(" 2  short") and line.endswith("-    12.30") for line in lines)
    assert "http://127.0.0.1:5000" in lines[-1]
