// A doctor's keys: made, unlocked, published, recovered, renewed. The seeds are in a vault; it is kept by the
// server for the account and in this browser, and opens with the passphrase and, where it can, the wallet.
import type { Address } from "viem";
import * as api from "../api";
import type { Calls } from "../chain/calls";
import type { Ledger } from "../chain/ledger";
import { PmrError } from "../errors";
import { Block } from "../sealed/block";
import { type Bytes, equal } from "../sealed/bytes";
import { RAW } from "../sealed/cid";
import type { Keyring } from "../sealed/keyring";
import { readKit } from "../sealed/recovery";
import {
  normalSignature,
  type OnStretch,
  openVault,
  sealVault,
  signsAlike,
  unlockMessage,
  vaultInfo,
} from "../sealed/vault";
import type { Wallet } from "../wallet";
import type { Directory } from "./bundles";
import type { Author } from "./sealing";
import { sendCall, type Watcher } from "./sending";
import { uploadLeaf } from "./upload";

/** Where this browser keeps vaults, by account. */
export interface VaultStore {
  save(account: Address, vault: Bytes): Promise<void>;
  load(account: Address): Promise<Bytes | null>;
}

/** A vault, and the server's tag of the copy that it keeps. */
export interface FoundVault {
  data: Bytes;
  tag?: string;
}

/** The account's vault, from the server or from this browser, the newer one; null for none. */
export async function findVault(account: Address, store: VaultStore): Promise<FoundVault | null> {
  const [kept, here] = [await serverVault(), await store.load(account)];
  if (kept && here && vaultInfo(here).version > vaultInfo(kept.data).version)
    return { data: here, tag: kept.tag };
  return kept ?? (here ? { data: here } : null);
}

/** Open a vault; the wallet is asked only where the vault needs it. `bad-passphrase`, `wallet-refused`. */
export async function unlock(
  wallet: Wallet,
  vault: Bytes,
  passphrase: string,
  onStretch?: OnStretch,
): Promise<Keyring> {
  const info = vaultInfo(vault);
  if (info.account !== wallet.account) throw new PmrError("account-switched", info.account);
  const part = info.wallet
    ? normalSignature(await wallet.signTypedData(unlockMessage(wallet.account)))
    : null;
  return openVault(vault, passphrase, part, onStretch);
}

/**
 * What the wallet adds to a vault's key: its signature, asked for twice. Null for a wallet that signs
 * differently each time: then the vault has the passphrase alone.
 */
export async function walletPart(wallet: Wallet): Promise<Bytes | null> {
  const message = unlockMessage(wallet.account);
  const [first, second] = [await wallet.signTypedData(message), await wallet.signTypedData(message)];
  return signsAlike(first, second) ? normalSignature(first) : null;
}

/** Seal a keyring, and keep it in this browser and with the server; `vault-changed`. */
export async function keepVault(
  wallet: Wallet,
  keyring: Keyring,
  passphrase: string,
  store: VaultStore,
  replaces?: FoundVault | null,
  onStretch?: OnStretch,
): Promise<FoundVault> {
  const data = await sealVault(keyring, wallet.account, passphrase, await walletPart(wallet), onStretch);
  await store.save(wallet.account, data);
  return { data, tag: await api.putVault(data, replaces?.tag) };
}

/** How the keys of a keyring stand to those that the chain names. */
export interface KeyState {
  /** The newest version that the chain names; 0 for none. */
  published: number;
  /** Whether every published version is here and the same. */
  whole: boolean;
  /** Versions here that come after the chain's newest. */
  pending: number[];
}

export async function keyState(directory: Directory, account: Address, keyring: Keyring): Promise<KeyState> {
  const { version: published } = await directory.keyOf(account);
  let whole = true;
  for (let version = 1; version <= published; version++) {
    whole &&= await isNamed(directory, account, keyring, version);
  }
  return { published, whole, pending: keyring.versions.filter((version) => version > published) };
}

/** Upload the bundles and name those on chain that are not; `key-lost` when the chain names other keys. */
export async function publishKeys(
  ledger: Ledger,
  calls: Calls,
  wallet: Wallet,
  keyring: Keyring,
  watcher: Watcher,
): Promise<void> {
  const state = await keyState(ledger, wallet.account, keyring);
  if (!state.whole) throw new PmrError("key-lost");
  watcher.stage("uploading");
  for (const version of keyring.versions)
    await uploadLeaf(await bundleBlock(wallet.account, keyring, version));
  for (const version of state.pending) {
    const { cid } = await bundleBlock(wallet.account, keyring, version);
    await sendCall(ledger, wallet, calls.publish(version, cid.digest), watcher);
  }
  watcher.stage("done");
}

/** The key to seal and sign with: the newest that the chain names. `key-not-published`, `key-lost`. */
export async function authorOf(directory: Directory, account: Address, keyring: Keyring): Promise<Author> {
  const { published } = await keyState(directory, account, keyring);
  if (!published) throw new PmrError("key-not-published", account);
  if (!(await isNamed(directory, account, keyring, published))) throw new PmrError("key-lost");
  const { cid } = await bundleBlock(account, keyring, published);
  return { account, key: keyring.key(published), bundle: cid.digest as Bytes };
}

/** The keys of a recovery kit of this account; `bad-recovery-kit`. */
export async function keysOfKit(text: string, account: Address): Promise<Keyring> {
  const kit = await readKit(text);
  if (kit.account !== account) throw new PmrError("bad-recovery-kit", kit.account);
  return kit.keyring;
}

async function serverVault(): Promise<Required<FoundVault> | null> {
  try {
    return await api.vault();
  } catch (error) {
    if (error instanceof PmrError && error.kind === "not-found") return null;
    throw error;
  }
}

async function isNamed(
  directory: Directory,
  account: Address,
  keyring: Keyring,
  version: number,
): Promise<boolean> {
  const named = await directory.bundleAt(account, version);
  if (!named || !keyring.versions.includes(version)) return false;
  return equal(named, (await bundleBlock(account, keyring, version)).cid.digest);
}

function bundleBlock(account: Address, keyring: Keyring, version: number): Promise<Block> {
  return Block.of(RAW, keyring.key(version).bundle(account, version));
}
