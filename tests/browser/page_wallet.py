"""A browser wallet of our own: announced by EIP-6963, answered by the test, signing with anvil's accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests
from playwright.sync_api import Page

NAME = "Test wallet"
ELSEWHERE = 11155111
REFUSED, LOCKED, GONE, NO_CHAIN, BUSY, BROKEN = 4001, 4100, 4900, 4902, -32002, -32603
_ANNOUNCE = """
const heard = {};
const tell = (name, value) => (heard[name] ?? []).forEach((listener) => listener(value));
const provider = {
  async request(asked) {
    const { result, error, events, silent } = await window.askTestWallet(asked);
    if (silent) await new Promise(() => {});
    for (const [name, value] of events) tell(name, value);
    if (error) throw error;
    return result;
  },
  on: (name, listener) => (heard[name] ??= []).push(listener),
  removeListener: (name, listener) => (heard[name] = heard[name]?.filter((one) => one !== listener)),
};
const info = {
  uuid: "7d1f0a3e-7f1b-4d2c-8f57-0a4b6c1d9e22",
  name: "Test wallet",
  icon: "",
  rdns: "org.example.test",
};
const detail = Object.freeze({ info, provider });
const announce = () =>
  window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
window.tellTestWallet = tell;
window.addEventListener("eip6963:requestProvider", announce);
announce();
"""


@dataclass
class PageWallet:
    """One person's wallet. The fields are what the test may change at any time."""

    url: str
    account: str
    chain_id: int = 31337
    knows_chain: bool = True
    """Whether the local chain was added to the wallet."""
    goes: bool = True
    """Whether the wallet does change its network when it says so."""
    locked: bool = False
    refusing: dict[str, int] = field(default_factory=dict)
    """Methods that are refused, each with its code."""
    hanging: set[str] = field(default_factory=set)
    """Methods that are sent and never answered, as by a wallet that crashed with its window open."""
    asked: list[str] = field(default_factory=list)

    def announce(self, page: Page) -> None:
        """Put the wallet into a page before its own scripts run."""
        page.expose_binding("askTestWallet", lambda _, asked: self.answer(asked))
        page.add_init_script(_ANNOUNCE)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer a request of the page, and say which events come with the answer."""
        method, params = asked["method"], asked.get("params", [])
        self.asked.append(method)
        if method in self.hanging:
            return {"silent": True, "events": []}
        if method in self.refusing:
            return _refusal(self.refusing[method])
        if method in ("eth_accounts", "eth_requestAccounts"):
            return _answer([] if self.locked else [self.account])
        if method == "eth_chainId":
            return _answer(hex(self.chain_id))
        if method in ("wallet_switchEthereumChain", "wallet_addEthereumChain"):
            return self._change_chain(method, int(params[0]["chainId"], 16))
        answer = self._forward(method, params)
        return {**answer, "events": []}

    def _change_chain(self, method: str, chain_id: int) -> dict[str, Any]:
        if method == "wallet_addEthereumChain":
            self.knows_chain = True
        elif not self.knows_chain:
            return _refusal(NO_CHAIN)
        if not self.goes:
            return _answer(None)
        self.chain_id = chain_id
        return {"result": None, "error": None, "events": [["chainChanged", hex(chain_id)]]}

    def _forward(self, method: str, params: Any) -> dict[str, Any]:
        sent = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = requests.post(self.url, json=sent, timeout=30).json()
        return {"result": answer.get("result"), "error": answer.get("error")}


def tell(page: Page, event: str, value: object) -> None:
    """Have the wallet tell the page of a change that its person made."""
    page.evaluate("([event, value]) => window.tellTestWallet(event, value)", [event, value])


def _answer(result: object) -> dict[str, Any]:
    return {"result": result, "error": None, "events": []}


def _refusal(code: int) -> dict[str, Any]:
    return {"result": None, "error": {"code": code, "message": "No."}, "events": []}
