"""What leaves a doctor's machine shows nothing of what is sealed. Everything that leaves is looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from leaks.doctors import Known, Person
from leaks.hospital import Hospital, open_hospital
from leaks.leaky import BLOCK, DATABASE, LEAKS, LOG, NODE, RECEIPT, SERVER, STORAGE, Leak
from leaks.scanner import Finding, Piece, Scanner, Secret, binary_secret, text_secret
from leaks.story import Story

pytestmark = pytest.mark.integration
STORE_NAMES = "file name content/blocks"
ROOT, TOKEN = "the root", "a session's token"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with open_hospital(tmp_path_factory.mktemp("hospital")) as opened:
        yield opened


@pytest.fixture(scope="module")
def story(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A story that was played to its end."""
    story = Story(hospital, tmp_path_factory.mktemp("doctors"))
    story.play()
    return story


@pytest.fixture(scope="module")
def seen(hospital: Hospital, story: Story) -> list[Piece]:
    """What outsiders could see of the story."""
    return hospital.pieces()


@pytest.fixture(scope="module")
def found(story: Story, seen: list[Piece]) -> list[Finding]:
    """What is found of it: secrets, and two things that must be found."""
    public = [binary_secret(ROOT, story.root), *(text_secret(TOKEN, token) for token in story.tokens())]
    return Scanner([*story.known.secrets, *public]).scan(seen)


def _places(found: list[Finding], secret: str) -> set[str]:
    return {one.place for one in found if one.secret == secret}


def test_story_leaves_no_secret_with_chain_server_store_or_log(story: Story, found: list[Finding]) -> None:
    assert len(story.known.secrets) > 200
    assert [one for one in found if one.secret not in {ROOT, TOKEN}] == []


def test_story_leaves_what_is_public_in_every_place_that_is_looked_at(found: list[Finding]) -> None:
    """The same search, for a root: were a place not looked at, it would be missing here."""
    places = _places(found, ROOT)
    for area in (SERVER, NODE, BLOCK, RECEIPT, STORAGE, STORE_NAMES, DATABASE, LOG, "table index_events"):
        assert any(place.startswith(area) for place in places), area


def test_story_leaves_session_tokens_in_requests_alone(found: list[Finding]) -> None:
    assert {place[: len(SERVER)] for place in _places(found, TOKEN)} == {SERVER}


# --- clients with a fault


@pytest.fixture(scope="module")
def caught(
    hospital: Hospital, seen: list[Piece], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, list[Finding]]:
    """What the scanner finds when every faulty client has done its worst; by the fault's name."""
    secrets: list[Secret] = []
    for number, (name, leak) in enumerate(LEAKS.items()):
        secrets += _do(leak, name, hospital, tmp_path_factory.mktemp(f"leaky{number}"))
    known = {piece.data for piece in seen}
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in Scanner(secrets).scan(piece for piece in hospital.pieces() if piece.data not in known):
        name, _, secret = one.secret.partition(": ")
        found[name].append(Finding(secret, one.place, one.form))
    return found


def _do(leak: Leak, name: str, hospital: Hospital, home: Path) -> Iterator[Secret]:
    person = Person.new("leaky", hospital, Known(), home)
    person.api.sign_in()
    known = Known()
    leak.act(person, known)
    return (Secret(f"{name}: {one.name}", one.forms) for one in known.secrets)


def test_leaks_of_faulty_clients_are_found_where_they_went(
    caught: Mapping[str, list[Finding]], subtests: pytest.Subtests
) -> None:
    """One test, so that one process plays the story."""
    for name, leak in LEAKS.items():
        with subtests.test(name):
            places = _places(caught[name], leak.secret)
            lacking = [area for area in leak.places if not any(place.startswith(area) for place in places)]
            assert lacking == [], caught[name]
