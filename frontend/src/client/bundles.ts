// Colleagues' keys: the digest comes from the chain, the bytes from wherever they are.
import type { Address } from "viem";
import { PmrError } from "../errors";
import { equal } from "../sealed/bytes";
import { Cid } from "../sealed/cid";
import { type KeyBundle, readBundle } from "../sealed/keys";
import type { Digest } from "../types";

/** What `KeyDirectory` says. */
export interface Directory {
  keyOf(account: Address): Promise<{ bundle: Digest | null; version: number }>;
  bundleAt(account: Address, version: number): Promise<Digest | null>;
}

/** Gives a bundle's block by its CID, not yet hashed. */
export type FetchBundle = (cid: string) => Promise<Uint8Array>;

/** The key that an account uses now; `key-not-published`, `bad-key-bundle`, `not-found`. */
export async function newestBundle(
  directory: Directory,
  fetch: FetchBundle,
  account: Address,
): Promise<KeyBundle> {
  const { bundle, version } = await directory.keyOf(account);
  if (!bundle) throw new PmrError("key-not-published", account);
  return readBundle(await fetch(Cid.leaf(bundle).toString()), account, bundle, version);
}

/** The key that an account uses or once used, by its digest; `bad-key-bundle` when the chain never named it. */
export async function namedBundle(
  directory: Directory,
  fetch: FetchBundle,
  account: Address,
  digest: Digest,
): Promise<KeyBundle> {
  const newest = await directory.keyOf(account);
  for (let version = newest.version; version > 0; version--) {
    const named = version === newest.version ? newest.bundle : await directory.bundleAt(account, version);
    if (named && equal(named, digest)) {
      return readBundle(await fetch(Cid.leaf(digest).toString()), account, digest, version);
    }
  }
  throw new PmrError("bad-key-bundle", `${account} never published the key that the record names`);
}
