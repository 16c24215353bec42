// Ed25519 signatures, checked as RFC 8032, section 5.1.7 says: S below the group order, canonical points,
// the equation without the cofactor. So that every client takes exactly the same signatures.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { PmrError } from "../errors";
import { type Bytes, concat, equal } from "./bytes";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

export function publicKeyOf(secret: Uint8Array): Bytes {
  return ed25519.getPublicKey(secret) as Bytes;
}

/** The 64 bytes of a signature; the message starts with its label. */
export function sign(secret: Uint8Array, message: Uint8Array): Bytes {
  return ed25519.sign(message, secret) as Bytes;
}

/** `bad-signature` unless the key signed the message. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  if (!holds(publicKey, message, signature)) throw new PmrError("bad-signature");
}

function holds(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  if (signature.length !== 64 || publicKey.length !== 32 || s >= ORDER) return false;
  const k = littleEndian(sha512(concat(r, publicKey, message))) % ORDER;
  try {
    const expected = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(publicKey).multiplyUnsafe(k));
    return equal(expected.toBytes(), r);
  } catch {
    return false;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
