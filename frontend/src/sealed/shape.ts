// The frozen shape of a file's tree: everything about it but the hashes follows from its size.
// Source: IPIP-499 `unixfs-v1-2025`, https://specs.ipfs.tech/ipips/ipip-0499/.
import { type Bytes, concat } from "./bytes";
import { linkLength } from "./dagPb";
import { encodeVarint, varintLength } from "./varint";

/** Bytes in every leaf but the last. */
export const CHUNK = 1 << 20;
/** Links in every node but the last of its level. */
export const WIDTH = 1024;

const MAX_PLAIN = 2 ** 40;
const SEGMENTS = 1 + Math.ceil((MAX_PLAIN - (CHUNK - 56)) / (CHUNK - 16));
/** Bytes of the largest file: 2^40 bytes as sealed by docs/format.md, section 5. */
export const MAX_FILE = 40 + MAX_PLAIN + 16 * SEGMENTS;

/** Levels of nodes above the leaves of a file; 0 for one of one chunk. */
export function heightOf(size: number): number {
  let height = 0;
  while (capacity(height) < size) height++;
  return height;
}

/** Bytes of a full tree. */
export function capacity(height: number): number {
  return CHUNK * WIDTH ** height;
}

/** Sizes of what each link of a node at `height` (at least 1) holds: all full but the last. */
export function parts(size: number, height: number): number[] {
  const full = capacity(height - 1);
  const sizes = new Array<number>(Math.floor(size / full)).fill(full);
  return size % full ? [...sizes, size % full] : sizes;
}

/** UnixFS data of a file's node: type 2, file size, the size of each part. */
export function fileData(size: number, sizes: number[]): Bytes {
  const counted = sizes.map((part) => concat(Uint8Array.of(0x20), encodeVarint(part)));
  return concat(Uint8Array.of(0x08, 0x02, 0x18), encodeVarint(size), ...counted);
}

/** Bytes of all blocks of a file's tree, which is what a link to it says (Tsize). */
export function dagSizeOf(size: number, height: number): number {
  if (height === 0) return size;
  const sizes = parts(size, height);
  const [full, last] = [sizes[0] as number, sizes.at(-1) as number].map((part) =>
    dagSizeOf(part, height - 1),
  );
  const data = fileData(size, sizes).length;
  const links = (sizes.length - 1) * withLink(full as number) + withLink(last as number);
  return links + 1 + varintLength(data) + data;
}

function withLink(dagSize: number): number {
  return dagSize + linkLength(dagSize);
}
