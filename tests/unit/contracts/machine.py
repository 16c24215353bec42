"""Any order of calls, spoken in any way, leaves the registry as the plain model says.

It runs on any chain: `run(chain, examples, steps, check_every)`. contracts/INVARIANTS.md says what must hold.
"""

from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.any_chain import AnyChain, ask
from contracts.deeds import PEOPLE, Create, Deed, Scene, plans
from contracts.looks import ByOwner, DirtyId, Look, Open, Turn, looks
from contracts.model import Model
from contracts.prologue import PROLOGUE
from contracts.stored import check_all, check_readers, is_refused
from contracts.voices import REFUSALS, Dirty, Forged, Manner, Plain, Replayed, Voices, manners, soil, spoken
from contracts.walks import Walk, open_walk
from pmr.chain.artifact import load
from pmr.chain.events import decode_known
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call, send
from pmr.types import Address

OLDEST_WALK = 30
"""Blocks after which a walk is finished: a node forgets the state of old blocks."""
Plan = tuple[int, list[Deed]]


class Machine(RuleBasedStateMachine):
    """Four people, one who pays for others, a stranger's forwarder, and time passing."""

    def __init__(self, chain: AnyChain, other_forwarder: Address, check_every: int, later: int) -> None:
        super().__init__()
        self.chain, self.check_every, self.steps = chain, check_every, 0
        self.snapshot = ask(chain, "evm_snapshot")
        # Anvil keeps old states by the hash of their block, and a hash that comes again is forgotten early:
        # each run begins at a time of its own, so that no two have a block in common.
        chain.travel(chain.now() + later)
        self.registry = RecordRegistry(chain.w3, chain.deployment)
        self.people = [wallet.address for wallet in chain.wallets[:PEOPLE]]
        self.model = Model()
        self.first_block = chain.w3.eth.block_number + 1
        self.voices = Voices(chain, other_forwarder, chain.now())
        self.walks: list[Walk] = []
        self.spent: list[bytes] = []
        """What the forwarder has executed."""
        for who, deeds, manner in PROLOGUE:
            self.act_plainly(who, deeds, manner)
        self.catch_up()

    @property
    def now(self) -> int:
        """The time of the newest block."""
        return self.voices.now

    # One rule for all: Hypothesis switches single rules off, and few examples would then do nothing.
    @rule(plan=plans(), manner=manners, look=looks, pause=st.sampled_from([0, 0, 0, 1, 5, 60]))
    def step(self, plan: Plan, manner: Manner, look: Look, pause: int) -> None:
        self.act(plan, manner)
        self.catch_up()
        if pause:
            self.chain.travel(self.now + pause)
            self.catch_up()
        self.look(look)

    def act(self, plan: Plan, manner: Manner) -> None:
        who, deeds = plan
        match manner:
            case Plain():
                self.act_plainly(who, deeds, manner)
            case Forged():
                data = spoken(self.calls(who, deeds)[0], batch=False)
                assert self.voices.forge(who, data, manner.trick, manner.liar) == REFUSALS[manner.trick]
            case Replayed() if self.spent:
                signed = self.spent[manner.which % len(self.spent)]
                assert self.voices.resend(signed) == "ERC2771ForwarderInvalidSigner"
            case Dirty():
                call = self.calls(who, deeds)[0][0]
                dirty = soil(call.data, 0, manner.bit + (48 if isinstance(deeds[0], Create) else 208))
                found = self.voices.speak(who, spoken([Call(call.to, dirty, "")], manner.batch))
                assert found == ("FailedCall" if manner.batch else "nothing")

    def act_plainly(self, who: int, deeds: list[Deed], manner: Plain) -> None:
        """All of a batch is done, or nothing and the first refusal given."""
        calls, expected, after = self.calls(who, deeds)
        tail = b"" if manner.victim is None else bytes.fromhex(self.people[manner.victim][2:])
        data = spoken(calls, manner.batch, tail)
        if manner.sponsored:
            found, signed = self.voices.sponsored(who, data)
            assert found == ("FailedCall" if expected else "")
            self.spent += [] if expected else [signed]
        else:
            assert self.voices.speak(who, data) == expected
        self.model = self.model if expected else after

    def calls(self, who: int, deeds: list[Deed]) -> tuple[list[Call], str, Model]:
        """Give the calls, the refusal of all of them (or ""), and the model after them."""
        after, scene = self.model.copy(), self.scene()
        done = [deed.do(scene, after, self.people[who]) for deed in deeds]
        return [call for call, _ in done], next((refusal for _, refusal in done if refusal), ""), after

    def scene(self) -> Scene:
        return Scene(self.registry, self.people, self.now)

    def look(self, look: Look) -> None:
        match look:
            case Open():
                self.open_inbox(look)
            case Turn() if self.walks:
                self.walks[look.which % len(self.walks)].turn(self.registry, self.model, self.now)
            case ByOwner():
                self.read_by_owner(self.people[look.owner], self.people[look.reader], look.limit)
            case DirtyId():
                self.read_a_dirty_id(look)
        self.walks = [walk for walk in self.walks if not walk.ended]

    def open_inbox(self, look: Open) -> None:
        """Begin at the head, somewhere in the inbox, or at whatever record."""
        reader, cursor = self.people[look.reader], None
        if isinstance(look.start, tuple):
            cursor = self.scene().record(look.start, self.model)
        elif look.start is not None:
            inbox = self.model.inbox(reader)
            cursor = inbox[look.start % len(inbox)] if inbox else None
        opened = self.chain.w3.eth.block_number
        walk = open_walk(
            self.model, reader, cursor, look.limit, now=self.now, opened=opened, pinned=look.pinned
        )
        walk.turn(self.registry, self.model, self.now)
        self.walks.append(walk)

    def read_by_owner(self, owner: Address, reader: Address, limit: int) -> None:
        found, offset = self.registry.shared_by(owner, reader, 0, limit)
        while offset is not None:
            page, after = self.registry.shared_by(owner, reader, offset, limit)
            assert after is None or after > offset, "each page must pass a record at least"
            found, offset = found + page, after
        rows = [row for row in self.model.shared_with(reader, self.now) if row.id.owner == owner]
        assert found == sorted(rows, key=lambda row: row.id.position)

    def read_a_dirty_id(self, look: DirtyId) -> None:
        word, account, encode = (
            self.scene().record(look.name, self.model).word,
            self.people[0],
            load("RecordRegistry").encode,
        )
        for data in (
            encode("record", word),
            encode("canRead", word, account),
            encode("grantOf", word, account),
        ):
            assert is_refused(self.chain, soil(data, 0, look.bit))
        assert is_refused(self.chain, soil(encode("sharedWith", account, word, 1), 1, look.bit))

    def catch_up(self) -> None:
        """After each block: what walks have in sight. Old walks end."""
        self.voices.now = self.chain.now()
        block = self.chain.w3.eth.block_number
        for walk in self.walks:
            walk.watch(self.model, self.now)
            if block - walk.opened > OLDEST_WALK:
                walk.finish(self.registry, self.model, self.now)
        self.walks = [walk for walk in self.walks if not walk.ended]

    @invariant()
    def every_inbox_is_as_it_should_be(self) -> None:
        """So no call changes the inbox of anyone but the reader whom it names."""
        self.steps += 1
        if self.steps % self.check_every == 0:
            check_readers(self.chain, self.model, self.people, self.now)

    def teardown(self) -> None:
        try:
            for walk in self.walks:
                walk.finish(self.registry, self.model, self.now)
            check_readers(self.chain, self.model, self.people, self.now)
            check_all(self.chain, self.model, self.people, self.now)
            assert self.replayed() == self.model
        finally:
            ask(self.chain, "evm_revert", self.snapshot)

    def replayed(self) -> Model:
        """The state as an auditor rebuilds it from the events alone."""
        model = Model()
        for event in decode_known(self.chain.w3.eth.get_logs({"fromBlock": self.first_block})):
            model.apply(event)
        return model


def run(chain: AnyChain, examples: int, steps: int, check_every: int = 1) -> None:
    """Run it on a chain, on which a stranger has deployed a forwarder too.

    All inboxes are compared after every so many steps; where the EVM is slow, that is most of the time.
    """
    code = load("ERC2771Forwarder").encode_constructor("PMR Forwarder")
    other = send(chain.w3, chain.wallets[7], Call(None, code, "deploy another forwarder")).contract
    assert other is not None
    stranger, delays = other, count(1)

    class Here(Machine):
        def __init__(self) -> None:
            super().__init__(chain, stranger, check_every, next(delays))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            # To shrink takes minutes here; the steps that failed are printed as they were.
            phases=[phase for phase in Phase if phase is not Phase.shrink],
        ),
    )
