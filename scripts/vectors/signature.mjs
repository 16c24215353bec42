// Signatures over a record: section 3.
import { ed25519 } from "@noble/curves/ed25519.js";
import { draw, file, hex, join, L, utf8 } from "./format.mjs";
import { alice, bob } from "./keys.mjs";

const cid = (seed) => join([1, 0x55, 0x12, 0x20], draw(seed, 32));
const entryNames = ["header", "manifest", ...Array.from({ length: 12 }, (_, i) => String(i))];
const entries = Object.fromEntries(entryNames.map((name) => [name, hex(cid(`cid ${name}`))]));
function recordMessage(of) {
  const parts = Object.keys(of)
    .sort()
    .map((name) => join([name.length], utf8(name), Buffer.from(of[name], "hex")));
  return join(L("record"), ...parts);
}
const signature = hex(ed25519.sign(recordMessage(entries), alice.ed25519Seed));
export const signatureFile = file(
  "signature",
  "Signatures over a record's entries (section 3).",
  "@noble/curves 2.4.0",
  {
    seed: hex(alice.seed),
    cases: [{ entries, message: hex(recordMessage(entries)), signature }],
    refused: [
      {
        why: "another key's",
        entries,
        signature: hex(ed25519.sign(recordMessage(entries), bob.ed25519Seed)),
      },
      { why: "two files changed places", entries: { ...entries, 0: entries[1], 1: entries[0] }, signature },
      { why: "a file taken away", entries: { ...entries, 11: undefined }, signature },
      { why: "a file added", entries: { ...entries, 12: entries[11] }, signature },
      { why: "a gap", entries: { ...entries, 5: undefined }, signature },
      {
        why: "without the label",
        entries,
        signature: hex(ed25519.sign(recordMessage(entries).subarray(14), alice.ed25519Seed)),
      },
    ],
  },
);
