"""Networks by name, from a TOML file."""

from dataclasses import fields, replace
from importlib import resources
from pathlib import Path

import pytest

from pmr.chain.network import Network, find_network, load_networks
from pmr.errors import ConfigError

SHIPPED = Path(str(resources.files("pmr.chain"))) / "networks.toml"
URL = ("http://127.0.0.1:8545",)


def test_load_networks_shipped_has_the_local_chain_with_no_wait_and_no_age() -> None:
    local = Network("local", 31337, URL, confirmations=0, max_head_age=None, local=True)
    assert load_networks()["local"] == local
    assert load_networks()["hardhat"] == replace(local, name="hardhat")


def test_load_networks_shipped_has_testnets_with_spare_endpoints_and_explorers() -> None:
    public = {name: network for name, network in load_networks().items() if not network.local}
    assert {name: network.chain_id for name, network in public.items()} == {
        "sepolia": 11155111,
        "bsc-testnet": 97,
    }
    for network in public.values():
        assert len(set(network.rpc_urls)) >= 3
        assert all(url.startswith("https://") for url in (*network.rpc_urls, network.explorer))
        assert network.confirmations > 0
        assert network.max_head_age


def test_load_networks_of_the_example_in_the_comments_works(tmp_path: Path) -> None:
    lines = SHIPPED.read_text().splitlines()
    path = tmp_path / "networks.toml"
    example = [line[4:] for line in lines[lines.index("#   [ward]") :]]
    path.write_text("\n".join(example))
    assert load_networks(path)["ward"].coin == "GAS"


def test_networks_file_explains_every_field() -> None:
    text = SHIPPED.read_text()
    names = [field.name for field in fields(Network) if field.name not in ("name", "coin_name")]
    assert [name for name in names if f"#   {name} " not in text] == []


def test_load_networks_from_a_file_reads_every_field(tmp_path: Path) -> None:
    path = tmp_path / "networks.toml"
    path.write_text(
        """
        [ward]
        chain_id = 7
        rpc_urls = ["http://a", "http://b"]
        confirmations = 2
        max_head_age = 60
        coin = "GAS"
        coin_name = "gas"
        explorer = "https://x"
        local = true
        """
    )
    ward = Network("ward", 7, ("http://a", "http://b"), 2, 60, "GAS", "gas", "https://x", local=True)
    assert load_networks(path) == {"ward": ward}


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
    with pytest.raises(
        ConfigError, match=r"'moon' in networks\.toml; known: bsc-testnet, hardhat, local, sepolia"
    ):
        find_network("moon")
