import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { announceDevWallet, chooseAccount, isLocal } from "#src/devWallet";
import { type Announced, discover, type Provider, Wallet } from "#src/wallet";

const ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const LOCAL = { chainId: 31337, name: "Local", rpcUrls: ["http://127.0.0.1:8545"], coin: "ETH" };

/** A wallet that answers from a table; a thrown entry is its refusal. */
class Scripted implements Provider {
  readonly asked: string[] = [];
  constructor(readonly answers: Record<string, unknown>) {}
  async request({ method }: { method: string }): Promise<unknown> {
    this.asked.push(method);
    const answer = this.answers[method];
    if (answer instanceof Function) return answer();
    return answer;
  }
}

function refusing(code: number): () => never {
  return () => {
    throw { code, message: `code ${code}` };
  };
}

function announced(answers: Record<string, unknown>): Announced & { provider: Scripted } {
  const info = { uuid: "u", name: "Test", icon: "data:,", rdns: "test" };
  return {
    info,
    provider: new Scripted({ eth_requestAccounts: [ALICE], eth_accounts: [ALICE], ...answers }),
  };
}

beforeEach(() => {
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("sessionStorage", new Map() as never);
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  [4001, "wallet-refused"],
  [4100, "wallet-locked"],
  [4900, "wallet-gone"],
  [-32002, "wallet-busy"],
  [-32000, "transaction-failed"],
])("connect, the wallet answers %i, fails as %s", async (code, kind) => {
  await expect(Wallet.connect(announced({ eth_requestAccounts: refusing(code) }))).rejects.toMatchObject({
    kind,
  });
});

test("connect, no account is given, is a locked wallet", async () => {
  const connecting = Wallet.connect(announced({ eth_requestAccounts: [] }));
  await expect(connecting).rejects.toMatchObject({ kind: "wallet-locked" });
});

test("goTo, the wallet does not know the chain, teaches it", async () => {
  let chain = "0x1";
  const found = announced({
    eth_chainId: () => chain,
    wallet_switchEthereumChain: refusing(4902),
    wallet_addEthereumChain: () => {
      chain = "0x7a69";
    },
  });
  await (await Wallet.connect(found)).goTo(LOCAL);
  expect(found.provider.asked).toContain("wallet_addEthereumChain");
});

test("goTo, the wallet stays where it is, is the wrong chain", async () => {
  const wallet = await Wallet.connect(announced({ eth_chainId: "0x1", wallet_switchEthereumChain: null }));
  await expect(wallet.goTo(LOCAL)).rejects.toMatchObject({ kind: "wrong-chain" });
});

test.each(["signText", "signTypedData"] as const)(
  "%s, another account was chosen, signs nothing",
  async (what) => {
    const found = announced({ eth_accounts: [BOB] });
    const wallet = await Wallet.connect(found);
    await expect(wallet[what]("text")).rejects.toMatchObject({ kind: "account-switched" });
    expect(found.provider.asked.filter((method) => method.includes("sign"))).toEqual([]);
  },
);

test("send, the node is away, says so", async () => {
  const away = () => {
    throw new TypeError("Failed to fetch");
  };
  const wallet = await Wallet.connect(announced({ eth_sendTransaction: away }));
  await expect(wallet.send({ to: BOB, data: "0x" })).rejects.toMatchObject({ kind: "chain-unavailable" });
});

test("discover, wallets announce twice or wrongly, each good one is found once", () => {
  const found: string[] = [];
  const announce = (detail: unknown) =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  discover((wallet) => found.push(wallet.info.name));
  for (const detail of [announced({}), announced({}), null, {}, { info: { uuid: 1 }, provider: {} }])
    announce(detail);
  expect(found).toEqual(["Test"]);
});

test("announceDevWallet, another account is chosen, connects with that one", async () => {
  const store = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => store.set(name, value),
  });
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ result: [BOB, ALICE, BOB] })));
  const found: Announced[] = [];
  discover((wallet) => found.push(wallet));
  announceDevWallet("http://127.0.0.1:8545");
  chooseAccount(2);
  expect((await Wallet.connect(found[0] as Announced)).account).toBe(BOB);
});

test.each([
  [31337, "local", "127.0.0.1", true],
  [31337, "local", "pmr.example", false],
  [31337, "consortium", "localhost", false],
  [1, "local", "localhost", false],
])("isLocal, chain %i of network %s at %s, is %s", (chainId, network, host, expected) => {
  expect(isLocal(chainId, network, host)).toBe(expected);
});
