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


def test_server_address_is_the_public_one_unless_another_is_set() -> None:
    assert Config(port=8443, tls_certificate="tls.crt").server_address == "https://127.0.0.1:8443"
    assert Config(public_url="https://localhost:8443").server_address == "https://localhost:8443"
    assert Config(public_url="https://a.example", server_url="http://b").server_address == "http://b"


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


@pytest.mark.parametrize("name", ["database_url", "rpc_url"])
def test_load_of_a_secret_takes_it_from_its_file_and_never_shows_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text("postgresql://pmr:hunter2@db/pmr\n")
    file.chmod(0o600)
    config = Config.load({f"PMR_{name.upper()}_FILE": str(file)})
    assert getattr(config, name) == "postgresql://pmr:hunter2@db/pmr"
    assert "hunter2" not in repr(config)


def test_load_of_a_secret_that_others_may_read_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    file.chmod(0o604)
    with pytest.raises(ConfigError, match="chmod 600") as refused:
        Config.load({"PMR_DATABASE_URL_FILE": str(file)})
    assert "hunter2" not in str(refused.value)


def test_load_of_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not both"):
        Config.load({"PMR_DATABASE_URL_FILE": "secret", "PMR_DATABASE_URL": "sqlite:///x"})


def test_load_of_a_secret_whose_file_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="database_url_file"):
        Config.load({"PMR_DATABASE_URL_FILE": str(tmp_path / "gone")})


def test_load_of_a_metrics_port_of_0_turns_metrics_off() -> None:
    assert Config.load({"PMR_METRICS_PORT": "0"}).metrics_port == 0


def test_load_of_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match="PMR_TRUSTED_PROXY"):
        Config.load({"PMR_TRUSTED_PROXY": "10.0.0.1"})
