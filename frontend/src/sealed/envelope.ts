// Envelopes carry a content key to one reader: HPKE with X-Wing (section 7).
import { type Address, hexToBytes } from "viem";
import { PmrError } from "../errors";
import { type Bytes, concat, sha256, uint } from "./bytes";
import { type ContentKey, checkKey } from "./contentKey";
import type { DoctorKey } from "./keys";
import { label } from "./labels";
import { checkPublicKey, suite } from "./xwing";

export const ENVELOPE = 1169;
const ENC = 1120;
const VERSION = Uint8Array.of(1);
const SUITE = Uint8Array.of(1);
const NO_KEY = new Uint8Array(0);

/** What an envelope is bound to, so that it opens nothing else. */
export interface Context {
  contentId: Uint8Array;
  keyCommit: Uint8Array;
  /** A record on one chain, in one registry, given by its owner to one reader; or the owner's own copy. */
  to:
    | { kind: "grant"; chainId: number; registry: Address; granter: Address; reader: Address }
    | { kind: "owner"; owner: Address };
}

/** Seal a content key to a reader's 1,216 bytes: 1,169 bytes. `bad-key-bundle`, `cannot-decrypt`. */
export async function sealEnvelope(key: ContentKey, context: Context, publicKey: Bytes): Promise<Bytes> {
  checkKey(key, context.contentId, context.keyCommit);
  checkPublicKey(publicKey);
  const hpke = suite();
  const recipientPublicKey = await hpke.kem.importKey("raw", publicKey.slice().buffer, true);
  const sealed = await hpke.seal({ recipientPublicKey, info: await infoOf(context, publicKey) }, key);
  return concat(VERSION, new Uint8Array(sealed.enc), new Uint8Array(sealed.ct));
}

/** Open an envelope and check its key against `keyCommit`; `bad-format`, `cannot-decrypt`. */
export async function openEnvelope(
  envelope: Uint8Array,
  context: Context,
  key: DoctorKey,
): Promise<ContentKey> {
  if (envelope.length !== ENVELOPE || envelope[0] !== 1) throw new PmrError("bad-format", "an envelope");
  const opened = await decrypt(envelope.slice() as Bytes, key, await infoOf(context, key.publicKey));
  checkKey(opened, context.contentId, context.keyCommit);
  return opened;
}

/** Open with the first key that does: an envelope does not say which version it was sealed to. */
export async function openWithAny(
  envelope: Uint8Array,
  context: Context,
  keys: Iterable<DoctorKey>,
): Promise<ContentKey> {
  for (const key of keys) {
    try {
      return await openEnvelope(envelope, context, key);
    } catch (error) {
      if (!(error instanceof PmrError) || error.kind !== "cannot-decrypt") throw error;
    }
  }
  throw new PmrError("cannot-decrypt", "none of the keys of this account");
}

/** The HPKE `info` of section 7 for a reader's public key. */
export async function infoOf(context: Context, publicKey: Uint8Array): Promise<Bytes> {
  const { contentId, keyCommit, to } = context;
  const keyDigest = await sha256(publicKey);
  if (to.kind === "owner") {
    return concat(label("owner"), SUITE, contentId, hexToBytes(to.owner), keyDigest, keyCommit);
  }
  const chain = concat(uint(to.chainId, 8), hexToBytes(to.registry));
  const people = concat(hexToBytes(to.granter), hexToBytes(to.reader));
  return concat(label("grant"), SUITE, chain, contentId, people, keyDigest, keyCommit);
}

async function decrypt(envelope: Bytes, key: DoctorKey, info: Bytes): Promise<Bytes> {
  const [enc, ct] = [envelope.slice(1, 1 + ENC), envelope.slice(1 + ENC)];
  try {
    const opened = await suite().open({ recipientKey: key.privateKey, enc, info }, ct);
    const plain = new Uint8Array(opened);
    return plain.length === 32 ? plain : NO_KEY;
  } catch {
    throw new PmrError("cannot-decrypt", "for another reader, key or record");
  }
}
