"""Endpoints are asked in turn, believed only on the right chain, and named without their secrets."""

from typing import Any

import pytest
import requests
from web3.providers import HTTPProvider

from pmr.chain.connection import Head, connect, fresh_head, head
from pmr.errors import ChainError, ChainUnavailable, StaleHead, WrongChain


class Internet:
    """What each URL answers, in place of sockets."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []

    def answer(self, provider: HTTPProvider, method: str, params: Any) -> Any:
        url = str(provider.endpoint_uri)
        self.asked.append((url, method))
        found = self.answers[url]
        if callable(found):
            found = found(method, params)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    net = Internet()

    def answer(provider: HTTPProvider, method: str, params: Any) -> Any:
        return net.answer(provider, method, params)

    monkeypatch.setattr(HTTPProvider, "make_request", answer)
    return net


def serving(chain_id: int, block: dict[str, Any] | None = None, error: str = "") -> Any:
    def answer(method: str, params: Any) -> Any:
        if method == "eth_chainId":
            return {"jsonrpc": "2.0", "id": 1, "result": hex(chain_id)}
        if error:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": error}}
        return {"jsonrpc": "2.0", "id": 1, "result": block}

    return answer


BLOCK = {"number": "0x7", "hash": "0x" + "aa" * 32, "timestamp": "0x64", "extraData": "0x" + "00" * 97}


def test_connect_to_a_node_of_the_chain_gives_its_head(internet: Internet) -> None:
    internet.answers["http://a"] = serving(7, BLOCK)
    assert head(connect(["http://a"], 7)) == Head(7, b"\xaa" * 32, 100)


def test_connect_to_another_chain_is_refused(internet: Internet) -> None:
    internet.answers["http://a"] = serving(8)
    with pytest.raises(WrongChain, match="http://a serves chain 8, not 7"):
        connect(["http://a"], 7)


def test_connect_when_the_first_is_down_uses_the_second(internet: Internet) -> None:
    internet.answers = {"http://a": requests.ConnectionError(), "http://b": serving(7, BLOCK)}
    assert head(connect(["http://a", "http://b"], 7)).number == 7


def test_connect_never_believes_a_second_endpoint_of_another_chain(internet: Internet) -> None:
    internet.answers = {"http://a": serving(7, BLOCK), "http://b": serving(8, BLOCK)}
    w3 = connect(["http://a", "http://b"], 7)
    internet.answers["http://a"] = requests.Timeout()
    with pytest.raises(
        ChainUnavailable, match=r"http://a does not answer in time.*http://b serves chain 8, not 7"
    ):
        head(w3)


def test_connect_past_endpoints_that_will_not_do_tells_each_reason_once(internet: Internet) -> None:
    internet.answers = {
        "http://dead": requests.ConnectionError(),
        "http://other/key": serving(8),
        "http://late": requests.Timeout(),
        "http://full": requests.HTTPError(response=response(429)),
        "http://web": {"html": True},
        "http://good": serving(7, BLOCK),
    }
    told: list[str] = []
    w3 = connect(list(internet.answers), 7, told.append)
    assert told == [
        "http://dead cannot be reached. http://other serves chain 8, not 7. http://late does not answer in "
        "time. http://full answers HTTP 429. http://web answers something else than JSON-RPC. "
        "Going on with http://good."
    ]
    internet.asked = []
    assert head(w3).number == 7
    assert {url for url, _ in internet.asked} == {"http://good"}
    assert len(told) == 1


def test_connect_when_the_one_in_use_fails_goes_round_to_the_others(internet: Internet) -> None:
    internet.answers = {"http://a": requests.ConnectionError(), "http://b": serving(7, BLOCK)}
    told: list[str] = []
    w3 = connect(["http://a", "http://b"], 7, told.append)
    internet.answers = {"http://a": serving(7, BLOCK), "http://b": requests.ConnectionError()}
    assert head(w3).number == 7
    assert told[1:] == ["http://b cannot be reached. Going on with http://a."]


def test_connect_where_all_serve_other_chains_names_each(internet: Internet) -> None:
    internet.answers = {"http://a": serving(8), "http://b": serving(9)}
    with pytest.raises(WrongChain, match=r"http://a serves chain 8, not 7\. http://b serves chain 9, not 7"):
        connect(["http://a", "http://b"], 7)


def response(status: int) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    return made


@pytest.mark.parametrize(
    "trouble",
    [
        requests.ConnectionError(),
        requests.Timeout(),
        requests.HTTPError(),
        ValueError("no JSON"),
        {},
        [],
        None,
    ],
)
def test_connect_when_nothing_answers_says_so(internet: Internet, trouble: Any) -> None:
    internet.answers = {"http://a": trouble, "http://b": trouble}
    with pytest.raises(ChainUnavailable, match=r"http://a.*http://b"):
        connect(["http://a", "http://b"], 7)


def test_connect_to_no_endpoint_at_all_says_so() -> None:
    with pytest.raises(ChainUnavailable, match="no endpoint"):
        connect([], 7)


def test_connection_that_was_closed_meanwhile_is_tried_again(internet: Internet) -> None:
    internet.answers["http://a"] = serving(7, BLOCK)
    w3 = connect(["http://a"], 7)
    troubles = [requests.ConnectionError()]
    good = internet.answers["http://a"]
    internet.answers["http://a"] = lambda method, params: troubles.pop() if troubles else good(method, params)
    assert head(w3).number == 7


def test_errors_show_no_password_and_no_provider_key(internet: Internet) -> None:
    url = "https://user:hunter2@node.example:8545/v3/0123456789abcdef?key=abc"
    internet.answers[url] = requests.ConnectionError(f"cannot reach {url}")
    with pytest.raises(ChainUnavailable) as caught:
        connect([url], 7)
    assert "https://node.example:8545" in str(caught.value)
    for secret in ("hunter2", "0123456789abcdef", "abc"):
        assert secret not in str(caught.value)
    internet.answers[url] = serving(8)
    with pytest.raises(WrongChain) as wrong:
        connect([url], 7)
    assert "hunter2" not in str(wrong.value)


def test_head_of_a_block_that_is_not_there_says_so(internet: Internet) -> None:
    internet.answers["http://a"] = serving(7, None)
    with pytest.raises(ChainError, match="no block 99"):
        head(connect(["http://a"], 7), 99)


def test_head_that_the_node_refuses_gives_its_words(internet: Internet) -> None:
    internet.answers["http://a"] = serving(7, error="history was pruned")
    with pytest.raises(ChainError, match="history was pruned"):
        head(connect(["http://a"], 7), 1)


@pytest.mark.parametrize(("max_age", "now"), [(None, 1e12), (10, 100.0), (10, 110.0), (10, 50.0)])
def test_fresh_head_young_enough_is_given(internet: Internet, max_age: int | None, now: float) -> None:
    internet.answers["http://a"] = serving(7, BLOCK)
    assert fresh_head(connect(["http://a"], 7), max_age, now).number == 7


def test_fresh_head_too_old_is_refused(internet: Internet) -> None:
    internet.answers["http://a"] = serving(7, BLOCK)
    with pytest.raises(StaleHead, match="Block 7 is 11 s old; the limit is 10 s"):
        fresh_head(connect(["http://a"], 7), 10, 111.0)
