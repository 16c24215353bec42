"""What a server must be told before it listens beyond this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmr.config import Config
from pmr.errors import ConfigError
from pmr.web.exposure import check_exposure

PROXY = "10.0.0.1"


def _check(**settings: str) -> None:
    check_exposure(
        Config.load({f"PMR_{name.upper()}": value for name, value in settings.items()}, Path("none"))
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "127.1.2.3"},
        {"public_url": "http://localhost:5000"},
        {"host": "0.0.0.0", "public_url": "https://records.example", "trusted_proxies": PROXY},
        {"public_url": "https://records.example", "trusted_proxies": "127.0.0.1"},
        {"host": "0.0.0.0", "public_url": "http://127.0.0.1:8080", "trusted_proxies": "172.16.0.0/12"},
    ],
)
def test_check_exposure_of_what_stays_here_or_goes_over_tls_passes(settings: dict[str, str]) -> None:
    _check(**settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "records.example", "128.0.0.1"])
@pytest.mark.parametrize("url", ["", "http://records.example", "http://localhost"])
def test_check_exposure_of_plain_http_to_the_network_is_refused(host: str, url: str) -> None:
    with pytest.raises(ConfigError, match="plain http to the network"):
        _check(host=host, public_url=url)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_check_exposure_of_a_proxy_that_nobody_named_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"nobody speaks TLS.*trusted_proxies"):
        _check(host=host, public_url="https://records.example")


def test_check_exposure_of_a_proxy_without_tls_is_refused() -> None:
    with pytest.raises(ConfigError, match="public_url must begin with https"):
        _check(public_url="http://records.example", trusted_proxies=PROXY)


def test_check_exposure_with_a_malformed_proxy_is_refused() -> None:
    with pytest.raises(ConfigError, match="trusted_proxies must be"):
        _check(trusted_proxies="nginx")


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:5000"),
        ({"tls_certificate": "x"}, "https://127.0.0.1:5000"),
        ({"host": "::1"}, "http://[::1]:5000"),
        ({"public_url": "https://records.example"}, "https://records.example"),
    ],
)
def test_public_address_follows_from_host_and_tls(settings: dict[str, str], url: str) -> None:
    assert Config(**settings).public_address == url  # type: ignore[arg-type]  # text settings alone
