"""All that the registry's views tell, asked in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from web3.exceptions import ContractLogicError

from contracts.any_chain import AnyChain
from contracts.model import Model
from pmr.chain.artifact import load
from pmr.chain.registry import SharedRecord
from pmr.types import Address, Grant, RecordId

PAGE = 16
"""More than any inbox of the machine holds: three others share three records each."""


def ask_all(chain: AnyChain, questions: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Answer views, each a name and its arguments, through the registry's own multicall."""
    registry = load("RecordRegistry")
    data = registry.encode("multicall", [registry.encode(*question) for question in questions])
    transaction: Any = {"to": chain.deployment.registry, "data": "0x" + data.hex(), "gas": 25_000_000}
    (answers,) = registry.decode("multicall", bytes(chain.w3.eth.call(transaction)))
    return [registry.decode(question[0], answer) for question, answer in zip(questions, answers, strict=True)]


def check_readers(chain: AnyChain, model: Model, people: Sequence[Address], now: int) -> None:
    """Every inbox, and who may read what was ever granted, are as the model says."""
    inboxes = ask_all(chain, [("sharedWith", reader, 0, PAGE) for reader in people])
    for reader, (page, after) in zip(people, inboxes, strict=True):
        rows = [SharedRecord(RecordId.from_word(row[0]), *row[1:]) for row in page]
        assert (rows, after) == (model.shared_with(reader, now), 0)
    known = list(model.grants)
    answers = ask_all(chain, [("canRead", record.word, reader) for record, reader in known])
    assert [answer for (answer,) in answers] == [model.can_read(*pair, now) for pair in known]


def check_all(chain: AnyChain, model: Model, owners: Sequence[Address], now: int) -> None:
    """Every list, record and grant is as the model says, what does not exist included."""
    for owner, (roots, total) in zip(
        owners, ask_all(chain, [("recordsOf", owner, 0, 1000) for owner in owners]), strict=True
    ):
        assert total == len(roots) == model.count(owner)
        assert roots == tuple(model.roots[RecordId(owner, place)] for place in range(total))
    records = [RecordId(owner, place) for owner in owners for place in range(model.count(owner) + 1)]
    pairs = [(record, account) for record in records for account in owners]
    grants = ask_all(chain, [("grantOf", record.word, account) for record, account in pairs])
    assert [Grant(*grant) for grant in grants] == [
        model.grants.get(pair, Grant(0, 0, False)) for pair in pairs
    ]
    readable = ask_all(chain, [("canRead", record.word, account) for record, account in pairs])
    assert [answer for (answer,) in readable] == [model.can_read(*pair, now) for pair in pairs]
    rows = ask_all(chain, [("record", record.word) for record in model.roots])
    assert [(owner.lower(), root) for owner, root in rows] == [
        (record.owner.lower(), root) for record, root in model.roots.items()
    ]


def is_refused(chain: AnyChain, data: bytes) -> bool:
    """Say whether the registry refuses a view."""
    transaction: Any = {"to": chain.deployment.registry, "data": "0x" + data.hex()}
    try:
        chain.w3.eth.call(transaction)
    except ContractLogicError:
        return True
    return False
