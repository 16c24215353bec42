"""Signing in and out: what is refused, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode
from eth_account import Account
from eth_account.messages import defunct_hash_message, encode_defunct
from flask import Flask
from server.fakes import NOW, FakeChain, FakeClock
from werkzeug.test import TestResponse

from web.actors import Actor

ActorMaker = Callable[[int], Actor]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MAGIC = bytes.fromhex("1626ba7e") + bytes(28)


def refused(answer: TestResponse, slug: str = "sign-in-failed", status: int = 401) -> bool:
    return answer.status_code == status and answer.get_json()["type"] == f"urn:pmr:problem:{slug}"


@pytest.fixture
def alice(app: Flask) -> Actor:
    return Actor(app, 1)


def test_challenge_is_the_eip_4361_text_of_the_configured_site(alice: Actor) -> None:
    text = alice.http.post(
        "/api/session/challenge", json={"address": alice.address}, headers={"Host": "evil.example"}
    ).get_json()["message"]
    assert re.fullmatch(
        "records\\.example wants you to sign in with your Ethereum account:\n"
        f"{alice.address}\n\n[^\n]+\n\n"
        "URI: https://records\\.example\nVersion: 1\nChain ID: 31337\nNonce: [a-zA-Z0-9]{8,}\n"
        "Issued At: 2027-01-15T08:00:00Z\nExpiration Time: 2027-01-15T08:05:00Z",
        text,
    )


def test_challenge_texts_never_repeat(alice: Actor) -> None:
    texts = {alice.challenge()["message"] for _ in range(20)}
    assert len(texts) == 20


def test_sign_in_with_the_signed_text_opens_a_session(alice: Actor) -> None:
    opened = alice.sign_in().get_json()
    shown = alice.http.get("/api/session", headers={"Authorization": f"Bearer {opened['token']}"})
    assert shown.get_json() == {"address": alice.address, "expires": NOW + 12 * 3600}
    assert opened["address"] == alice.address
    assert len(opened["token"]) >= 43


def test_sign_in_takes_an_address_in_lower_case(alice: Actor) -> None:
    challenge = alice.http.post("/api/session/challenge", json={"address": alice.address.lower()}).get_json()
    assert alice.address in challenge["message"]
    assert alice.sign_in(challenge).get_json()["address"] == alice.address


def test_sign_in_a_second_time_with_one_challenge_is_refused(alice: Actor) -> None:
    challenge = alice.challenge()
    assert alice.sign_in(challenge).status_code == 200
    assert refused(alice.sign_in(challenge))


def test_sign_in_after_a_failed_attempt_needs_another_challenge(alice: Actor) -> None:
    challenge = alice.challenge()
    assert refused(alice.sign_in(challenge, "0x" + "11" * 65))
    assert refused(alice.sign_in(challenge))


@pytest.mark.parametrize(("age", "status"), [(299, 200), (300, 401), (100_000, 401)])
def test_sign_in_with_an_old_challenge_is_refused(
    alice: Actor, clock: FakeClock, age: int, status: int
) -> None:
    challenge = alice.challenge()
    clock.now += age
    assert alice.sign_in(challenge).status_code == status


def test_sign_in_with_a_challenge_of_another_account_is_refused(app: Flask, alice: Actor) -> None:
    mallory = Actor(app, 666)
    assert refused(mallory.sign_in(alice.challenge()))


def test_sign_in_with_a_signature_of_another_text_is_refused(alice: Actor) -> None:
    challenge = alice.challenge()
    for text in (challenge["message"] + " ", challenge["message"].replace("records", "phishing"), ""):
        challenge = alice.challenge()
        assert refused(alice.sign_in(challenge, alice.sign(text)))


def test_sign_in_with_a_signature_of_an_earlier_challenge_is_refused(alice: Actor) -> None:
    earlier, later = alice.challenge(), alice.challenge()
    assert refused(alice.sign_in(later, alice.sign(earlier["message"])))


def test_sign_in_with_the_high_s_twin_of_a_signature_is_refused(alice: Actor) -> None:
    challenge = alice.challenge()
    good = bytes.fromhex(alice.sign(challenge["message"])[2:])
    twin = (
        good[:32] + (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big") + bytes([55 - good[64]])
    )
    assert Account.recover_message(_signable(challenge["message"]), signature=twin) == alice.address
    assert refused(alice.sign_in(challenge, "0x" + twin.hex()))


def _signable(text: str) -> Any:
    return encode_defunct(text=text)


@pytest.mark.parametrize("length", [0, 1, 64, 66, 9000])
def test_sign_in_with_a_signature_of_another_length_is_refused(alice: Actor, length: int) -> None:
    challenge = alice.challenge()
    good = bytes.fromhex(alice.sign(challenge["message"])[2:])
    given = (good * 200)[:length]
    answer = alice.sign_in(challenge, "0x" + given.hex() if length else "0x")
    assert answer.status_code == (401 if length else 400)


@pytest.mark.parametrize("signature", ["", "11" * 65, "0x" + "zz" * 65, "0x" + "1" * 129, "0x" + "٣" * 130])
def test_sign_in_with_a_malformed_signature_is_refused(alice: Actor, signature: str) -> None:
    body = {"id": alice.challenge()["id"], "signature": signature}
    assert refused(alice.http.post("/api/session", json=body), "bad-input", 400)


def test_sign_in_with_bytes_that_are_no_curve_point_is_refused(alice: Actor) -> None:
    for value in ("00" * 65, "ff" * 32 + "00" * 31 + "01" + "1b", "00" * 31 + "01" + "00" * 31 + "01" + "63"):
        assert refused(alice.sign_in(alice.challenge(), "0x" + value))


# --- contract wallets


@pytest.fixture
def wallet(chain: FakeChain, alice: Actor) -> Actor:
    """A contract at Alice's address, which her key cannot speak for."""
    chain.contracts[alice.address] = b"\x60\x00"
    return alice


