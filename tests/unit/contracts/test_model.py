"""Any order of calls leaves the registry as a plain model says, and its events tell the same."""

from dataclasses import dataclass, field

import pytest
from chain.in_process import Chain, open_chain
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from contracts.ledger import GAS, root
from pmr.chain import events as happened
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call
from pmr.errors import ContractError
from pmr.types import Address, RecordId

PEOPLE = 4
people = st.integers(0, PEOPLE - 1)
positions = st.integers(0, 5)
records = st.tuples(people, positions)
numbers = st.integers(0, 3)
ends = st.sampled_from([None, -10, 0, 1, 5, 50])


@dataclass
class Model:
    """The registry in the plainest words."""

    roots: dict[RecordId, bytes] = field(default_factory=dict)
    grants: dict[tuple[RecordId, Address], tuple[int, int, bool]] = field(default_factory=dict)
    """(end, purpose, live), in the order of the first grants."""

    def can_read(self, record: RecordId, account: Address, now: int) -> bool:
        if record not in self.roots or account == record.owner:
            return record in self.roots
        end, _, live = self.grants.get((record, account), (0, 0, False))
        return live and (end == 0 or end > now)

    def apply(self, event: happened.Event) -> None:
        match event:
            case (
                happened.RecordCreated(id=record, root=value) | happened.RecordRevised(id=record, root=value)
            ):
                self.roots[record] = value
            case happened.AccessGranted():
                self.grants[event.id, event.reader] = (event.expires_at, event.purpose, True)
            case happened.AccessRevoked():
                end, purpose, _ = self.grants[event.id, event.reader]
                self.grants[event.id, event.reader] = (end, purpose, False)


