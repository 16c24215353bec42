"""Answers of every kind become bytes or one `PmrError`. The transport is a stand-in: no socket."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
import requests
from client_fakes import wallet
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from pmr.client.api import Api, RecordState
from pmr.client.http import Http, problem_error
from pmr.client.serverconfig import check_server
from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.errors import (
    AccessError,
    BadBlock,
    ConfigError,
    NotFound,
    NotSignedIn,
    PmrError,
    RecordNotFound,
    ServerMismatch,
    ServerUnavailable,
    SignInFailed,
    StorageFull,
)
from pmr.types import Deployment, RecordId, parse_address

URL = "http://records.example:5000"
WALLET = wallet(1)
A1, B2, C3 = (parse_address("0x" + pair * 20) for pair in ("a1", "b2", "c3"))
DEPLOYMENT = Deployment(31337, A1, B2, C3, 4)
TEXT = (
    f"records.example:5000 wants you to sign in with your Ethereum account:\n{WALLET.address}\n\n\n"
    f"URI: {URL}\nVersion: 1\nChain ID: 31337\nNonce: 32891756\nIssued At: 2026-11-21T00:00:00Z"
)


class Server(BaseAdapter):
    """Answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Any] | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return _response(request, *answer)

    def close(self) -> None:
        pass


def _response(request: requests.PreparedRequest, status: int, body: Any) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    answer.request = request
    answer.url = str(request.url)
    if status in {301, 302, 307}:
        answer.headers["Location"] = "http://evil.example"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer.raw = HTTPResponse(BytesIO(data), preload_content=False)
    return answer


def http(server: Server) -> Http:
    session = requests.Session()
    session.mount("http://", server)
    return Http(URL, session)


def api(server: Server) -> Api:
    return Api(http(server), WALLET, 31337)


def problem(slug: str, detail: str = "") -> dict[str, Any]:
    return {"type": f"urn:pmr:problem:{slug}", "title": "t", "status": 0, "detail": detail}


SIGN_IN = ((200, {"id": "i", "message": TEXT, "expires": 1}), (200, {"token": "secret-token"}))


@pytest.mark.parametrize(
    "url", ["ftp://x", "records.example", "http://", "http://x/path", "http://x?q=1", ""]
)
def test_http_with_another_form_of_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Http(url)


def test_call_gives_the_body() -> None:
    assert http(Server((200, b"body"))).call("GET", "/x") == b"body"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, problem("not-found"), NotFound),
        (404, problem("record-not-found", "it"), RecordNotFound),
        (507, problem("storage-full"), StorageFull),
        (403, b"<html>", AccessError),
        (404, b"[]", NotFound),
        (404, {"type": "about:blank"}, NotFound),
        (500, b"\xff", ServerUnavailable),
        (502, {"type": 7}, ServerUnavailable),
        (302, b"", ServerUnavailable),
    ],
)
def test_call_that_is_refused_raises_what_the_problem_names(
    status: int, body: Any, error: type[PmrError]
) -> None:
    with pytest.raises(error) as caught:
        http(Server((status, body))).call("GET", "/x")
    assert type(caught.value) is error


def test_problem_keeps_the_detail() -> None:
    assert problem_error(404, json.dumps(problem("record-not-found", "0x1/7")).encode()).detail == "0x1/7"


@pytest.mark.parametrize(
    "failure", [requests.ConnectionError(), requests.Timeout(), requests.RequestException()]
)
def test_call_without_an_answer_says_what_to_do(failure: Exception) -> None:
    with pytest.raises(ServerUnavailable, match="pmr check"):
        http(Server(failure)).call("GET", "/x")


def test_call_with_too_long_an_answer_stops() -> None:
    with pytest.raises(ServerUnavailable):
        http(Server((200, bytes(1001)))).call("GET", "/x", limit=1000)


def test_json_that_is_none_is_refused() -> None:
    with pytest.raises(ServerUnavailable):
        http(Server((200, b"<html>"))).json("GET", "/x")


def test_api_signs_in_once_and_sends_the_token() -> None:
    server = Server(*SIGN_IN, (200, {"missing": []}), (200, {"missing": []}))
    session = api(server)
    session.missing([])
    session.missing([])
    assert [str(one.path_url) for one in server.asked] == [
        "/api/session/challenge",
        "/api/session",
        "/api/blocks/missing",
        "/api/blocks/missing",
    ]
    assert server.asked[-1].headers["Authorization"] == "Bearer secret-token"


