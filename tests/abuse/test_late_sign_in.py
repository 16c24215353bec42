"""Attacker: somebody who finds an old sign-in text, a signature or a token: in a backup, on a desk, in a
log.

They use it late. A text is good for five minutes; a session for fifteen without use, and twelve hours at
most.
"""

from __future__ import annotations

import pytest

from abuse.town import Town


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 401), (86_400, 401)])
def test_text_that_is_signed_late_is_refused(town: Town, seconds: int, status: int) -> None:
    victim = town.resident(published=False)
    asked = {"address": victim.wallet.address}
    challenge = town.http().post("/api/session/challenge", json=asked).get_json()
    signature = "0x" + victim.wallet.sign_text(challenge["message"]).hex()
    town.clock.now += seconds
    answer = town.http().post("/api/session", json={"id": challenge["id"], "signature": signature})
    assert answer.status_code == status


def test_token_that_lay_for_fifteen_minutes_is_refused(town: Town) -> None:
    victim = town.resident(published=False)
    assert victim.call("GET", "/api/session").status_code == 200
    town.clock.now += 15 * 60
    assert victim.call("GET", "/api/session").status_code == 401


def test_token_that_is_kept_in_use_is_refused_after_twelve_hours(town: Town) -> None:
    victim = town.resident(published=False)
    assert victim.call("GET", "/api/session").status_code == 200
    for _ in range(12 * 6 - 1):
        town.clock.now += 600
        assert victim.call("GET", "/api/session").status_code == 200
    town.clock.now += 600
    assert victim.call("GET", "/api/session").status_code == 401
