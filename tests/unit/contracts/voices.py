"""How people speak to the registry, and how liars try to; as Hypothesis draws it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from contracts.any_chain import AnyChain, attempt
from contracts.deeds import PEOPLE, people
from contracts.sponsoring import Request
from pmr.chain.artifact import load
from pmr.chain.transaction import Call
from pmr.types import Address

GAS = 10_000_000
REFUSALS = {
    "another key": "ERC2771ForwarderInvalidSigner",
    "another chain": "ERC2771ForwarderInvalidSigner",
    "another forwarder": "ERC2771UntrustfulTarget",
    "late": "ERC2771ForwarderExpiredRequest",
}


@dataclass(frozen=True)
class Plain:
    """As oneself, alone or in a batch, paid by oneself or another; with a victim's address at the end."""

    batch: bool
    sponsored: bool
    victim: int | None


@dataclass(frozen=True)
class Forged:
    """A request that is not quite the signer's own."""

    trick: str
    liar: int


@dataclass(frozen=True)
class Replayed:
    """A request that was executed before."""

    which: int


@dataclass(frozen=True)
class Dirty:
    """With a bit above the width of the first word: an id's 208, a position's 48."""

    batch: bool
    bit: int


Manner = Plain | Forged | Replayed | Dirty
_plain = st.builds(Plain, st.booleans(), st.booleans(), st.sampled_from([None, None, *range(PEOPLE)]))
_liars = st.one_of(
    st.builds(Forged, st.sampled_from(sorted(REFUSALS)), people),
    st.builds(Replayed, st.integers(0, 100)),
    st.builds(Dirty, st.booleans(), st.integers(0, 47)),
)
manners: st.SearchStrategy[Manner] = st.integers(0, 3).flatmap(lambda n: _plain if n else _liars)


@dataclass
class Voices:
    """The chain as four people speak to it. `other` is a forwarder that the registry does not trust."""

    chain: AnyChain
    other: Address
    now: int

    def speak(self, who: int, data: bytes) -> str:
        """Send calldata to the registry; give the name of the refusal, or ""."""
        return self._attempt(who, self.chain.deployment.registry, data)

    def sponsored(self, who: int, data: bytes) -> tuple[str, bytes]:
        """Let somebody pay for it; give the refusal, and the request."""
        forwarder = self.chain.deployment.forwarder
        signed = self._execution(self.request(who, data, forwarder), who, forwarder)
        return self.resend(signed), signed

    def resend(self, signed: bytes) -> str:
        """Give a request to the forwarder."""
        return self._attempt(8, self.chain.deployment.forwarder, signed)

    def forge(self, victim: int, data: bytes, trick: str, liar: int) -> str:
        """Try a false request in the victim's name."""
        forwarder = self.other if trick == "another forwarder" else self.chain.deployment.forwarder
        request = self.request(victim, data, forwarder)
        if trick == "late":
            request = replace(request, deadline=self.now - 1)
        signer = (victim + 1) % PEOPLE if trick == "another key" else victim
        signed = self._execution(request, signer, forwarder, trick == "another chain")
        return self._attempt(liar, forwarder, signed)

    def request(self, who: int, data: bytes, forwarder: Address) -> Request:
        """Give a request to the registry with the nonce that is next."""
        sender, codec = self.chain.wallets[who].address, load("ERC2771Forwarder")
        question: Any = {"to": forwarder, "data": "0x" + codec.encode("nonces", sender).hex()}
        (nonce,) = codec.decode("nonces", bytes(self.chain.w3.eth.call(question)))
        # Later than any run gets: a replay must be refused for having been used, not for being late.
        return Request(sender, self.chain.deployment.registry, data, nonce, self.now + 1_000_000)

    def _execution(self, request: Request, signer: int, forwarder: Address, off: bool = False) -> bytes:
        chain_id = self.chain.deployment.chain_id + off
        return request.execution(self.chain.wallets[signer], chain_id, forwarder)

    def _attempt(self, who: int, to: Address, data: bytes) -> str:
        sender = self.chain.wallets[who].address
        return attempt(self.chain, {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": GAS})


def spoken(calls: list[Call], batch: bool, tail: bytes = b"") -> bytes:
    """Give the calldata of one call, or of a multicall; `tail` goes behind each."""
    data = [call.data + tail for call in calls]
    if len(data) == 1 and not batch:
        return data[0]
    return load("RecordRegistry").encode("multicall", data) + tail


def soil(data: bytes, place: int, bit: int) -> bytes:
    """Set one bit in a word of calldata."""
    start = 4 + 32 * place
    word = int.from_bytes(data[start : start + 32], "big") | 1 << bit
    return data[:start] + word.to_bytes(32, "big") + data[start + 32 :]