def _contract_sign_in(wallet: Actor) -> TestResponse:
    return wallet.sign_in(wallet.challenge(), "0x" + "ab" * 130)


def test_sign_in_of_a_contract_wallet_asks_it_about_the_exact_text(
    chain: FakeChain, wallet: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bytes, int]] = []

    def call(to: str, data: bytes, gas: int) -> bytes:
        asked.append((to, data, gas))
        return MAGIC

    monkeypatch.setattr(chain, "call", call)
    challenge = wallet.challenge()
    assert wallet.sign_in(challenge, "0x" + "ab" * 130).status_code == 200
    [(to, data, gas)] = asked
    digest, signature = decode(["bytes32", "bytes"], data[4:])
    assert (to, data[:4].hex()) == (wallet.address, "1626ba7e")
    assert digest == bytes(defunct_hash_message(text=challenge["message"]))
    assert signature == b"\xab" * 130
    assert gas <= 1_000_000


@pytest.mark.parametrize(
    "answer",
    [None, b"", MAGIC[:4], MAGIC[:31] + b"\1", MAGIC + bytes(32), bytes(31) + b"\1", bytes(1_000_000)],
    ids=["revert", "empty", "short", "dirty", "long", "true", "huge"],
)
def test_sign_in_of_a_contract_wallet_that_does_not_agree_is_refused(
    chain: FakeChain, wallet: Actor, answer: bytes | None
) -> None:
    chain.answer_of_contract = answer
    assert refused(_contract_sign_in(wallet))


def test_sign_in_of_an_account_without_code_asks_no_contract(chain: FakeChain, alice: Actor) -> None:
    chain.answer_of_contract = MAGIC
    assert refused(_contract_sign_in(alice))
    assert chain.called_gas == 0


def test_sign_in_of_a_contract_wallet_without_a_chain_says_so(chain: FakeChain, wallet: Actor) -> None:
    chain.away = True
    assert refused(_contract_sign_in(wallet), "chain-unavailable", 503)


# --- sessions


def _status(actor: Actor) -> int:
    return actor.call("GET", "/api/session").status_code


def test_session_after_sign_out_is_over(actor: ActorMaker) -> None:
    alice = actor(1)
    assert alice.call("DELETE", "/api/session").status_code == 204
    assert _status(alice) == 401
    assert alice.call("DELETE", "/api/session").status_code == 401


def test_sign_out_of_one_session_leaves_the_others(actor: ActorMaker) -> None:
    here, there = actor(1), actor(1)
    assert here.token != there.token
    here.call("DELETE", "/api/session")
    assert _status(there) == 200


def test_session_without_use_for_15_minutes_is_over(actor: ActorMaker, clock: FakeClock) -> None:
    alice = actor(1)
    clock.now += 14 * 60
    assert _status(alice) == 200
    clock.now += 14 * 60
    assert _status(alice) == 200
    clock.now += 15 * 60
    assert _status(alice) == 401
    clock.now -= 60
    assert _status(alice) == 200


def test_session_in_constant_use_is_over_after_12_hours(actor: ActorMaker, clock: FakeClock) -> None:
    alice, began = actor(1), clock.now
    while clock.now < began + 12 * 3600 - 600:
        clock.now += 600
        assert _status(alice) == 200
    clock.now = began + 12 * 3600
    assert _status(alice) == 401


@pytest.mark.parametrize("token", ["", "x", "Bearer", "é" * 43, "a" * 100_000])
def test_session_with_a_made_up_token_is_refused(app: Flask, token: str) -> None:
    alice = Actor(app, 1)
    alice.token = token
    assert refused(alice.call("GET", "/api/session"), "not-signed-in")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", "/api/blocks"),
        ("POST", "/api/blocks/missing"),
        ("POST", "/api/pins"),
        ("GET", f"/api/records/0x{'11' * 20}/0/blocks/b"),
        ("GET", "/api/keys/b"),
        ("GET", "/api/vault"),
        ("PUT", "/api/vault"),
    ],
)
def test_resource_without_a_session_is_refused(app: Flask, method: str, path: str) -> None:
    assert refused(app.test_client().open(path, method=method), "not-signed-in")


def test_database_holds_no_token(actor: ActorMaker, tmp_path: Path) -> None:
    alice = actor(1)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("server.sqlite*"))
    assert alice.address.encode() in kept
    assert alice.token.encode() not in kept


# --- what is not a sign-in


@pytest.mark.parametrize("path", ["/api/session", "/api/session/challenge"])
def test_sign_in_from_a_page_of_another_site_is_refused(alice: Actor, path: str) -> None:
    answer = alice.http.post(
        path, json={"address": alice.address}, headers={"Origin": "https://evil.example"}
    )
    assert refused(answer, "foreign-origin", 403)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"address": 1}',
        b'{"address": "0x11"}',
        b'{"address":"a","more":1}',
        b"\xff",
        b"[" * 4000,
    ],
)
def test_challenge_for_a_malformed_body_is_refused(app: Flask, body: bytes) -> None:
    answer = app.test_client().post("/api/session/challenge", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_challenge_for_an_address_with_a_wrong_checksum_is_refused(alice: Actor) -> None:
    wrong = alice.address.swapcase().replace("0X", "0x")
    answer = alice.http.post("/api/session/challenge", json={"address": wrong})
    assert refused(answer, "bad-address", 400)
