"""The systemd unit is one that systemd takes, and it confines the service."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pmr.config import Config

pytestmark = pytest.mark.integration
UNIT = Path(__file__).resolve().parents[3] / "scripts" / "systemd" / "pmr.service"


def _installed(folder: Path) -> Path:
    """The unit with every # before a setting taken away, a program and a user that exist."""
    text = re.sub(r"^#(?=[A-Z]\w+=)", "", UNIT.read_text(), flags=re.MULTILINE)
    text = text.replace("/opt/pmr/bin/pmr", "/bin/true").replace("=pmr\n", "=root\n", 2)
    path = folder / "pmr.service"
    path.write_text(text)
    return path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_unit_is_taken_by_systemd_without_a_word(tmp_path: Path) -> None:
    command = ["systemd-analyze", "verify", "--man=no", str(_installed(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    told = [line for line in done.stderr.splitlines() if "pmr.service" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_unit_is_as_confined_as_a_network_service_can_be(tmp_path: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(_user(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"exposure level for pmr\.service: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) < 2


def _user(folder: Path) -> Path:
    path = folder / "pmr.service"
    shutil.copy(UNIT, path)
    return path


def test_unit_sets_variables_that_are_settings() -> None:
    names = set(re.findall(r"Environment=PMR_(\w+)=", UNIT.read_text())) - {"CONFIG"}
    assert names
    assert {name.lower() for name in names} <= vars(Config()).keys()


def test_unit_without_systemd_has_the_sections_of_one() -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(UNIT.read_text())
    assert parser.sections() == ["Unit", "Service", "Install"]
    assert parser["Service"]["user"] == "pmr"
