"""The description of the API is true: its routes, its examples, and what programs that follow it are told."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from eth_account import Account
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from server.fakes import FakeChain, FakeClock, make_services

from pmr.content.car import pack
from pmr.errors import PmrError
from pmr.web.app import create_app
from pmr.web.blocks import CAR
from web.actors import Actor, leaf

DOCUMENT = json.loads((Path(__file__).resolve().parents[3] / "pmr" / "web" / "openapi.json").read_text())
HELD = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]


def test_description_is_openapi() -> None:
    OPENAPI_31_VALIDATOR.validate(DOCUMENT)


def test_description_names_every_route_and_no_other(app: Flask) -> None:
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    routes = {
        (method, re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routes


def test_description_is_what_the_server_gives(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/api/openapi.json")
    assert answer.get_json() == DOCUMENT
    again = client.get("/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", [n for n, s in DOCUMENT["components"]["schemas"].items() if "examples" in s])
def test_example_of_an_answer_is_of_its_shape(name: str) -> None:
    shape = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    for example in DOCUMENT["components"]["schemas"][name]["examples"]:
        jsonschema_rs.validator_for(shape).validate(example)


def test_description_names_problems_that_there_are() -> None:
    named = set(re.findall(r"urn:pmr:problem:([\w-]+)", json.dumps(DOCUMENT["components"]["responses"])))
    assert named <= {kind.slug() for kind in _tree(PmrError)}
    assert len(named) > 25


def _tree(kind: type[PmrError]) -> list[type[PmrError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _tree(child))]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A server for all of the requests that are made up: some of them succeed, and leave things behind."""
    yield from _serve(tmp_path_factory.mktemp("served"))


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Flask]:
    """A server that nobody has asked anything."""
    yield from _serve(tmp_path)


def _serve(folder: Path) -> Iterator[Flask]:
    """Serve over a chain with a record."""
    clock = FakeClock()
    chain = FakeChain(clock)
    services = make_services(folder, chain, clock)
    app = create_app(services)
    record = chain.create(Actor(app, 1).address, os.urandom(32))
    chain.grant(record, Actor(app, 2).address, os.urandom(32))
    services.follower.step()
    yield app
    services.close()


@pytest.fixture(params=["signed in", "a stranger"])
def headers(served: Flask, request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "a stranger":
        return {}
    return {"Authorization": f"Bearer {Actor(served, 1).signed_in().token}"}


schemathesis.serializer.alias(CAR, "application/octet-stream")
QUICK = settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
DEEP = settings(QUICK, max_examples=60)
CONFIG = SchemathesisConfig.from_dict({"generation": {"deterministic": True, "database": "none"}})
made_up = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@made_up.parametrize()
@QUICK
def test_request_that_is_made_up_is_answered_as_described(
    case: Case[Any], served: Flask, headers: dict[str, str]
) -> None:
    case.validate_response(case.call(app=served, headers=headers), checks=HELD)


@pytest.mark.slow
@made_up.parametrize()
@DEEP
def test_many_requests_that_are_made_up_are_answered_as_described(
    case: Case[Any], served: Flask, headers: dict[str, str]
) -> None:
    case.validate_response(case.call(app=served, headers=headers), checks=HELD)


OWNER = Account.from_key((1).to_bytes(32, "big")).address
PLACE = {"owner": OWNER, "position": 0}
GOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/api/session/challenge", {"body": {"address": OWNER}}),
    ("get", "/api/session", {}),
    ("get", "/api/account", {}),
    ("post", "/api/blocks", {"body": b"".join(pack([leaf(b"sealed")]))}),
    ("post", "/api/blocks/missing", {"body": {"cids": [str(leaf(b"other").cid)]}}),
    ("post", "/api/pins", {"body": {"cid": str(leaf(b"sealed").cid)}}),
    ("get", "/api/records", {"query": {"owner": OWNER}}),
    ("get", "/api/records/{owner}/{position}", {"path_parameters": PLACE}),
    ("get", "/api/records/{owner}/{position}/history", {"path_parameters": PLACE, "query": {"limit": 1}}),
    ("get", "/api/events", {"query": {"account": OWNER, "limit": 200}}),
    ("put", "/api/vault", {"body": b"sealed"}),
    ("get", "/api/vault", {}),
    ("get", "/api/config", {}),
    ("get", "/readyz", {}),
    ("delete", "/api/session", {}),
]


def test_request_that_succeeds_is_answered_as_described(untouched: Flask) -> None:
    headers = {"Authorization": f"Bearer {Actor(untouched, 1).signed_in().token}"}
    for method, path, given in GOOD:
        case = made_up[path][method].Case(**given)
        answer = case.call(app=untouched, headers=headers)
        assert answer.status_code in {200, 201, 204}, (path, answer.text)
        case.validate_response(answer, checks=HELD[:5])
        told = answer.json().get("items") if path.startswith("/api/events") else ["something"]
        assert told
