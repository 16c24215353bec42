"""Who is asking: what a named proxy forwards is believed, what anybody else claims is not."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask, request
from server.fakes import ORIGIN

from pmr.errors import ConfigError
from pmr.server.services import Services
from pmr.web.app import create_app
from pmr.web.proxies import asker, neighbourhood, parse_proxies

PROXY, CLIENT = "10.0.0.1", "203.0.113.7"
TRUSTED = parse_proxies("10.0.0.0/24, 10.9.9.9, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"6.6.6.6, {CLIENT}", CLIENT),
        (PROXY, f"6.6.6.6,{CLIENT}, 10.0.0.2", CLIENT),
        (PROXY, f"{CLIENT}, 10.9.9.9 ,10.0.0.2", CLIENT),
        (PROXY, f"10.0.0.3, {CLIENT}", CLIENT),
        (PROXY, "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (PROXY, "", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{CLIENT}, unknown, 10.0.0.2", "10.0.0.2"),
        (PROXY, f"{CLIENT}, ", PROXY),
        (PROXY, f"{CLIENT}:4711", PROXY),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, f"::ffff:{CLIENT}", CLIENT),
        ("fd00::1", CLIENT, CLIENT),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        ("10.0.1.1", CLIENT, "10.0.1.1"),
        (CLIENT, PROXY, CLIENT),
        ("", CLIENT, ""),
    ],
)
def test_asker_is_the_last_that_is_no_trusted_proxy(peer: str, forwarded: str, found: str) -> None:
    assert asker(peer, forwarded, TRUSTED) == found


def test_asker_without_trusted_proxies_is_the_peer() -> None:
    assert asker(PROXY, CLIENT, ()) == PROXY


def test_neighbourhood_of_ipv6_is_what_one_machine_may_choose_from() -> None:
    assert neighbourhood("2001:db8:0:1::1") == neighbourhood("2001:db8:0:1:ffff::2")
    assert neighbourhood("2001:db8:0:1::1") != neighbourhood("2001:db8:0:2::1")
    assert neighbourhood(CLIENT) == CLIENT
    assert neighbourhood("unknown") == "unknown"


def test_parse_proxies_takes_addresses_and_networks() -> None:
    assert parse_proxies(" 10.0.0.0/24 ,::1,") == (ip_network("10.0.0.0/24"), ip_network("::1"))
    assert parse_proxies("") == ()


@pytest.mark.parametrize("text", ["nginx", "10.0.0.1/24", "10.0.0", "10.0.0.1;10.0.0.2", "*"])
def test_parse_proxies_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        parse_proxies(text)


@pytest.fixture
def echo(services: Services) -> Flask:
    """The application behind a proxy, with a view that shows what views see."""
    app = create_app(services, TRUSTED)

    def seen() -> dict[str, Any]:
        claims = [name for name, _ in request.headers if name.startswith(("X-", "Forwarded"))]
        return {"client": request.remote_addr, "secure": request.is_secure, "claims": claims}

    app.add_url_rule("/seen", view_func=seen)
    return app


CLAIMS = {
    "X-Forwarded-For": CLIENT,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": CLIENT,
    "Forwarded": f"for={CLIENT};proto=https",
    "X-Request-ID": "chosen-0123",
}


def _seen(app: Flask, peer: str, claims: dict[str, str]) -> dict[str, Any]:
    answer = app.test_client().get("/seen", headers=claims, environ_overrides={"REMOTE_ADDR": peer})
    return dict(answer.get_json()) | {"id": answer.headers["X-Request-ID"]}


def test_claims_of_a_trusted_proxy_are_believed(echo: Flask) -> None:
    seen = _seen(echo, PROXY, CLAIMS)
    assert seen == {"client": CLIENT, "secure": True, "claims": ["X-Request-Id"], "id": "chosen-0123"}


def test_claims_of_anybody_else_reach_no_view(echo: Flask) -> None:
    seen = _seen(echo, "10.0.1.1", CLAIMS)
    assert seen["id"] != "chosen-0123"
    assert (seen["client"], seen["secure"], seen["claims"]) == ("10.0.1.1", False, [])


def test_claims_when_no_proxy_is_named_reach_no_view(services: Services) -> None:
    answer = create_app(services).test_client().get("/healthz", headers=CLAIMS)
    assert answer.headers["X-Request-ID"] != "chosen-0123"
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("name", ["short", "a" * 65, "with space", 'quote"quote', "new%0aline", ""])
def test_request_id_of_a_trusted_proxy_that_is_none_is_not_taken(echo: Flask, name: str) -> None:
    assert _seen(echo, PROXY, {"X-Request-ID": name})["id"] != name


@pytest.mark.parametrize("scheme", ["http", "HTTPS", "http, https", "https, http", "gopher", ""])
def test_scheme_of_a_trusted_proxy_is_the_one_that_it_saw(echo: Flask, scheme: str) -> None:
    expected = scheme.lower().split(", ")[-1] == "https"
    assert _seen(echo, PROXY, {"X-Forwarded-Proto": scheme})["secure"] == expected


def test_strict_transport_security_behind_a_proxy_is_for_tls_alone(echo: Flask) -> None:
    for scheme, present in (("https", True), ("http", False)):
        headers = {"X-Forwarded-Proto": scheme}
        answer = echo.test_client().get(
            "/", headers=headers, environ_overrides={"REMOTE_ADDR": PROXY}, base_url="http://records.example"
        )
        assert ("Strict-Transport-Security" in answer.headers) is present


def test_origin_counts_whatever_host_a_request_names(app: Flask) -> None:
    headers = {"Host": "evil.example", "Origin": "https://evil.example"}
    assert app.test_client().post("/api/session/challenge", json={}, headers=headers).status_code == 403
    headers["Origin"] = ORIGIN
    assert app.test_client().post("/api/session/challenge", json={}, headers=headers).status_code == 400
