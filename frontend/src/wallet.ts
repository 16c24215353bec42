// The only module that talks to a wallet: EIP-1193 providers, announced by EIP-6963.
import { type Address, getAddress, type Hex, numberToHex, stringToHex } from "viem";
import { type Kind, PmrError } from "./errors";

/** What EIP-1193 demands of a provider. */
export interface Provider {
  request(asked: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): void;
  removeListener?(event: string, listener: (value: never) => void): void;
}

/** A wallet as it announces itself (EIP-6963). `icon` is a data: URL of an image. */
export interface WalletInfo {
  uuid: string;
  name: string;
  icon: string;
  rdns: string;
}

export interface Announced {
  info: WalletInfo;
  provider: Provider;
}

/** What a wallet needs to know to add a chain (EIP-3085). */
export interface ChainInfo {
  chainId: number;
  name: string;
  rpcUrls: string[];
  coin: string;
}

export interface Call {
  to: Address;
  data: Hex;
  gas?: bigint;
}

/** What a person may change in the wallet while we work. */
export interface WalletEvents {
  accountChanged(account: Address | null): void;
  chainChanged(chainId: number): void;
  gone(): void;
}

const REFUSED = 4001;
const UNKNOWN_CHAIN = 4902;
const KINDS: Record<number, Kind> = {
  [REFUSED]: "wallet-refused",
  4100: "wallet-locked",
  4900: "wallet-gone",
  4901: "wallet-gone",
  [-32002]: "wallet-busy",
};

/** Tell of every wallet that announces itself, each once; gives what ends the listening. */
export function discover(found: (wallet: Announced) => void): () => void {
  const seen = new Set<string>();
  const hear = (event: Event) => {
    const wallet = (event as CustomEvent<Announced>).detail;
    if (!isAnnounced(wallet) || seen.has(wallet.info.uuid)) return;
    seen.add(wallet.info.uuid);
    found(wallet);
  };
  window.addEventListener("eip6963:announceProvider", hear);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => window.removeEventListener("eip6963:announceProvider", hear);
}

function isAnnounced(wallet: Announced | undefined): wallet is Announced {
  return typeof wallet?.info?.uuid === "string" && typeof wallet.provider?.request === "function";
}

/** One account of one wallet. */
export class Wallet {
  private constructor(
    readonly info: WalletInfo,
    readonly provider: Provider,
    readonly account: Address,
  ) {}

  /** Ask for an account; `wallet-refused`, `wallet-locked`, `wallet-busy`, `wallet-gone`. */
  static async connect({ info, provider }: Announced): Promise<Wallet> {
    const accounts = await ask<Address[]>(provider, "eth_requestAccounts");
    const [account] = accounts;
    if (account === undefined) throw new PmrError("wallet-locked");
    return new Wallet(info, provider, getAddress(account));
  }

  /** The chain that the wallet is on. */
  async chainId(): Promise<number> {
    return Number(await ask<Hex>(this.provider, "eth_chainId"));
  }

  /** Have the wallet go to a chain, which it is taught when it does not know it (EIP-3326, EIP-3085). */
  async goTo(chain: ChainInfo): Promise<void> {
    if ((await this.chainId()) === chain.chainId) return;
    const chainId = numberToHex(chain.chainId);
    try {
      await this.provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
    } catch (error) {
      if (codeOf(error) !== UNKNOWN_CHAIN) throw explained(error);
      await ask(this.provider, "wallet_addEthereumChain", [described(chain)]);
      // A wallet may add a chain and stay where it was (EIP-3085).
      if ((await this.chainId()) !== chain.chainId)
        await ask(this.provider, "wallet_switchEthereumChain", [{ chainId }]);
    }
    if ((await this.chainId()) !== chain.chainId) throw new PmrError("wrong-chain");
  }

  /** Sign a text as EIP-191 says. */
  async signText(text: string): Promise<Hex> {
    await this.demandAccount();
    return ask<Hex>(this.provider, "personal_sign", [stringToHex(text), this.account]);
  }

  /** Sign typed data (EIP-712), given as the JSON text that wallets take. */
  async signTypedData(json: string): Promise<Hex> {
    await this.demandAccount();
    return ask<Hex>(this.provider, "eth_signTypedData_v4", [this.account, json]);
  }

  /** Have a transaction signed and sent; gives its hash. */
  async send(call: Call): Promise<Hex> {
    await this.demandAccount();
    const gas = call.gas === undefined ? {} : { gas: numberToHex(call.gas) };
    const sent = { from: this.account, to: call.to, data: call.data, ...gas };
    return ask<Hex>(this.provider, "eth_sendTransaction", [sent]);
  }

  /** Tell of changes in the wallet; gives what ends the telling. */
  watch(events: WalletEvents): () => void {
    const listeners: [string, (value: never) => void][] = [
      ["accountsChanged", (all: Address[]) => events.accountChanged(all[0] ? getAddress(all[0]) : null)],
      ["chainChanged", (chainId: Hex) => events.chainChanged(Number(chainId))],
      ["disconnect", () => events.gone()],
    ];
    for (const [name, listener] of listeners) this.provider.on?.(name, listener);
    return () => {
      for (const [name, listener] of listeners) this.provider.removeListener?.(name, listener);
    };
  }

  /** The person may have switched since: what is signed must be of the account that is shown. */
  private async demandAccount(): Promise<void> {
    const [account] = await ask<Address[]>(this.provider, "eth_accounts");
    if (account === undefined) throw new PmrError("wallet-locked");
    if (getAddress(account) !== this.account) throw new PmrError("account-switched");
  }
}

function described(chain: ChainInfo): object {
  return {
    chainId: numberToHex(chain.chainId),
    chainName: chain.name,
    rpcUrls: chain.rpcUrls,
    nativeCurrency: { name: chain.coin, symbol: chain.coin, decimals: 18 },
  };
}

async function ask<T>(provider: Provider, method: string, params?: unknown[]): Promise<T> {
  try {
    return (await provider.request(params ? { method, params } : { method })) as T;
  } catch (error) {
    throw explained(error);
  }
}

/** A wallet's refusal as an error of ours; a node's words about a transaction stay in the detail. */
function explained(error: unknown): PmrError {
  // A provider that cannot reach its node fails as fetch does.
  if (error instanceof PmrError) return error;
  const kind =
    error instanceof TypeError ? "chain-unavailable" : (KINDS[codeOf(error)] ?? "transaction-failed");
  return new PmrError(
    kind,
    error instanceof Error || isWorded(error) ? String(error.message).slice(0, 300) : "",
  );
}

function codeOf(error: unknown): number {
  return Number((error as { code?: unknown } | null)?.code ?? Number.NaN);
}

function isWorded(error: unknown): error is { message: unknown } {
  return typeof error === "object" && error !== null && "message" in error;
}
