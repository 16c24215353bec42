"""Networks by name, from a TOML file."""

from pathlib import Path

import pytest

from pmr.chain.network import Network, find_network, load_networks
from pmr.errors import ConfigError


def test_load_networks_shipped_has_the_local_chain_only() -> None:
    local = Network("local", 31337, ("http://127.0.0.1:8545",), confirmations=0, max_head_age=None)
    assert load_networks() == {"local": local}


def test_load_networks_from_a_file_reads_every_field(tmp_path: Path) -> None:
    path = tmp_path / "networks.toml"
    path.write_text(
        '[ward]\nchain_id = 7\nrpc_urls = ["http://a", "http://b"]\nconfirmations = 2\nmax_head_age = 60'
    )
    assert load_networks(path) == {"ward": Network("ward", 7, ("http://a", "http://b"), 2, 60)}


@pytest.mark.parametrize(
    "text",
    [
        "[ward]\nchain_id = 7",
        '[ward]\nchain_id = "seven"\nrpc_urls = ["http://a"]',
        "[ward]\nchain_id = 7\nrpc_urls = []",
        '[ward]\nchain_id = 7\nrpc_urls = ["http://a"]\nrpc_url = "typo"',
        "chain_id = 7",
        "[ward",
    ],
)
def test_load_networks_from_a_bad_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "networks.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_networks(path)


def test_load_networks_from_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_networks(tmp_path / "networks.toml")


def test_find_network_unknown_names_the_known_ones() -> None:
    assert find_network("local").chain_id == 31337
    with pytest.raises(ConfigError, match="'moon'; known: local"):
        find_network("moon")
