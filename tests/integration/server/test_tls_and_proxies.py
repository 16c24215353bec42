"""The server over TLS of its own, behind a proxy that is named, and where neither is there."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from running_server import HOST, Server, chain_settings, read_all, running_server
from self_signed import write_certificate

from pmr.chain.node import accounts, free_port
from pmr.config import Config
from pmr.errors import ConfigError
from pmr.web.exposure import check_exposure

pytestmark = pytest.mark.integration
CLIENT = "203.0.113.9"
ORIGIN = "https://records.example"


@dataclass
class Secure:
    """A server with a certificate, as a browser would speak to it."""

    server: Server
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server.port}"

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a bundle named there would be trusted instead
        session.verify = str(self.certificate)
        session.headers["Origin"] = ORIGIN
        return session


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with chain_settings(tmp_path_factory.mktemp("hospital")) as file:
        yield file


@pytest.fixture(scope="module")
def secure(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = write_certificate(folder)
    given = {
        "PMR_TLS_CERTIFICATE": str(certificate),
        "PMR_TLS_KEY": str(key),
        "PMR_PUBLIC_URL": ORIGIN,
        "PMR_HOST": "0.0.0.0",
    }
    with running_server(settings, folder, given, "HEAD_SECONDS=1") as started:
        yield Secure(started, certificate)


def test_browser_over_tls_signs_in_and_out(secure: Secure) -> None:
    browser, wallet = secure.browser(), accounts()[1]
    asked = browser.post(f"{secure.url}/api/session/challenge", json={"address": wallet.address}, timeout=10)
    challenge = asked.json()
    assert asked.headers["Strict-Transport-Security"] == "max-age=31536000"
    signature = "0x" + wallet.sign_text(challenge["message"]).hex()
    body = {"id": challenge["id"], "signature": signature}
    assert "token" not in browser.post(f"{secure.url}/api/session", json=body, timeout=10).json()
    shown = browser.get(f"{secure.url}/api/session", timeout=10)
    assert shown.json()["address"] == wallet.address
    kind = {"Content-Type": "application/octet-stream"}
    vault = os.urandom(60_000)
    assert browser.put(f"{secure.url}/api/vault", data=vault, headers=kind, timeout=10).status_code == 204
    assert browser.get(f"{secure.url}/api/vault", timeout=10).content == vault
    assert browser.delete(f"{secure.url}/api/session", timeout=10).status_code == 204
    assert browser.get(f"{secure.url}/api/session", timeout=10).status_code == 401


def test_client_that_trusts_other_certificates_is_not_served(secure: Secure) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{secure.url}/healthz", timeout=10)


def test_plain_http_to_a_server_with_tls_is_not_answered(secure: Secure) -> None:
    assert b"200" not in secure.server.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_not_spoken(secure: Secure, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
    with secure.server.connect() as connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection)


@pytest.mark.parametrize("begun", [b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_handshake_that_never_ends_is_ended(secure: Secure, begun: bytes) -> None:
    with secure.server.connect() as connection:
        connection.sendall(begun)
        connection.settimeout(10)
        assert read_all(connection) == b""


def test_head_over_tls_that_never_ends_is_answered_408(secure: Secure) -> None:
    context = ssl.create_default_context(cafile=secure.certificate)
    with (
        secure.server.connect() as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET / HT")
        connection.settimeout(10)
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_log_of_a_server_with_tls_has_no_errors(secure: Secure) -> None:
    """Runs after the tests above."""
    assert {line["level"] for line in secure.server.lines()} == {"info"}


# --- behind a proxy


@pytest.fixture(scope="module")
def proxied(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    given = {"PMR_TRUSTED_PROXIES": HOST, "PMR_PUBLIC_URL": ORIGIN}
    with running_server(settings, tmp_path_factory.mktemp("proxied"), given) as started:
        yield started


def _ask(server: Server, path: str, claims: dict[str, str], source: str = HOST) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    return server.ask((head + "".join(f"{n}: {v}\r\n" for n, v in claims.items()) + "\r\n").encode(), source)


def _client(server: Server, path: str) -> object:
    [line] = [line for line in server.lines() if line.get("path") == path]
    return line["client"]


def test_client_that_a_named_proxy_forwards_is_logged(proxied: Server) -> None:
    claims = {
        "X-Forwarded-For": f"6.6.6.6, {CLIENT}",
        "X-Forwarded-Proto": "https",
        "X-Request-ID": "nginx-01",
    }
    answer = _ask(proxied, "/via-proxy", claims)
    assert b"Strict-Transport-Security: max-age" in answer
    assert b"X-Request-ID: nginx-01" in answer
    assert _client(proxied, "/via-proxy") == CLIENT


def test_client_that_somebody_else_forwards_is_not_believed(proxied: Server) -> None:
    claims = {"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https", "X-Request-ID": "nginx-02"}
    answer = _ask(proxied, "/direct", claims, source="127.0.0.2")
    assert b"Strict-Transport-Security" not in answer
    assert b"nginx-02" not in answer
    assert _client(proxied, "/direct") == "127.0.0.2"


def test_header_that_a_proxy_repeats_gives_the_last_client(proxied: Server) -> None:
    head = "GET /twice HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6\r\n"
    proxied.ask(f"{head}X-Forwarded-For: {CLIENT}\r\n\r\n".encode(), HOST)
    assert _client(proxied, "/twice") == CLIENT


def test_named_proxy_may_hold_more_connections_than_a_client(proxied: Server) -> None:
    held = [proxied.connect(HOST) for _ in range(200)]
    time.sleep(0.3)
    for connection in held:
        connection.settimeout(0.001)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.close()


# --- neither


def _check(certificate: object, key: object, **rest: str) -> None:
    check_exposure(Config(tls_certificate=str(certificate), tls_key=str(key), **rest))  # type: ignore[arg-type]  # texts


def test_check_exposure_with_a_certificate_passes(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    _check(certificate, key, host="0.0.0.0")
    _check(certificate, key, host="0.0.0.0", public_url="https://records.example")
    with pytest.raises(ConfigError, match="public_url must begin with https"):
        _check(certificate, key, public_url="http://127.0.0.1:5000")


def test_check_exposure_with_a_certificate_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    other, locked = (
        write_certificate(tmp_path, "other")[1],
        write_certificate(tmp_path, "locked", b"secret")[1],
    )
    (tmp_path / "junk").write_text("junk")
    gone, junk = tmp_path / "gone", tmp_path / "junk"
    for wrong in (other, locked, gone, junk, tmp_path, ""):
        with pytest.raises(ConfigError, match="cannot be used"):
            _check(certificate, wrong)
    for wrong in (gone, junk, tmp_path, ""):
        with pytest.raises(ConfigError, match="cannot be used"):
            _check(wrong, key, public_url=ORIGIN)


def test_serve_in_the_clear_on_the_network_is_refused(settings: Path, tmp_path: Path) -> None:
    code = "from pmr.config import Config; from pmr.web.serve import serve; serve(Config.load())"
    given = {"PMR_CONFIG": str(settings), "PMR_HOST": "0.0.0.0", "PMR_PORT": str(free_port())}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | given, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode
    assert b"tls_certificate and tls_key, or name the reverse proxy in trusted_proxies" in ended.stderr
