"""`pmr check` and Prometheus against a server as a hospital runs it, over TLS."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from running_server import HOST, chain_settings, running_server
from self_signed import write_certificate

from pmr.chain.node import accounts, free_port
from pmr.cli.check import Finding, run_checks
from pmr.client.api import Api
from pmr.client.http import Http
from pmr.client.upload import Upload
from pmr.config import Config
from pmr.content.unixfs import encode_directory, import_file
from pmr.errors import ForeignPage, PmrError, ServerUnavailable, StorageDamaged, UnsafeConnection, WrongClock

pytestmark = pytest.mark.integration


@dataclass
class Hospital:
    """What somebody on its machine has configured."""

    config: Config
    folder: Path

    def failing(self, config: Config | None = None, *, ui: bool = False) -> dict[str, type[PmrError]]:
        """The kinds of error by the names of the checks that failed."""
        return {one.name: type(one.error) for one in self.found(config, ui=ui).values() if one.error}

    def found(self, config: Config | None = None, *, ui: bool = False) -> dict[str, Finding]:
        return {one.name: one for one in run_checks(config or self.config, ui=ui, whole=True)}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("hospital")
    certificate, key = write_certificate(folder, days=90)
    metrics = free_port()
    with chain_settings(folder) as file:
        port = free_port()
        given = {
            "PMR_TLS_CERTIFICATE": str(certificate),
            "PMR_TLS_KEY": str(key),
            "PMR_PUBLIC_URL": f"https://localhost:{port}",
            "PMR_SERVER_CA": str(certificate),
            "PMR_METRICS_PORT": str(metrics),
        }
        with running_server(file, folder, given, port=port):
            config = Config.load(given | {"PMR_CONFIG": str(file), "PMR_PORT": str(port)})
            _fill(config)
            yield Hospital(config, folder)


def _fill(config: Config) -> None:
    http = Http(config.public_address, ca=config.server_ca)
    upload = Upload(Api(http, accounts()[1], 31337))
    nodes = {"0": import_file([os.urandom(1 << 20), os.urandom(4096)], upload.put)}
    root = encode_directory(nodes)
    upload.put(root)
    upload.finish(root.cid)


_now = time.time


def test_check_of_a_whole_deployment_finds_everything_well(hospital: Hospital) -> None:
    found = hospital.found(ui=True)
    assert {name: one.text for name, one in found.items() if one.error} == {}
    assert "1 of 1 pinned" in found["content"].text
    assert "TLSv1.3" in found["connection"].text
    assert "sha256" in found["page"].text


def test_check_of_a_lost_block_fails_content_alone(hospital: Hospital) -> None:
    [large] = [p for p in (hospital.folder / "content" / "blocks").glob("*/*") if p.stat().st_size == 1 << 20]
    data = large.read_bytes()
    large.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    try:
        assert hospital.failing() == {"content": StorageDamaged}
    finally:
        large.write_bytes(data)


def test_check_of_a_lost_pin_fails_content_alone(hospital: Hospital) -> None:
    [pin] = (hospital.folder / "content" / "pins").iterdir()
    count = pin.read_bytes()
    pin.unlink()
    try:
        assert hospital.failing() == {"content": StorageDamaged}
    finally:
        pin.write_bytes(count)


def test_check_away_from_the_state_leaves_content_out(hospital: Hospital, tmp_path: Path) -> None:
    deployments = hospital.folder / "deployments" / "31337.json"
    away = replace(hospital.config, state=tmp_path, deployment=str(deployments))
    assert "content" not in hospital.found(away)
    assert hospital.failing(away) == {}


def test_check_with_a_wrong_clock_fails_clocks(hospital: Hospital) -> None:
    with patch("pmr.cli.probes.time.time", lambda: _now() + 300):
        assert hospital.failing() == {"clocks": WrongClock}


def test_check_of_a_certificate_that_ends_soon_or_is_strange_fails_the_connection(
    hospital: Hospital, tmp_path: Path
) -> None:
    with patch("pmr.cli.probes.DAYS_LEFT", 91):
        assert hospital.failing() == {"connection": UnsafeConnection}
    other, _ = write_certificate(tmp_path)
    strange = hospital.failing(replace(hospital.config, server_ca=str(other)))
    assert strange["connection"] is UnsafeConnection
    assert strange["server"] is ServerUnavailable


def test_check_of_plain_http_on_the_network_fails_the_connection(hospital: Hospital) -> None:
    address = next(info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET))
    plain = replace(hospital.config, server_url=f"http://{address}:9", server_ca="")
    if not str(address).startswith("127."):
        assert hospital.failing(plain)["connection"] is UnsafeConnection


def test_check_of_another_page_names_the_file(hospital: Hospital, tmp_path: Path) -> None:
    from pmr.web.bundle import installed_files  # noqa: PLC0415 - taken before it is replaced
    from pmr.web.page import FOLDER  # noqa: PLC0415

    shutil.copytree(FOLDER, tmp_path / "static")
    (tmp_path / "static" / "index.html").write_text("<!doctype html>")
    files = installed_files(tmp_path / "static")
    with patch("pmr.cli.probes.installed_files", lambda: files):
        found = hospital.found(ui=True)["page"]
    assert isinstance(found.error, ForeignPage)
    assert "index.html" in found.text
    assert "icon.svg" not in found.text


def test_metrics_are_on_their_own_port_alone(hospital: Hospital) -> None:
    config = hospital.config
    text = requests.get(f"http://{HOST}:{config.metrics_port}/metrics", timeout=10).text
    values = {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples}
    assert values["pmr_pinned_roots"] >= 0
    assert values["pmr_chain_answers"] == 1
    assert values["pmr_blocks_stored_total"] == 4
    public = requests.get(f"{config.public_address}/metrics", timeout=10, verify=config.server_ca)
    assert public.status_code == 404
