"""Metrics tell how the server does, and nothing of whom it serves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from server.fakes import CHAIN_ID, FakeChain, FakeClock

from pmr.content.block import Block
from pmr.content.cid import RAW
from pmr.server.services import Services
from pmr.web.app import create_app
from pmr.web.metrics import Metrics
from web.actors import Actor

Read = Callable[..., float]


@pytest.fixture
def metrics(services: Services) -> Metrics:
    return Metrics(services)


@pytest.fixture
def app(services: Services, metrics: Metrics) -> Flask:
    return create_app(services, metrics=metrics)


@pytest.fixture
def read(metrics: Metrics) -> Read:
    def one(name: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(name, labels) or 0.0

    return one


def _story(app: Flask, chain: FakeChain) -> Actor:
    """An account that uploads, pins, registers and reads, and asks for much that is not there."""
    alice = Actor(app, 1).signed_in()
    root = Block.of(RAW, os.urandom(1000))
    alice.upload([root])
    record = chain.create(alice.address, root.cid.digest)
    for path in (
        f"/api/records/{record}",
        f"/api/records/{record}/blocks/{root.cid}",
        f"/api/{alice.address}",
        f"/{root.cid}?{alice.token}",
        "/api/vault",
        "/api/session",
    ):
        alice.call("GET", path)
    alice.call(f"X{alice.address[2:]}".upper(), "/api/session")
    alice.sign_in(signature="0x" + "11" * 65)
    return alice


def test_labels_after_a_story_hold_no_account_record_or_block(
    app: Flask, chain: FakeChain, services: Services, metrics: Metrics
) -> None:
    _story(app, chain)
    services.measures.take()
    families = list(text_string_to_metric_families(generate_latest(metrics.registry).decode()))
    values = {value for family in families for sample in family.samples for value in sample.labels.values()}
    assert "pmr_requests" in {family.name for family in families}
    assert "/api/session" in values
    free = {str(CHAIN_ID), services.version, "none", "other", "ok", "failed", "index", "collect", "+Inf"}
    known = free | {rule.rule for rule in app.url_map.iter_rules()} | {"GET", "POST", "HEAD", "OPTIONS"}
    assert {v for v in values - known if not re.fullmatch(r"[1-5]xx|[\d.]+", v)} == set()
    assert not [value for value in values if re.search(r"0x\w{6}|baf[ky]|[0-9a-fA-F]{16}", value)]


def test_counts_of_a_story_are_those_of_the_story(
    app: Flask, chain: FakeChain, services: Services, read: Read
) -> None:
    _story(app, chain)
    assert read("pmr_sign_ins_total", outcome="ok") == 1
    assert read("pmr_sign_ins_total", outcome="failed") == 1
    assert read("pmr_blocks_stored_total") == 1
    assert read("pmr_block_bytes_stored_total") == 1000
    assert read("pmr_received_bytes_total") > 1000
    assert read("pmr_sent_bytes_total") > 100
    assert read("pmr_denied_total", route="none") == 2
    assert read("pmr_requests_total", route="none", method="other", status="4xx") == 1
    assert read("pmr_request_seconds_count", route="/api/blocks", method="POST") == 1


def test_state_is_that_of_the_last_look(
    app: Flask, chain: FakeChain, clock: FakeClock, services: Services, read: Read
) -> None:
    Actor(app, 1).signed_in().upload([Block.of(RAW, bytes(700)), Block.of(RAW, bytes(300))])
    chain.mine(7)
    services.measures.take()
    clock.now += 30
    assert (read("pmr_staged_blocks"), read("pmr_staged_bytes")) == (2, 1000)
    assert read("pmr_index_lag_blocks") == 8
    assert read("pmr_chain_head_age_seconds") == 30
    assert (read("pmr_chain_answers"), read("pmr_free_bytes")) == (1, 1 << 62)


def test_state_without_a_chain_says_so_and_keeps_growing_old(
    chain: FakeChain, clock: FakeClock, services: Services, read: Read
) -> None:
    services.measures.take()
    chain.away = True
    clock.now += 500
    services.measures.take()
    assert (read("pmr_chain_answers"), read("pmr_chain_head_age_seconds")) == (0, 500)


def test_request_beyond_the_limit_is_counted_as_limited(
    app: Flask, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    for _ in range(601):
        client.get("/healthz")
    assert read("pmr_limited_total", route="/healthz") == 1


def test_applications_of_one_process_count_each_for_itself(
    services: Services, read: Read, app: Flask
) -> None:
    other = Metrics(services)
    create_app(services, metrics=other).test_client().get("/healthz")
    labels = {"route": "/healthz", "method": "GET", "status": "2xx"}
    assert read("pmr_requests_total", **labels) == 0
    assert other.registry.get_sample_value("pmr_requests_total", labels) == 1
