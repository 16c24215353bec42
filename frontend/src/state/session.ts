// Who is here: the wallet, the server, the contracts, the keys. Views read these signals.
import { computed, signal } from "@preact/signals";
import * as api from "../api";
import { Calls } from "../chain/calls";
import { confirm, confirmed, demandSame, deploymentOf, verifyCode } from "../chain/deployment";
import { clientOf, Ledger } from "../chain/ledger";
import { blocksOf } from "../client/blocks";
import { Reading } from "../client/reading";
import { signIn } from "../client/signin";
import { openStores } from "../client/stores";
import { announceDevWallet, isLocal } from "../devWallet";
import { type Kind, kindOf, PmrError } from "../errors";
import type { Keyring } from "../sealed/keyring";
import type { Deployment } from "../types";
import { type Announced, discover, Wallet } from "../wallet";
import { hangUp, patient } from "./asking";

const SIGNED_IN = "pmr.signedIn";

/** What the person has to do next. */
export type Phase = "starting" | "away" | "connect" | "confirm" | "key" | "ready";

/** Everything that belongs to one signed-in account. */
export interface Desktop {
  wallet: Wallet;
  ledger: Ledger;
  calls: Calls;
  stores: Awaited<ReturnType<typeof openStores>>;
}

export const server = signal<api.ServerConfig | null>(null);
export const wallets = signal<Announced[]>([]);
export const desktop = signal<Desktop | null>(null);
export const keyring = signal<Keyring | null>(null);
/** The newest version of the account's key that the chain names; 0 for none. */
export const publishedKey = signal(0);
/** Contracts that a server names and nobody has confirmed in this browser yet. */
export const unconfirmed = signal<Deployment | null>(null);
export const problem = signal<{ kind: Kind; detail: string } | null>(null);
export const busy = signal(false);

export const phase = computed<Phase>(() => {
  if (!server.value) return problem.value ? "away" : "starting";
  if (unconfirmed.value) return "confirm";
  if (!desktop.value) return "connect";
  return keyring.value && publishedKey.value ? "ready" : "key";
});

export const account = computed(() => desktop.value?.wallet.account ?? null);

/** Whether this is the local chain of somebody who tries the system out. */
export const local = computed(() => {
  const config = server.value;
  return config !== null && isLocal(config.chainId, config.network, location.hostname);
});

/** Do some work; what goes wrong is shown, and says whether it went well. */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  const at = desktop.value;
  problem.value = null;
  busy.value = true;
  try {
    await work();
    return true;
  } catch (error) {
    // What fails because the person has left is no news: why they left is shown.
    if (!at || desktop.value === at) show(error);
    return false;
  } finally {
    busy.value = false;
  }
}

/** Show what went wrong. What nobody foresaw goes to the console too: it holds no secret of ours. */
export function show(error: unknown): void {
  const kind = kindOf(error);
  if (kind === "internal") console.error(error);
  // Another tab may have signed in anew: its session is not ours to end.
  if (kind === "not-signed-in") forget();
  problem.value = { kind, detail: error instanceof PmrError ? error.detail : "" };
}

/** Ask the server which chain it uses, and look for wallets. */
export function start(): Promise<boolean> {
  return attempt(async () => {
    const config = await api.serverConfig();
    const theirs = deploymentOf(config);
    const ours = confirmed();
    if (isLocal(config.chainId, config.network, location.hostname)) {
      // A chain to try things out may be started anew at any time.
      confirm(theirs);
      announceDevWallet(config.rpcUrls[0] as string);
    } else if (ours) demandSame(theirs, ours);
    else unconfirmed.value = theirs;
    server.value = config;
    window.addEventListener("storage", followOtherTabs);
    discover((wallet) => {
      wallets.value = [...wallets.value, wallet];
    });
  });
}

/** The person has compared the contracts with what the hospital says. */
export function confirmDeployment(): void {
  if (unconfirmed.value) confirm(unconfirmed.value);
  unconfirmed.value = null;
}

/** Connect a wallet, go to the chain, check the contracts' code, sign in. */
export function connect(chosen: Announced): Promise<boolean> {
  return attempt(async () => {
    const [config, deployment] = [server.value, confirmed()];
    if (!config || !deployment) throw new PmrError("server-unavailable");
    const wallet = await Wallet.connect(patient(chosen));
    await wallet.goTo({ ...config, name: config.network });
    const client = clientOf(wallet.provider);
    await verifyCode(client, deployment);
    await signIn(wallet, config.chainId, new URL(location.href));
    const ledger = new Ledger(client, deployment, wallet.account);
    publishedKey.value = (await ledger.keyOf(wallet.account)).version;
    localStorage.setItem(SIGNED_IN, wallet.account);
    desktop.value = { wallet, ledger, calls: new Calls(deployment), stores: await openStores() };
    watch(wallet, config.chainId);
  });
}

/** Forget everything of the account: its keys first. */
export function leave(): void {
  if (!desktop.value) return;
  forget();
  void api.signOut().catch(() => {});
}

function forget(): void {
  keyring.value = null;
  desktop.value = null;
  hangUp();
}

/** One account reading records, with the keys that are unlocked. */
export function readingOf(desk: Desktop, keys: Keyring): Reading {
  return new Reading(desk.ledger, keys, (id) => blocksOf(id), api.bundle);
}

/** The tabs of a browser have one session: once it is another account's, this tab must not use it. */
function followOtherTabs({ key, newValue }: StorageEvent): void {
  if (key !== SIGNED_IN || !desktop.value || newValue === account.value) return;
  forget();
  show(new PmrError("account-switched"));
}

/** What happens in the wallet while we work: another account or chain ends the session here. */
function watch(wallet: Wallet, chainId: number): void {
  const end = (kind: Kind) => {
    if (desktop.value?.wallet !== wallet) return;
    leave();
    show(new PmrError(kind));
  };
  wallet.watch({
    accountChanged: (now) => now !== wallet.account && end(now ? "account-switched" : "wallet-locked"),
    chainChanged: (now) => now !== chainId && end("wrong-chain"),
    gone: () => end("wallet-gone"),
  });
}
