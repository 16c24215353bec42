// The vectors of /vectors, which other libraries made, and the contents that they speak of.
import { createCipheriv, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Kind, PmrError } from "#src/errors";
import type { Bytes } from "#src/sealed/bytes";

const FOLDER = new URL("../../vectors/", import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: each file has a form of its own, and tests use what is there
export type Case = Record<string, any>;

// biome-ignore lint/suspicious/noExplicitAny: as above
export function vectors(name: string): Record<string, any> & Record<"cases" | "refused", Case[]> {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

export function file(name: string): Bytes {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

/** `chacha20:SEED` is a keystream under SHA-256 of the seed, nonce and counter 0; `text:…` is itself. */
export function content(name: string, size: number): Bytes {
  const seed = name.slice(name.indexOf(":") + 1);
  if (name.startsWith("text:")) return new Uint8Array(Buffer.from(seed));
  const cipher = createCipheriv("chacha20", createHash("sha256").update(seed).digest(), Buffer.alloc(16));
  return new Uint8Array(cipher.update(Buffer.alloc(size)));
}

/** Fail unless the work is refused with one of these kinds. */
export async function refused(work: () => unknown, ...kinds: Kind[]): Promise<void> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(PmrError);
  expect(kinds).toContain((error as PmrError).kind);
}