def test_api_signs_in_again_when_its_session_ended() -> None:
    ended = (401, problem("not-signed-in"))
    server = Server(*SIGN_IN, (200, {"missing": []}), ended, *SIGN_IN, (200, {"missing": []}))
    session = api(server)
    session.missing([])
    assert session.missing([]) == []


def test_api_that_is_never_let_in_gives_up() -> None:
    ended = (401, problem("not-signed-in"))
    with pytest.raises(NotSignedIn):
        api(Server(*SIGN_IN, ended)).missing([])


def test_api_signs_no_text_of_another_site() -> None:
    server = Server((200, {"id": "i", "message": TEXT.replace("records.", "evil."), "expires": 1}))
    with pytest.raises(SignInFailed):
        api(server).missing([])
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [[], {}, {"id": 1, "message": TEXT}, {"id": "i"}, None])
def test_api_with_an_odd_challenge_says_so(answer: Any) -> None:
    with pytest.raises(ServerUnavailable):
        api(Server((200, answer))).sign_in()


@pytest.mark.parametrize("answer", [[], {}, {"missing": "x"}, {"missing": ["Qm"]}, {"missing": [1]}])
def test_missing_with_an_odd_answer_says_so(answer: Any) -> None:
    with pytest.raises(ServerUnavailable):
        api(Server(*SIGN_IN, (200, answer))).missing([])


def test_missing_gives_the_cids() -> None:
    cid = Cid.of(RAW, b"x")
    assert api(Server(*SIGN_IN, (200, {"missing": [str(cid)]}))).missing([cid]) == [cid]


def test_record_block_that_is_another_is_refused() -> None:
    with pytest.raises(BadBlock):
        api(Server(*SIGN_IN, (200, b"other"))).record_block(RecordId(WALLET.address, 0), Cid.of(RAW, b"x"))


def test_record_block_asks_by_owner_position_and_cid() -> None:
    block = Block.of(DAG_PB, b"x")
    server = Server(*SIGN_IN, (200, b"x"))
    assert api(server).record_block(RecordId(WALLET.address, 7), block.cid) == b"x"
    assert server.asked[-1].path_url == f"/api/records/{WALLET.address}/7/blocks/{block.cid}"


def test_upload_and_pin_send_their_bytes() -> None:
    server = Server(*SIGN_IN, (200, {}), (201, {}), (204, b""), (200, b"v"))
    session, root = api(server), Cid.of(DAG_PB, b"x")
    session.upload(b"car")
    session.pin(root)
    session.put_vault(b"vault")
    assert session.vault() == b"v"
    upload, pin, put, _ = server.asked[2:]
    assert upload.body == b"car"
    assert upload.headers["Content-Type"] == "application/vnd.ipld.car"
    assert pin.body == json.dumps({"cid": str(root)}).encode()
    assert (put.method, put.body) == ("PUT", b"vault")


def config(**changes: Any) -> dict[str, Any]:
    named = {
        "chainId": 31337,
        "registry": DEPLOYMENT.registry,
        "keyDirectory": DEPLOYMENT.key_directory,
        "forwarder": DEPLOYMENT.forwarder,
        "block": 4,
    }
    return named | changes


def test_check_server_of_our_deployment_passes() -> None:
    check_server(http(Server((200, config()))), DEPLOYMENT)


@pytest.mark.parametrize("name", ["chainId", "registry", "keyDirectory", "forwarder"])
def test_check_server_with_anything_else_is_refused(name: str) -> None:
    for answer in (config(**{name: "0x" + "66" * 20}), {k: v for k, v in config().items() if k != name}):
        with pytest.raises(ServerMismatch, match=name):
            check_server(http(Server((200, answer))), DEPLOYMENT)


def test_record_state_is_what_the_server_says() -> None:
    said = {"served": True, "envelope": None, "withoutEnvelope": [WALLET.address]}
    found = api(Server(*SIGN_IN, (200, said))).record_state(RecordId(WALLET.address, 7))
    assert found == RecordState(served=True, envelope=None, without_envelope=(WALLET.address,))


@pytest.mark.parametrize("said", [{}, [], {"served": True, "envelope": None, "withoutEnvelope": ["0x1"]}])
def test_record_state_of_another_form_is_no_answer(said: object) -> None:
    with pytest.raises(ServerUnavailable):
        api(Server(*SIGN_IN, (200, said))).record_state(RecordId(WALLET.address, 7))