class Registry(RuleBasedStateMachine):
    """Calls of four people, good and bad, with time passing."""

    def __init__(self) -> None:
        super().__init__()
        self.chain: Chain = open_chain()
        self.registry = RecordRegistry(self.chain.w3, self.chain.deployment)
        self.people = [wallet.address for wallet in self.chain.wallets[:PEOPLE]]
        self.model = Model()
        self.first_block = self.chain.w3.eth.block_number

    def send(self, who: Address, call: Call) -> str:
        """Send a call; give the name of the refusal, or nothing."""
        transaction = {"from": who, "to": call.to, "data": "0x" + call.data.hex(), "gas": GAS}
        try:
            self.chain.try_call(transaction)
        except ContractError as error:
            return error.solidity
        self.chain.w3.eth.send_transaction(transaction)  # type: ignore[arg-type]  # web3 takes str
        return ""

    @rule(who=people, position=positions, number=numbers)
    def create(self, who: int, position: int, number: int) -> None:
        owner = self.people[who]
        count = sum(record.owner == owner for record in self.model.roots)
        value = root(number) if number else bytes(32)
        expected = "EmptyRoot" if not number else "" if position == count else "WrongPosition"
        assert self.send(owner, self.registry.create(position, value)) == expected
        if not expected:
            self.model.roots[RecordId(owner, position)] = value

    @rule(who=people)
    def create_next(self, who: int) -> None:
        count = sum(record.owner == self.people[who] for record in self.model.roots)
        self.create(who, count, 1)

    @rule(who=people, name=records, old=numbers, new=numbers)
    def revise(self, who: int, name: tuple[int, int], old: int, new: int) -> None:
        record = self.record(name)
        values = [root(number) if number else bytes(32) for number in (old, new)]
        expected = self.owner_only(who, record)
        if not expected and self.model.roots[record] != values[0]:
            expected = "StaleRoot"
        expected = expected if new else "EmptyRoot"
        assert self.send(self.people[who], self.registry.revise(record, *values)) == expected
        if not expected:
            self.model.roots[record] = values[1]

    @rule(name=records, reader=people, end=ends, purpose=st.sampled_from([0, 1, 7, 127, 128]))
    def grant_own(self, name: tuple[int, int], reader: int, end: int | None, purpose: int) -> None:
        self.grant(name[0], name, reader, end, purpose)

    @rule(who=people, name=records, reader=people, end=ends, purpose=numbers)
    def grant(self, who: int, name: tuple[int, int], reader: int, end: int | None, purpose: int) -> None:
        record, account = self.record(name), self.people[reader]
        expires_at = 0 if end is None else self.chain.now() + end
        expected = self.owner_only(who, record)
        if not expected:
            expected = "SelfGrant" if account == record.owner else ""
            expected = expected or ("ExpiryInPast" if end is not None and end <= 0 else "")
            expected = expected or ("InvalidPurpose" if not 1 <= purpose <= 127 else "")
        call = self.registry.grant(record, account, expires_at, purpose, root(9))
        # The transaction gets a block of its own, a second or more later.
        if not expected and end == 1:
            return
        assert self.send(self.people[who], call) == expected
        if not expected:
            self.model.grants[record, account] = (expires_at, purpose, True)

    @rule(who=people, name=records, reader=people)
    def revoke(self, who: int, name: tuple[int, int], reader: int) -> None:
        record, account = self.record(name), self.people[reader]
        expected = self.owner_only(who, record)
        end, purpose, live = self.model.grants.get((record, account), (0, 0, False))
        if not expected and not live:
            expected = "NotGranted"
        assert self.send(self.people[who], self.registry.revoke(record, account)) == expected
        if not expected:
            self.model.grants[record, account] = (end, purpose, False)

    @rule(name=records, reader=people)
    def revoke_own(self, name: tuple[int, int], reader: int) -> None:
        self.revoke(name[0], name, reader)

    @rule(seconds=st.sampled_from([1, 5, 60]))
    def wait(self, seconds: int) -> None:
        self.chain.travel(self.chain.now() + seconds)

    @rule(reader=people, limit=st.integers(1, 4))
    def read_inbox(self, reader: int, limit: int) -> None:
        account, found, cursor = self.people[reader], [], None
        while True:
            page, cursor = self.registry.shared_with(account, cursor, limit)
            found += [(row.id, row.root, row.expires_at, row.purpose) for row in page]
            assert len(found) < 100, "the list runs in a circle"
            if cursor is None:
                break
        assert found == self.expected_rows(account)[::-1]

    @rule(owner=people, reader=people, limit=st.integers(1, 4))
    def read_by_owner(self, owner: int, reader: int, limit: int) -> None:
        account, found = self.people[reader], []
        offset: int | None = 0
        while offset is not None:
            page, offset = self.registry.shared_by(self.people[owner], account, offset, limit)
            found += [(row.id, row.root, row.expires_at, row.purpose) for row in page]
        rows = [row for row in self.expected_rows(account) if row[0].owner == self.people[owner]]
        assert found == sorted(rows)

    def teardown(self) -> None:
        for record in self.model.roots:
            assert self.registry.record(record) == (record.owner, self.model.roots[record])
            for account in self.people:
                known = self.model.grants.get((record, account), (0, 0, False))
                grant = self.registry.grant_of(record, account)
                assert (grant.expires_at, grant.purpose, grant.live) == known
                expected = self.model.can_read(record, account, self.chain.now())
                assert self.registry.can_read(record, account) == expected
        assert self.replay() == self.model

    def record(self, name: tuple[int, int]) -> RecordId:
        return RecordId(self.people[name[0]], name[1])

    def owner_only(self, who: int, record: RecordId) -> str:
        if record.owner != self.people[who]:
            return "NotOwner"
        return "" if record in self.model.roots else "RecordNotFound"

    def expected_rows(self, reader: Address) -> list[tuple[RecordId, bytes, int, int]]:
        """What the reader may read now, in the order of the first grants."""
        return [
            (record, self.model.roots[record], end, purpose)
            for (record, account), (end, purpose, _) in self.model.grants.items()
            if account == reader and self.model.can_read(record, reader, self.chain.now())
        ]

    def replay(self) -> Model:
        """The state as an auditor rebuilds it from the events alone."""
        model = Model()
        for log in self.chain.w3.eth.get_logs({"fromBlock": self.first_block}):
            model.apply(happened.decode(log))
        return model


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Registry,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_registry_does_what_the_model_says() -> None:
    run(examples=4, steps=30)


@pytest.mark.slow
def test_registry_does_what_the_model_says_for_long() -> None:
    run(examples=10, steps=100)
