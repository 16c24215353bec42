"""Attacker: whoever gets hold of a session that has ended, and a reader whose access was taken back.

They send the old token to every route, and ask in a session that is still open for what they could read a
moment ago. A token is worth nothing from sign-out on; a revoked reader reads nothing from the next
request on, and cannot make the record's blocks their own either.
"""

from __future__ import annotations

import pytest

from abuse.routes import every_request
from abuse.town import Town, play
from pmr.errors import IncompleteContent, NoAccess, NotFound


def test_token_after_sign_out_is_refused_on_every_route(town: Town) -> None:
    victim = town.resident(published=False)
    assert victim.call("GET", "/api/session").status_code == 200
    stolen = victim.api._authorization()
    assert victim.call("DELETE", "/api/session").status_code == 204
    for request in every_request(town.app):
        if request.path.startswith("/api/") and not request.is_open:
            answer = town.http().open(request.path, method=request.method, headers=stolen)
            assert answer.status_code == 401, request


def test_reader_after_revoke_is_refused_in_a_session_that_is_still_open(town: Town) -> None:
    story = play(town)
    reader = story.reader
    assert all(reader.api.record_block(story.record, cid) for cid in story.cids)
    story.owner.doctor.revoke(story.record, reader.wallet.address)
    for cid in story.cids:
        with pytest.raises(NotFound):
            reader.api.record_block(story.record, cid)
    with pytest.raises(NoAccess):
        reader.doctor.open(story.record)
    assert reader.api.missing(story.cids) == story.cids
    with pytest.raises(IncompleteContent):
        reader.api.pin(story.made.sealed.root)
