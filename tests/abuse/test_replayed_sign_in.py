"""Attacker: somebody who recorded a whole sign-in on its way, text, id and signature.

They send it again, and put its parts together with new ones. A text is good once; a signature is good for
one text; and of two who come at the same time, one is let in.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from abuse.town import ORIGIN, Resident, Town


def _challenge(resident: Resident) -> dict[str, Any]:
    asked = {"address": resident.wallet.address}
    return dict(resident.town.http().post("/api/session/challenge", json=asked).get_json())


def _signed(resident: Resident, challenge: dict[str, Any]) -> dict[str, str]:
    return {"id": challenge["id"], "signature": "0x" + resident.wallet.sign_text(challenge["message"]).hex()}


def _send(town: Town, recorded: dict[str, str]) -> TestResponse:
    return town.http().post("/api/session", json=recorded)


@pytest.fixture
def victim(town: Town) -> Resident:
    return town.resident(published=False)


def _refused(answer: TestResponse) -> bool:
    return (answer.status_code, answer.get_json()["type"]) == (401, "urn:pmr:problem:sign-in-failed")


def test_recorded_sign_in_is_refused_the_second_time(town: Town, victim: Resident) -> None:
    recorded = _signed(victim, _challenge(victim))
    assert _send(town, recorded).status_code == 200
    assert all(_refused(_send(town, recorded)) for _ in range(3))


def test_recorded_signature_is_refused_for_every_other_text(town: Town, victim: Resident) -> None:
    recorded = _signed(victim, _challenge(victim))
    for challenge in (_challenge(victim), _challenge(town.resident(published=False))):
        assert _refused(_send(town, recorded | {"id": challenge["id"]}))
    assert _send(town, recorded).status_code == 200


def test_recorded_text_signed_by_the_attacker_is_refused_and_used_up(town: Town, victim: Resident) -> None:
    challenge, mallory = _challenge(victim), town.resident(published=False)
    assert _refused(_send(town, _signed(mallory, challenge)))
    assert _refused(_send(town, _signed(victim, challenge)))


def test_recorded_sign_in_sent_by_many_at_once_lets_one_in(town: Town, victim: Resident) -> None:
    recorded = _signed(victim, _challenge(victim))
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: _send(town, recorded).status_code, range(8)))
    assert sorted(statuses) == [200] + [401] * 7


def test_sign_in_recorded_from_a_program_is_of_no_use_in_a_browser(town: Town, victim: Resident) -> None:
    recorded = _signed(victim, _challenge(victim))
    browser = town.http(cookies=True)
    answer = browser.post("/api/session", json=recorded, headers={"Origin": ORIGIN}, base_url=ORIGIN)
    assert _refused(answer)
