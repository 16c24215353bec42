import { expect, test } from "vitest";
import { Block, type Get } from "#src/sealed/block";
import { concat, fromHex } from "#src/sealed/bytes";
import { carHeader, carSection, packCar, readCar } from "#src/sealed/car";
import { Cid, RAW } from "#src/sealed/cid";
import { decodeNode, encodeNode } from "#src/sealed/dagPb";
import { decodeDirectory, encodeDirectory } from "#src/sealed/directory";
import { type FileNode, importBytes, leafOf, Tree } from "#src/sealed/importing";
import { readFile, readRange } from "#src/sealed/reading";
import { type Case, content, refused, vectors } from "./vectors";

const SMALL = 8 << 20;
const forget = () => {};
const unixfs = vectors("unixfs");
const [files, trees, directories] = [
  unixfs.files as Case[],
  unixfs.trees as Case[],
  unixfs.directories as Case[],
];

class Store {
  readonly blocks = new Map<string, Uint8Array>();
  readonly put = (block: Block) => void this.blocks.set(block.cid.toString(), block.data);
  readonly get: Get = async (cid) => this.blocks.get(cid.toString()) ?? new Uint8Array();
}

test.each([...vectors("cid").cases, ...files].filter(({ size }) => size <= SMALL))(
  "importBytes, $content of $size bytes, has the CID that others give",
  async ({ content: name, size, cid }) => {
    expect((await importBytes(content(name, size), forget)).cid.toString()).toBe(cid);
  },
);

test.each(trees)("Tree, $leaves leaves, has the root that others give", async ({ leaves, cid, dagSize }) => {
  const made = await Promise.all(Array.from({ length: 256 }, (_, n) => leafOf(Uint8Array.of(n), forget)));
  const tree = new Tree(forget);
  for (let n = 0; n < leaves; n++) await tree.add(made[n % 256] as FileNode);
  const root = await tree.root();
  expect([root.cid.toString(), root.dagSize]).toEqual([cid, dagSize]);
});

test.each(directories)("encodeDirectory, $about, has the CID that others give", async (given) => {
  const numbered = Array.from({ length: given.numbered }, (_, n) => ({
    name: String(n),
    content: `chacha20:${n}`,
    size: 100 + n,
  }));
  const entries = new Map();
  for (const { name, content: seed, size } of [...given.entries, ...numbered]) {
    entries.set(name, await importBytes(content(seed, size), forget));
  }
  const block = await encodeDirectory(entries);
  expect(block.cid.toString()).toBe(given.cid);
  expect([...decodeDirectory(block).keys()].sort()).toEqual([...entries.keys()].sort());
});

test("readFile and readRange, a file of three leaves, give its bytes", async () => {
  const [store, bytes] = [new Store(), content("chacha20:x", 2_500_000)];
  const { cid } = await importBytes(bytes, store.put);
  const pieces: Uint8Array[] = [];
  for await (const piece of readFile(cid, store.get, bytes.length)) pieces.push(piece);
  expect(Buffer.compare(concat(...pieces), bytes)).toBe(0);
  expect(await readRange(cid, store.get, 1_048_570, 20)).toEqual(bytes.slice(1_048_570, 1_048_590));
});

test("readFile, a block was swapped, refuses it", async () => {
  const [store, bytes] = [new Store(), content("chacha20:x", 2_500_000)];
  const { cid } = await importBytes(bytes, store.put);
  for (const [name, data] of store.blocks)
    if (data.length === 1 << 20) store.blocks.set(name, new Uint8Array(1 << 20));
  await refused(async () => {
    for await (const _ of readFile(cid, store.get, bytes.length));
  }, "bad-block");
});

test("readFile, a node that states another tree, is refused", async () => {
  const [store, bytes] = [new Store(), content("chacha20:x", 2_500_000)];
  const { cid } = await importBytes(bytes, store.put);
  const node = decodeNode(store.blocks.get(cid.toString()) as Uint8Array);
  node.links.reverse();
  const swapped = await Block.of(0x70, encodeNode(node));
  store.put(swapped);
  await refused(() => readRange(swapped.cid, store.get, 0, 1), "bad-block");
});

test.each([
  ["another version", "0055122000"],
  ["another hash", "01551320"],
  ["another codec", "01711220"],
])("Cid.decode, %s, is refused", async (_, start) => {
  await refused(() => Cid.decode(concat(fromHex(start), new Uint8Array(36 - start.length / 2))), "bad-cid");
});

test.each(["", "b", "zdj7", "B".repeat(59), `b${"a".repeat(58)}`])(
  "Cid.parse, %s, is refused",
  async (text) => {
    await refused(() => Cid.parse(text), "bad-cid");
  },
);

test("readCar, what packCar made, gives the blocks", async () => {
  const blocks = await Promise.all(["a", "b", "a"].map((seed) => Block.of(RAW, content(`text:${seed}`, 1))));
  const read = await readCar(packCar(blocks));
  expect(read.blocks.map((block) => block.cid.toString())).toEqual(
    blocks.slice(0, 2).map((block) => block.cid.toString()),
  );
});

test("readCar, hostile archives, are refused", async () => {
  const [a, b] = await Promise.all(["a", "b"].map((seed) => Block.of(RAW, content(`text:${seed}`, 1))));
  if (!a || !b) throw new Error("no blocks");
  const head = carHeader(a.cid);
  const lying = carSection(b);
  lying[lying.length - 1] = 0;
  await refused(() => readCar(head), "bad-car");
  await refused(() => readCar(concat(head, carSection(b))), "bad-car");
  await refused(() => readCar(concat(head, carSection(a), carSection(a))), "bad-car");
  await refused(() => readCar(concat(head, carSection(a)).slice(0, -1)), "bad-car");
  await refused(() => readCar(concat(head, carSection(a), lying)), "bad-block");
  await refused(() => readCar(concat(head, new Uint8Array(9).fill(0xff))), "bad-car");
});
