"""Attacker: a doctor with an account, who walks through ids that are public on chain, on every route.

They try each record, position and block that exists, and many that do not. What is denied and what is
absent must look alike in every byte, and nothing of anybody else may be in an answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from abuse.routes import Request, every_request
from abuse.town import Resident, Story, Town
from pmr.content.cid import Cid
from pmr.types import RecordId


def _values(story: Story, mallory: Resident) -> dict[str, tuple[str, ...]]:
    addresses = (story.owner, story.reader, mallory)
    return {
        "owner": (*(one.wallet.address for one in addresses), "0x" + "22" * 20),
        "position": ("0", "1", str(2**48 - 1)),
        "cid": (*map(str, story.cids), str(Cid.root(os.urandom(32))), str(Cid.leaf(os.urandom(32)))),
        "name": ("../../server.sqlite", "%2e%2e/%2e%2e/pyproject.toml", "..%5c..%5cserver.sqlite"),
    }


@pytest.fixture(scope="module")
def walked(town: Town, story: Story, mallory: Resident) -> list[tuple[Request, TestResponse]]:
    """Every route with every value, as GET and whatever else there is, and what was answered."""
    found = every_request(town.app, _values(story, mallory))
    # A body that parses nowhere, so that nothing is changed by walking.
    return [(one, mallory.call(one.method, one.path, data=b"{")) for one in found if one.method != "DELETE"]


def _under(walked: list[tuple[Request, TestResponse]], start: str) -> Iterator[tuple[Request, TestResponse]]:
    return ((one, answer) for one, answer in walked if one.rule.startswith(start))


def test_walk_over_records_and_keys_answers_in_one_way_alone(
    walked: list[tuple[Request, TestResponse]],
) -> None:
    answers = [answer for one, answer in _under(walked, "/api/records/") if not one.is_open]
    answers += [answer for _, answer in _under(walked, "/api/keys/")]
    told = {(answer.status_code, answer.data, _headers(answer)) for answer in answers}
    assert len(answers) > 100
    assert {status for status, _, _ in told} == {404}
    assert len(told) == 1


def _headers(answer: TestResponse) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in answer.headers.items() if name != "X-Request-ID"))


def test_walk_over_every_route_shows_no_block_of_others(
    walked: list[tuple[Request, TestResponse]], story: Story
) -> None:
    blocks = [story.owner.api.record_block(story.record, cid) for cid in story.cids[:-1]]
    for one, answer in walked:
        assert answer.status_code < 500, one
        assert not any(block[:64] in answer.data for block in blocks), one


def test_walk_over_files_of_the_page_leaves_its_folder_nowhere(
    walked: list[tuple[Request, TestResponse]],
) -> None:
    answers = list(_under(walked, "/assets/"))
    assert answers
    assert {answer.status_code for _, answer in answers} == {404}


def test_reader_sees_no_more_than_the_own_envelope_beside_the_record(town: Town, story: Story) -> None:
    """The reader walks the owner's other positions, and the owner's blocks that are in no record."""
    reader, owner = story.reader, story.owner
    for position in (1, 2, 2**48 - 1):
        path = f"/api/records/{RecordId(owner.wallet.address, position)}/blocks/{story.cids[0]}"
        assert reader.call("GET", path).status_code == 404
    assert owner.call("GET", f"/api/records/{story.record}/blocks/{story.shared.envelope}").status_code == 404
