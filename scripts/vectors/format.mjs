// The building blocks of docs/format.md: bytes, labels, derivations, canonical JSON.
import { createCipheriv } from "node:crypto";
import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

export { sha256 };

export const noble = "@noble/hashes 2.4.0, @noble/curves 2.4.0, @noble/post-quantum 0.7.1";
export const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
export const uint = (value, bytes) =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex"));
export const L = (name) => join(utf8(`pmr/v1/${name}`), [0]);
export const hkdf = (ikm, salt, info) => nobleHkdf(sha256, ikm, salt, info, 32);
export const none = new Uint8Array(0);

// The first bytes of the keystream of ChaCha20(key = SHA-256(seed), nonce 0, counter 0).
export const draw = (seed, length) =>
  new Uint8Array(
    createCipheriv("chacha20", sha256(utf8(seed)), Buffer.alloc(16)).update(Buffer.alloc(length)),
  );

export const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((name) => [name, sorted(value[name])]),
        )
      : value;
export const canonical = (value) => JSON.stringify(sorted(value));

export async function gcm(key, nonce, plain, aad = none) {
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv: nonce, additionalData: aad };
  return new Uint8Array(await crypto.subtle.encrypt(how, imported, plain));
}

export const address = (text) => Buffer.from(text.slice(2), "hex");

// One file of vectors/: what it is about, whose answers it holds, and the answers.
export const file = (name, about, source, members) => ({
  name,
  text: JSON.stringify({ about, source, ...members }, null, 1),
});
