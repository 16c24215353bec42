"""Attacker: anybody who reaches a node of the chain.

They ask contracts with `from` set to the owner or a reader, which a node believes without a signature. No
answer depends on who asks, none holds a secret, and what is tried in the owner's name changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from leaks.scanner import Piece, Scanner
from web3.contract import Contract

from abuse.town import Resident, Story, Town, secrets_of
from pmr.chain.artifact import load
from pmr.client.sharing import Terms
from pmr.errors import NotOwner
from pmr.types import Purpose


def _contract(town: Town, name: str) -> Contract:
    at = {
        "RecordRegistry": town.chain.deployment.registry,
        "KeyDirectory": town.chain.deployment.key_directory,
    }
    return town.w3.eth.contract(address=at[name], abi=load(name).abi)


def _word(story: Story) -> int:
    return int(story.record.owner, 16) << 48 | story.record.position


def _questions(town: Town, story: Story) -> Iterator[tuple[str, str, str]]:
    """Every view of both contracts, asked about the record and its reader: name, address and calldata."""
    for name in ("RecordRegistry", "KeyDirectory"):
        contract = _contract(town, name)
        for entry in load(name).abi:
            if entry["type"] == "function" and entry["stateMutability"] in {"view", "pure"}:
                yield (
                    entry["name"],
                    contract.address,
                    contract.encode_abi(entry["name"], _sample(entry, story)),
                )


def _sample(entry: Any, story: Story) -> list[Any]:
    """Numbers are positions, offsets, limits and versions: one of anything."""
    kinds: dict[str, Any] = {"address": story.owner.wallet.address, "uint208": _word(story)}
    addresses = iter([story.owner.wallet.address, story.reader.wallet.address])
    return [
        next(addresses) if part["type"] == "address" else kinds.get(part["type"], 1)
        for part in entry["inputs"]
    ]


def _ask(town: Town, to: str, data: str, sender: str | None) -> bytes:
    question: Any = {"to": to, "data": data} | ({"from": sender} if sender else {})
    return bytes(town.w3.eth.call(question))


def test_call_in_the_name_of_another_answers_as_to_anybody(
    town: Town, story: Story, mallory: Resident
) -> None:
    senders = [None, *(one.wallet.address for one in (story.owner, story.reader, mallory))]
    questions = list(_questions(town, story))
    assert len(questions) >= 8
    for name, to, data in questions:
        assert len({_ask(town, to, data, sender) for sender in senders}) == 1, name


def test_call_in_the_owners_name_shows_no_secret(town: Town, story: Story) -> None:
    owner = story.owner.wallet.address
    answers = [Piece(name, _ask(town, to, data, owner)) for name, to, data in _questions(town, story)]
    assert any(story.made.sealed.root.digest in piece.data for piece in answers)
    assert Scanner(secrets_of(story)).scan(answers) == []


def test_grant_in_the_owners_name_is_not_made_by_trying_it(
    town: Town, story: Story, mallory: Resident
) -> None:
    registry, me = _contract(town, "RecordRegistry"), mallory.wallet.address
    grant = registry.functions.grant(_word(story), me, 0, 1, b"e" * 32)
    grant.call({"from": story.owner.wallet.address})
    assert registry.functions.canRead(_word(story), me).call() is False
    with pytest.raises(NotOwner):
        mallory.doctor.share(story.record, Terms(story.reader.wallet.address, Purpose.RESEARCH))


def test_transaction_of_a_stranger_about_anothers_record_is_refused(story: Story, mallory: Resident) -> None:
    ledger, root = mallory.doctor.ledger, story.made.sealed.root.digest
    with pytest.raises(NotOwner):
        ledger.grant(story.record, mallory.wallet.address, 0, 1, b"e" * 32)
    with pytest.raises(NotOwner):
        ledger.revoke(story.record, story.reader.wallet.address)
    with pytest.raises(NotOwner):
        ledger.change(story.record, root, b"n" * 32, [])
