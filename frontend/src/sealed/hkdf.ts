// Key derivation: RFC 5869 with SHA-256.
import { hkdf as derive } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Bytes } from "./bytes";

/** 32 bytes of HKDF-SHA256; an empty salt is the empty string. */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): Bytes {
  return derive(sha256, ikm, salt, info, 32) as Bytes;
}

export const NO_SALT = new Uint8Array(0);
