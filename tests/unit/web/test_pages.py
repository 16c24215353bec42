"""The page, the configuration and the state of health."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from server.fakes import DEPLOYMENT, FakeChain, FakeClock, make_services

from pmr.web.app import create_app

ROOT = Path(__file__).resolve().parents[3]


def test_config_names_the_chain_and_the_contracts(app: Flask) -> None:
    config = app.test_client().get("/api/config").get_json()
    version = config.pop("version")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert config == {
        "network": "test",
        "chainId": 31337,
        "registry": DEPLOYMENT.registry,
        "keyDirectory": DEPLOYMENT.key_directory,
        "forwarder": DEPLOYMENT.forwarder,
        "block": 0,
        "maxHeadAge": None,
        "confirmations": 0,
        "coin": "ETH",
        "explorer": "",
        "rpcUrls": ["https://rpc.example:8545"],
    }


def test_healthz_answers_without_a_chain(app: Flask, chain: FakeChain) -> None:
    chain.away = True
    assert app.test_client().get("/healthz").get_json() == {"status": "ok"}


def test_readyz_when_all_is_well_says_so(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "ready", "checks": {"chain": "ok", "store": "ok", "index": "ok", "space": "ok"}},
    )


def test_readyz_without_a_chain_names_it(app: Flask, chain: FakeChain) -> None:
    chain.away = True
    answer = app.test_client().get("/readyz")
    checks = answer.get_json()["checks"]
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")
    assert checks["chain"] == checks["index"] == "The chain cannot be reached."
    assert checks["store"] == "ok"


def test_readyz_without_contracts_names_them(app: Flask, chain: FakeChain) -> None:
    chain.deployed = False
    assert "not deployed" in app.test_client().get("/readyz").get_json()["checks"]["chain"]


def test_readyz_with_an_index_far_behind_names_it(app: Flask, chain: FakeChain) -> None:
    app.extensions["pmr"].follower.step()
    chain.mine(20)
    assert app.test_client().get("/readyz").status_code == 200
    chain.mine(1)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["index"]) == (
        503,
        "The index is 21 blocks behind.",
    )


def test_readyz_with_a_store_that_cannot_be_written_names_it(
    tmp_path: Path, chain: FakeChain, clock: FakeClock
) -> None:
    services = make_services(tmp_path, chain, clock)
    drafts = tmp_path / "content" / "drafts"
    drafts.rmdir()
    drafts.write_text("in the way")
    answer = create_app(services).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["store"] != "ok"
    services.close()


def test_page_keeps_the_content_security_policy(app: Flask) -> None:
    html = app.test_client().get("/").get_data(as_text=True)
    assert not re.search(r"<style|style=|\son\w+=|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", html)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", html)
    sources = "".join(path.read_text() for path in (ROOT / "frontend" / "src").rglob("*.ts*"))
    forbidden = r"innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b(?!\.setProperty)"
    assert not re.search(forbidden, sources)


def test_page_finds_everything_that_it_names(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/")
    assert answer.content_type.startswith("text/html")
    named = re.findall(r"(?:src|href)=\"(/[^\"]*)\"", answer.get_data(as_text=True))
    assert len(named) >= 2
    assert {client.get(path).status_code for path in named} == {200}


@pytest.mark.parametrize(("ending", "kind"), [(".css", "text/css"), (".js", "text/javascript")])
def test_asset_has_the_type_that_nosniff_demands(app: Flask, ending: str, kind: str) -> None:
    client = app.test_client()
    named = re.findall(rf'"(/assets/[^"]*\{ending})"', client.get("/").get_data(as_text=True))
    assert named
    assert all(client.get(path).content_type.startswith(kind) for path in named)


def test_api_page_names_every_route_and_no_other(app: Flask) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z]+ /\S*)`", page, re.MULTILINE))
    routes = {
        f"{method} {rule.rule.replace('<path:name>', '<name>')}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(("/assets/", "/icon"))
    }
    assert documented == routes
