// A wallet for the local chain alone: the node's own unlocked accounts sign. It announces itself as
// any wallet does (EIP-6963); nothing else in the page knows of it.
import type { Address } from "viem";
import type { Announced, Provider } from "./wallet";

const LOCAL_CHAIN = 31337;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const CHOSEN = "pmr.developmentAccount";

/** Whether the page may offer it: a chain that anybody may start, on a machine that only its user reaches. */
export function isLocal(chainId: number, network: string, hostname: string): boolean {
  return chainId === LOCAL_CHAIN && network === "local" && LOOPBACK.has(hostname);
}

/** Announce the wallet, now and whenever the page asks. Its account is that of this tab: `choose` another. */
export function announceDevWallet(rpcUrl: string): void {
  const detail: Announced = {
    info: {
      uuid: "b7c7d3a1-6c8f-4f0e-9a61-5d8f5b1f2b11",
      name: "Development wallet (local chain only)",
      icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath fill='%23b45309' d='M0 0h8v8H0z'/%3E%3C/svg%3E",
      rdns: "org.pmr.development",
    },
    provider: new NodeProvider(rpcUrl),
  };
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze(detail) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
}

/** Which of the node's accounts this tab uses, from 0. */
export function chosenAccount(): number {
  return Number(sessionStorage.getItem(CHOSEN) ?? 1);
}

export function chooseAccount(index: number): void {
  sessionStorage.setItem(CHOSEN, String(index));
}

class NodeProvider implements Provider {
  constructor(private readonly url: string) {}

  async request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return this.accounts();
    if (method === "wallet_switchEthereumChain") return null;
    return this.ask(method, params ?? []);
  }

  private async accounts(): Promise<Address[]> {
    const all = (await this.ask("eth_accounts", [])) as Address[];
    return all.slice(chosenAccount(), chosenAccount() + 1);
  }

  private async ask(method: string, params: unknown): Promise<unknown> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await answer.json()) as { result?: unknown; error?: object };
    if (error) throw error;
    return result;
  }
}
