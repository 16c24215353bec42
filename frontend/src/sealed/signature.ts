// Who sealed a record: Ed25519 over its header, manifest and files (section 3).
import { PmrError } from "../errors";
import { type Bytes, compare, concat, utf8 } from "./bytes";
import type { Cid } from "./cid";
import { verify } from "./ed25519";
import { MAX_FILES } from "./header";
import type { DoctorKey, KeyBundle } from "./keys";
import { label } from "./labels";

const UNSIGNED = new Set(["owner", "signature"]);

/** What is signed, from the directory's names and CIDs; `bad-format` for other names than a record's. */
export function recordMessage(entries: Iterable<[string, Cid]>): Bytes {
  const signed = [...entries].filter(([name]) => !UNSIGNED.has(name));
  checkNames(new Set(signed.map(([name]) => name)), signed.length - 2);
  const ordered = signed.map(([name, cid]) => ({ name: utf8(name), cid: cid.encode() }));
  ordered.sort((a, b) => compare(a.name, b.name));
  const parts = ordered.map(({ name, cid }) => concat(Uint8Array.of(name.length), name, cid));
  return concat(label("record"), ...parts);
}

/** Sign a record as its author: 64 bytes. */
export function signRecord(key: DoctorKey, entries: Iterable<[string, Cid]>): Bytes {
  return key.sign(recordMessage(entries));
}

/** `bad-signature` unless the bundle's key signed these entries. */
export function verifyRecord(
  bundle: KeyBundle,
  entries: Iterable<[string, Cid]>,
  signature: Uint8Array,
): void {
  verify(bundle.ed25519, recordMessage(entries), signature);
}

function checkNames(names: Set<string>, files: number): void {
  const wanted = ["header", "manifest", ...Array.from({ length: Math.max(0, files) }, (_, i) => String(i))];
  const formed = files >= 1 && files <= MAX_FILES && names.size === wanted.length;
  if (!formed || !wanted.every((name) => names.has(name)))
    throw new PmrError("bad-format", "the record's entries");
}
