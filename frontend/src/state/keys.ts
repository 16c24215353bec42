// The doctor's key: made, unlocked, recovered, published; locked again after 15 idle minutes.
import { effect, signal } from "@preact/signals";
import {
  authorOf,
  type FoundVault,
  findVault,
  keepVault,
  keyState,
  keysOfKit,
  publishKeys,
  unlock as unlockVault,
} from "../client/keys";
import { Notebook } from "../client/notes";
import type { Desk } from "../client/registering";
import type { Watcher } from "../client/sending";
import { PmrError } from "../errors";
import { Keyring } from "../sealed/keyring";
import { progress } from "./deed";
import { attempt, type Desktop, desktop, keyring, publishedKey } from "./session";

const IDLE_MS = 15 * 60_000;
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "wheel"] as const;

/** The vault that was found; undefined while nobody has looked. */
export const vault = signal<FoundVault | null | undefined>(undefined);
/** How much of the passphrase is stretched, 0 to 1; null when nothing is. */
export const stretched = signal<number | null>(null);
/** A keyring that was made or recovered, until its kit was confirmed. */
export const fresh = signal<{ keyring: Keyring; passphrase: string } | null>(null);

/** Look for the account's vault. */
export function look(): Promise<boolean> {
  return attempt(async () => {
    const { wallet, stores } = here();
    vault.value = await findVault(wallet.account, stores.vaults);
  });
}

export function unlock(passphrase: string): Promise<boolean> {
  return attempt(async () => {
    if (!vault.value) throw new PmrError("no-key");
    keyring.value = await stretching((onStretch) =>
      unlockVault(here().wallet, vault.value?.data as never, passphrase, onStretch),
    );
  });
}

/** Make a first key; it is kept when its kit was confirmed. `key-lost` where the chain names one already. */
export function make(passphrase: string): Promise<boolean> {
  return attempt(async () => {
    if (publishedKey.value) throw new PmrError("key-lost");
    fresh.value = { keyring: await Keyring.new(), passphrase };
  });
}

/** Take the keys of a recovery kit under a new passphrase. */
export function recover(kit: string, passphrase: string): Promise<boolean> {
  return attempt(async () => {
    const { ledger, wallet } = here();
    const keys = await keysOfKit(kit, wallet.account);
    if (!(await keyState(ledger, wallet.account, keys)).whole) throw new PmrError("key-lost");
    await keep(keys, passphrase);
  });
}

/** The kit was confirmed: keep the fresh keys. */
export function keepFresh(): Promise<boolean> {
  return attempt(async () => {
    if (!fresh.value) return;
    await keep(fresh.value.keyring, fresh.value.passphrase);
    fresh.value = null;
  });
}

/** Name the keys on chain, so that colleagues can seal to them. */
export function publish(watcher: Watcher): Promise<boolean> {
  return attempt(async () => {
    const { ledger, calls, wallet } = here();
    await publishKeys(ledger, calls, wallet, unlocked(), watcher);
    publishedKey.value = (await ledger.keyOf(wallet.account)).version;
  });
}

/** Forget what was found and made for an account that has left. */
export function forgetVault(): void {
  vault.value = undefined;
  fresh.value = null;
}

/** Forget the keys; what is open goes with them. */
export function lock(): void {
  keyring.value = null;
}

/** Everything that a deed needs, with the keys that are unlocked. */
export async function deskOf(): Promise<Desk> {
  const { ledger, calls, wallet, stores } = here();
  const author = await authorOf(ledger, wallet.account, unlocked());
  const prefix = `${ledger.chainId}/${ledger.registry}/${wallet.account}/`;
  return { ledger, calls, wallet, author, notebook: new Notebook(stores.notes, author.key, prefix) };
}

export function here(): Desktop {
  if (!desktop.value) throw new PmrError("not-signed-in");
  return desktop.value;
}

export function unlocked(): Keyring {
  if (!keyring.value) throw new PmrError("key-locked");
  return keyring.value;
}

/** Lock when nobody has touched the page for a while. */
export function lockWhenIdle(): void {
  let timer = 0;
  const restart = () => {
    clearTimeout(timer);
    // Bytes that move are somebody's work: a long upload does not lock the page under it.
    void progress.value;
    if (keyring.value) timer = window.setTimeout(lock, IDLE_MS);
  };
  for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, restart, { passive: true });
  effect(restart);
}

async function keep(keys: Keyring, passphrase: string): Promise<void> {
  const { wallet, stores } = here();
  vault.value = await stretching((onStretch) =>
    keepVault(wallet, keys, passphrase, stores.vaults, vault.value, onStretch),
  );
  keyring.value = keys;
}

async function stretching<T>(work: (onStretch: (done: number) => void) => Promise<T>): Promise<T> {
  stretched.value = 0;
  try {
    return await work((done) => {
      stretched.value = done;
    });
  } finally {
    stretched.value = null;
  }
}
