// Writes vectors/unixfs.json: what npm's ipfs-unixfs-importer says of files, trees and directories.
// Run it with `node scripts/make_content_vectors.mjs`; it takes some minutes, most of them for the
// trees. Nothing of PMR takes part in it.

import { createCipheriv, createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";

const MIB = 1024 * 1024;
const WIDTH = 1024;
const root = new URL("../", import.meta.url);
const nowhere = { put: (cid) => cid };

/** The stream named "chacha20:SEED", in pieces of 1 MiB. */
function* content(name, size) {
  const key = createHash("sha256").update(name.slice("chacha20:".length)).digest();
  const cipher = createCipheriv("chacha20", key, Buffer.alloc(16));
  for (let rest = size; rest > 0; rest -= MIB) {
    yield cipher.update(Buffer.alloc(Math.min(rest, MIB)));
  }
}

/** Bytes 0, 1, … 255, 0, … in pieces. */
function* counting(size) {
  const piece = Buffer.from(Array.from({ length: 65536 }, (_, index) => index % 256));
  for (let rest = size; rest > 0; rest -= piece.length) {
    yield piece.subarray(0, Math.min(rest, piece.length));
  }
}

async function last(source, options = {}) {
  let entry;
  for await (entry of importer(source, nowhere, { profile: "unixfs-v1-2025", ...options }));
  return { cid: entry.cid.toString(), dagSize: Number(entry.size) };
}

async function file(size) {
  const name = `chacha20:file ${size}`;
  return { content: name, size, ...(await last([{ content: content(name, size) }])) };
}

async function tree(leaves) {
  const chunker = fixedSize({ chunkSize: 1 });
  return { leaves, ...(await last([{ content: counting(leaves) }], { chunker })) };
}

async function directory({ about, named, numbered }) {
  const entries = Object.entries(named).map(([name, size]) => ({ name, content: `chacha20:${name}`, size }));
  const files = [...entries, ...Array.from({ length: numbered }, (_, n) => numberedFile(n))];
  const source = files.map((entry) => ({
    path: `directory/${entry.name}`,
    content: content(entry.content, entry.size),
  }));
  const empty = [{ path: "directory" }];
  return { about, entries, numbered, ...(await last(source.length ? source : empty)) };
}

function numberedFile(n) {
  return { name: `${n}`, content: `chacha20:${n}`, size: 100 + n };
}

const fileSizes = [
  0,
  1,
  4096,
  MIB - 1,
  MIB,
  MIB + 1,
  2 * MIB - 1,
  2 * MIB,
  2 * MIB + 1,
  5 * MIB,
  7 * MIB + 123,
  127 * MIB,
  128 * MIB + 1,
  WIDTH * MIB - 1,
  WIDTH * MIB,
  WIDTH * MIB + 1,
  (WIDTH + 1) * MIB + 1,
];
const treeSizes = [
  2,
  WIDTH - 1,
  WIDTH,
  WIDTH + 1,
  2 * WIDTH - 1,
  2 * WIDTH,
  2 * WIDTH + 1,
  5000,
  WIDTH * WIDTH - 1,
  WIDTH * WIDTH,
  WIDTH * WIDTH + 1,
  WIDTH * WIDTH + WIDTH + 1,
];
const record = { header: 300, manifest: 4135, owner: 1169, signature: 64 };
const bytewise = { b: 1, B: 2, 10: 3, 2: 4, é: 5, "\uff5e": 6, 𝒳: 7, "a b": 8, a: 9 };
const directories = [
  { about: "no entry", named: {}, numbered: 0 },
  { about: "one file", named: { 0: 10 }, numbered: 0 },
  { about: "a record of three files", named: { ...record, 0: 4135, 1: MIB + 1, 2: 3 * MIB }, numbered: 0 },
  { about: "names that sort by their bytes", named: bytewise, numbered: 0 },
  { about: "a record of 4,096 files", named: record, numbered: 4096 },
];

async function each(values, make) {
  const made = [];
  for (const value of values) {
    made.push(await make(value));
  }
  return made;
}

const version = JSON.parse(
  readFileSync(new URL("node_modules/ipfs-unixfs-importer/package.json", root)),
).version;
const vectors = {
  about:
    "'chacha20:SEED' is the keystream of ChaCha20 (key = sha256(SEED), nonce 0, counter 0). A tree has one leaf a byte: byte n is n modulo 256. 'numbered' entries are files 0, 1, …: 'n' is 100 + n bytes of 'chacha20:n'.",
  source: `npm ipfs-unixfs-importer ${version}, profile unixfs-v1-2025, by scripts/make_content_vectors.mjs`,
  files: await each(fileSizes, file),
  trees: await each(treeSizes, tree),
  directories: await each(directories, directory),
};
writeFileSync(new URL("vectors/unixfs.json", root), `${JSON.stringify(vectors, null, 1)}\n`);
