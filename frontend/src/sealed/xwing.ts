// The KEM of envelopes: HPKE with X-Wing, and which public keys may be sealed to (section 2).
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { x25519 } from "@noble/curves/ed25519.js";
import { PmrError } from "../errors";
import type { Bytes } from "./bytes";

export const XWING_KEY = 1216;
const MLKEM_KEY = 1184;
const MLKEM_VECTOR = 1152;
const MODULUS = 3329;

export interface KemPair {
  publicKey: Bytes;
  privateKey: CryptoKey;
}

export function suite(): CipherSuite {
  return new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
}

/** The key pair of 32 bytes, expanded as X-Wing does; never through a KDF of the library's. */
export async function pairOf(secret: Bytes): Promise<KemPair> {
  const pair = await new XWing().generateKeyPairDerand(secret);
  const publicKey = new Uint8Array(await new XWing().serializePublicKey(pair.publicKey));
  return { publicKey, privateKey: pair.privateKey };
}

/** Check a public key; `bad-key-bundle` for an ML-KEM part that is not canonical or a low-order point. */
export function checkPublicKey(key: Uint8Array): void {
  if (key.length !== XWING_KEY) throw new PmrError("bad-key-bundle", `${key.length} bytes`);
  if (!isCanonical(key.subarray(0, MLKEM_VECTOR))) throw new PmrError("bad-key-bundle", "ML-KEM-768");
  try {
    x25519.getSharedSecret(new Uint8Array(32).fill(8), key.subarray(MLKEM_KEY));
  } catch {
    throw new PmrError("bad-key-bundle", "X25519");
  }
}

/** FIPS 203, section 7.2: every 12-bit coefficient is below 3,329. */
function isCanonical(vector: Uint8Array): boolean {
  for (let i = 0; i < vector.length; i += 3) {
    const [a, b, c] = [vector[i], vector[i + 1], vector[i + 2]] as [number, number, number];
    if ((a | ((b & 15) << 8)) >= MODULUS || ((b >> 4) | (c << 4)) >= MODULUS) return false;
  }
  return true;
}
