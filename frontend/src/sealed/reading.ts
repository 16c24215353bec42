// Files out of blocks: only the frozen shape is read, so a small DAG cannot describe a large file.
import { PmrError } from "../errors";
import { type Block, fetchBlock, type Get } from "./block";
import { concat, equal } from "./bytes";
import { type Cid, DAG_PB, RAW } from "./cid";
import { decodeNode, encodeNode } from "./dagPb";
import { CHUNK, dagSizeOf, fileData, heightOf, MAX_FILE, parts } from "./shape";
import { decodeVarint } from "./varint";

/** The size that a file's root block states; `bad-block` for one that no file has. */
export async function fileSize(cid: Cid, get: Get): Promise<number> {
  return statedSize(await fetchBlock(cid, get));
}

/** A file of exactly `size` bytes, leaf by leaf; `bad-block` for anything but the frozen shape. */
export async function* readFile(cid: Cid, get: Get, size: number): AsyncGenerator<Uint8Array> {
  const root = await fetchBlock(cid, get);
  if (statedSize(root) !== size) throw new PmrError("bad-block", `${cid} does not have ${size} bytes`);
  yield* read(root, get, size, heightOf(size), 0, size);
}

/** The whole of a small file of at most `most` bytes. */
export async function readSmall(cid: Cid, get: Get, most: number): Promise<Uint8Array> {
  const root = await fetchBlock(cid, get);
  const size = statedSize(root);
  if (size > most) throw new PmrError("bad-format", `${cid} has ${size} bytes, more than ${most}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of read(root, get, size, heightOf(size), 0, size)) pieces.push(piece);
  return concat(...pieces);
}

/** `length` bytes from `offset`, reading only the blocks that hold them. */
export async function readRange(cid: Cid, get: Get, offset: number, length: number): Promise<Uint8Array> {
  const root = await fetchBlock(cid, get);
  const size = statedSize(root);
  if (offset < 0 || length < 0 || offset + length > size) throw new PmrError("bad-input", "outside the file");
  const pieces: Uint8Array[] = [];
  for await (const piece of read(root, get, size, heightOf(size), offset, offset + length))
    pieces.push(piece);
  return concat(...pieces);
}

export function statedSize(block: Block): number {
  if (block.cid.codec === DAG_PB) return nodeSize(block);
  if (block.data.length > CHUNK) throw new PmrError("bad-block", `${block.cid} is no leaf`);
  return block.data.length;
}

/** The parts of a file's node and their sizes, when the bytes are those that its place demands. */
export function children(block: Block, size: number, height: number): { cid: Cid; size: number }[] {
  const sizes = parts(size, height);
  const links = block.cid.codec === DAG_PB ? decodeNode(block.data).links : [];
  const cids = links.map((link) => link.cid);
  if (cids.length !== sizes.length || !equal(encodeTree(cids, sizes, size, height), block.data)) {
    throw new PmrError("bad-block", `${block.cid} is not the balanced node of ${size} bytes`);
  }
  return cids.map((cid, i) => ({ cid, size: sizes[i] as number }));
}

function encodeTree(cids: Cid[], sizes: number[], size: number, height: number): Uint8Array {
  const full = dagSizeOf(sizes[0] as number, height - 1);
  const last = dagSizeOf(sizes.at(-1) as number, height - 1);
  const links = cids.map((cid, i) => ({ cid, dagSize: i < cids.length - 1 ? full : last, name: "" }));
  return encodeNode({ links, data: fileData(size, sizes) });
}

async function* read(
  block: Block,
  get: Get,
  size: number,
  height: number,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (height === 0) {
    yield leafData(block, size).subarray(from, to);
    return;
  }
  let start = 0;
  for (const part of children(block, size, height)) {
    const [low, high] = [Math.max(0, from - start), Math.min(part.size, to - start)];
    if (low < high) yield* read(await fetchBlock(part.cid, get), get, part.size, height - 1, low, high);
    start += part.size;
  }
}

function leafData(block: Block, size: number): Uint8Array {
  if (block.cid.codec !== RAW || block.data.length !== size) {
    throw new PmrError("bad-block", `${block.cid} is not the leaf of ${size} bytes`);
  }
  return block.data;
}

function nodeSize(block: Block): number {
  const { data } = decodeNode(block.data);
  if (data[0] !== 0x08 || data[1] !== 0x02 || data[2] !== 0x18) {
    throw new PmrError("bad-block", `${block.cid} is not a file`);
  }
  const size = sizeAt(data, 3);
  if (!(size > CHUNK && size <= MAX_FILE))
    throw new PmrError("bad-block", `${block.cid} states ${size} bytes`);
  return size;
}

function sizeAt(data: Uint8Array, offset: number): number {
  try {
    return decodeVarint(data, offset).value;
  } catch {
    return -1;
  }
}
