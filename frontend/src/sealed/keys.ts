// A doctor's key and the bundle that publishes it (section 2).
import type { Address } from "viem";
import { getAddress } from "viem";
import { PmrError } from "../errors";
import { type Bytes, concat, equal, fromHex, hex, sha256 } from "./bytes";
import { address, decode, encode, exactly, hexBytes, object, whole } from "./canonical";
import { publicKeyOf, sign, verify } from "./ed25519";
import { hkdf, NO_SALT } from "./hkdf";
import { label } from "./labels";
import { checkPublicKey, pairOf, XWING_KEY } from "./xwing";

const BUNDLE = object({
  account: address,
  ed25519: hexBytes(32),
  format: exactly("pmr-key/1"),
  signature: hexBytes(64),
  version: whole(1),
  xwing: hexBytes(XWING_KEY),
});

interface BundleJson {
  account: string;
  ed25519: string;
  format: string;
  signature: string;
  version: number;
  xwing: string;
}

/** The keys of one version of one account: X-Wing to open envelopes, Ed25519 to sign. */
export class DoctorKey {
  readonly #seed: Bytes;
  readonly #signing: Bytes;

  private constructor(
    seed: Bytes,
    readonly publicKey: Bytes,
    readonly privateKey: CryptoKey,
  ) {
    this.#seed = seed;
    this.#signing = derive(seed, "ed25519");
  }

  /** Derive both keys of 32 bytes; `bad-format` for another length. */
  static async fromSeed(seed: Bytes): Promise<DoctorKey> {
    if (seed.length !== 32) throw new PmrError("bad-format", "a seed has 32 bytes");
    const { publicKey, privateKey } = await pairOf(derive(seed, "x-wing"));
    return new DoctorKey(seed.slice(), publicKey, privateKey);
  }

  /** The seed, for the vault and the recovery kit alone. */
  reveal(): Bytes {
    return this.#seed.slice();
  }

  /** The key of what this client notes for itself. */
  journalKey(): Bytes {
    return derive(this.#seed, "journal");
  }

  get ed25519(): Bytes {
    return publicKeyOf(this.#signing);
  }

  sign(message: Uint8Array): Bytes {
    return sign(this.#signing, message);
  }

  /** The canonical JSON that publishes this key as an account's given version; the same each time. */
  bundle(account: Address, version: number): Bytes {
    const members = {
      account: account.toLowerCase(),
      ed25519: hex(this.ed25519),
      format: "pmr-key/1",
      version,
      xwing: hex(this.publicKey),
    };
    return encode({ ...members, signature: hex(this.sign(concat(label("bundle"), encode(members)))) });
  }
}

/** A published key that was checked: made by `readBundle` only. */
export interface KeyBundle {
  account: Address;
  version: number;
  xwing: Bytes;
  ed25519: Bytes;
  digest: Bytes;
}

/** Check a bundle against the digest (and version) that the chain names; `bad-key-bundle`. */
export async function readBundle(
  data: Uint8Array,
  account: Address,
  digest: Uint8Array,
  version?: number,
): Promise<KeyBundle> {
  if (!equal(await sha256(data), digest))
    throw new PmrError("bad-key-bundle", "not the digest that the chain names");
  try {
    return checked(data, account, digest, version);
  } catch (error) {
    throw new PmrError("bad-key-bundle", error instanceof Error ? error.message : "");
  }
}

function checked(data: Uint8Array, account: Address, digest: Uint8Array, version?: number): KeyBundle {
  const { signature, ...members } = decode<BundleJson>(data, BUNDLE);
  if (members.account !== account.toLowerCase() || (version ?? members.version) !== members.version) {
    throw new PmrError("bad-format", `version ${members.version} of ${members.account}`);
  }
  const [xwing, ed25519] = [fromHex(members.xwing), fromHex(members.ed25519)];
  verify(ed25519, concat(label("bundle"), encode(members)), fromHex(signature));
  checkPublicKey(xwing);
  return {
    account: getAddress(account),
    version: members.version,
    xwing,
    ed25519,
    digest: digest.slice() as Bytes,
  };
}

function derive(seed: Uint8Array, name: string): Bytes {
  return hkdf(seed, NO_SALT, label(name));
}
