"""Attacker: a web page elsewhere, which a doctor opens by mistake while the hospital's server is in
reach.

It relays the server's text to the doctor's wallet, writes a text of its own, posts sign-ins from the
doctor's browser, and tries to sign the doctor in to an account of the attacker's. Clients sign only what
names the server that they talk to; the server takes only what it wrote, from its own page, for the
browser that asked.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests
from werkzeug.test import Client

from abuse.town import ORIGIN, Answer, InProcess, Resident, Town
from pmr.client.api import Api
from pmr.client.http import Http
from pmr.errors import SignInFailed

EVIL = "https://records.example.evil.test"
FOREIGN = [
    EVIL,
    "null",
    "http://records.example",
    "https://records.example:444",
    "https://x.records.example",
    "",
]


class Careful:
    """A wallet that notes what it signed."""

    def __init__(self, resident: Resident) -> None:
        self._wallet = resident.wallet
        self.address = resident.wallet.address
        self.signed: list[str] = []

    def sign_text(self, text: str) -> bytes:
        self.signed.append(text)
        return self._wallet.sign_text(text)


def _phished(victim: Resident, tamper: Any) -> tuple[Api, Careful]:
    """The victim's client, led to the attacker's address."""
    session, wallet = requests.Session(), Careful(victim)
    session.mount(EVIL, InProcess(victim.town.app, tamper))
    return Api(Http(EVIL, session), wallet, victim.town.chain.deployment.chain_id), wallet


def test_text_of_the_true_server_relayed_by_another_is_not_signed(town: Town) -> None:
    api, wallet = _phished(town.resident(published=False), lambda _method, _path, answer: answer)
    with pytest.raises(SignInFailed):
        api.sign_in()
    assert wallet.signed == []


def test_text_that_the_attacker_rewrote_gives_a_signature_that_is_worth_nothing(town: Town) -> None:
    def rewrite(_method: str, path: str, answer: Answer) -> Answer:
        body = answer[2].replace(b"records.example", EVIL.removeprefix("https://").encode())
        return (answer[0], {}, body) if path.endswith("challenge") else answer

    api, wallet = _phished(town.resident(published=False), rewrite)
    with pytest.raises(SignInFailed):
        api.sign_in()
    assert len(wallet.signed) == 1


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/api/session/challenge", "/api/session"])
def test_sign_in_from_a_foreign_page_is_refused(town: Town, origin: str, path: str) -> None:
    asked = {"address": town.chain.wallets[0].address}
    answer = town.http().post(path, json=asked, headers={"Origin": origin}, base_url=ORIGIN)
    assert (answer.status_code, answer.get_json()["type"]) == (403, "urn:pmr:problem:foreign-origin")


def test_sign_in_that_the_browser_calls_cross_site_is_refused(town: Town) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    asked = {"address": town.chain.wallets[0].address}
    assert town.http().post("/api/session/challenge", json=asked, headers=headers).status_code == 403


def test_victim_is_not_signed_in_to_an_account_of_the_attackers(town: Town) -> None:
    """Else what the victim then seals would be sealed under the attacker's eyes."""
    mallory = town.resident(published=False)
    theirs, victims = town.http(cookies=True), town.http(cookies=True)
    signed = _browser_sign_in(theirs, mallory)
    answer = victims.post("/api/session", json=signed, headers={"Origin": ORIGIN}, base_url=ORIGIN)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def _browser_sign_in(browser: Client, who: Resident) -> dict[str, str]:
    asked = {"address": who.wallet.address}
    made = browser.post("/api/session/challenge", json=asked, headers={"Origin": ORIGIN}, base_url=ORIGIN)
    challenge = made.get_json()
    return {"id": challenge["id"], "signature": "0x" + who.wallet.sign_text(challenge["message"]).hex()}
