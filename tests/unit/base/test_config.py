"""Settings from a file and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmr.config import Config
from pmr.errors import ConfigError


def test_load_without_anything_gives_the_defaults(tmp_path: Path) -> None:
    assert Config.load({}, tmp_path / "none.toml") == Config()


def test_load_prefers_the_environment_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pmr.toml"
    file.write_text('port = 7000\nnetwork = "sepolia"\n')
    config = Config.load({"PMR_PORT": "7001"}, file)
    assert (config.port, config.network) == (7001, "sepolia")


def test_load_takes_port_as_people_know_it() -> None:
    assert Config.load({"PORT": "8080"}).server_address == "http://127.0.0.1:8080"


def test_load_of_paths_expands_the_home(tmp_path: Path) -> None:
    assert "~" not in str(Config.load({"PMR_HOME": "~/doctor"}).home)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
def test_load_of_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match="port"):
        Config.load({"PORT": port})


@pytest.mark.parametrize("text", ["colour = 1", "port = [", "network = 5"])
def test_load_of_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pmr.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        Config.load({}, file)


def test_load_of_a_file_that_was_named_and_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.load({"PMR_CONFIG": str(tmp_path / "gone.toml")})
