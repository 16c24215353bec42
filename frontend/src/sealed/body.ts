// Sealed bodies: padded plaintext in Tink's stream, leaf by leaf (section 5).
import { PmrError } from "../errors";
import { type Bytes, concat, sha256, uint } from "./bytes";
import { label } from "./labels";
import { paddedSize } from "./padding";
import { HEADER, Layout, newHeader, Segments } from "./stream";

export const MANIFEST_NUMBER = 2 ** 32 - 1;
export const MAX_MANIFEST = 8 << 20;
const MANIFEST_PAGE = 4096;

/** A ciphertext that is somewhere: its size, and `length` bytes of it from `offset`. */
export interface Sealed {
  size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What a body is bound to: the record's header and the file's number. */
export async function bodyAad(header: Uint8Array, number: number): Promise<Bytes> {
  return concat(label("body"), await sha256(header), uint(number, 4));
}

/** The ciphertext length of a (padded) plaintext. */
export function sealedSize(plainSize: number): number {
  return new Layout(plainSize).sealedSize;
}

/** One file, or the manifest, of one version of a record. */
export class Body {
  constructor(
    private readonly key: Uint8Array,
    private readonly aad: Uint8Array,
  ) {}

  /** The cipher of each segment, for a stated header. */
  segments(header: Bytes, layout: Layout): Promise<Segments> {
    return Segments.of(this.key, this.aad, header, layout);
  }

  /** The padded plaintext of a segment of `source`; `source-changed` when it cannot be read as it was. */
  static async part(source: Blob, layout: Layout, index: number): Promise<Bytes> {
    const { start, end } = layout.part(index);
    const part = new Uint8Array(end - start);
    const present = source.slice(start, Math.min(end, source.size));
    try {
      part.set(new Uint8Array(await present.arrayBuffer()));
    } catch {
      throw new PmrError("source-changed");
    }
    return part;
  }

  /** The bytes of a file, segment by segment, each authenticated; complete only after the last. */
  async *open(sealed: Sealed, size: number): AsyncGenerator<Bytes> {
    const layout = layoutOf(sealed, size);
    const segments = await this.segments((await sealed.read(0, HEADER)).slice() as Bytes, layout);
    for (let index = 0; index < layout.segments; index++) {
      const plain = await openLeaf(segments, layout, index, sealed);
      const wanted = Math.max(0, Math.min(plain.length, size - layout.part(index).start));
      demandZeros(plain.subarray(wanted));
      if (wanted) yield plain.slice(0, wanted);
    }
  }

  /** `length` bytes of a file from `offset`. The last segment is opened first: it authenticates the length. */
  async openRange(sealed: Sealed, size: number, offset: number, length: number): Promise<Bytes> {
    if (offset < 0 || length < 0 || offset + length > size)
      throw new PmrError("bad-format", "outside the file");
    const layout = layoutOf(sealed, size);
    const segments = await this.segments((await sealed.read(0, HEADER)).slice() as Bytes, layout);
    const last = layout.segments - 1;
    const opened = new Map([[last, await openLeaf(segments, layout, last, sealed)]]);
    const pieces: Uint8Array[] = [];
    if (length === 0) return new Uint8Array(0);
    for (let index = layout.segmentAt(offset); index <= layout.segmentAt(offset + length - 1); index++) {
      const plain = opened.get(index) ?? (await openLeaf(segments, layout, index, sealed));
      const { start } = layout.part(index);
      pieces.push(plain.subarray(Math.max(0, offset - start), offset + length - start));
    }
    return concat(...pieces);
  }

  /** Seal a manifest's JSON, padded to 4 KiB; `too-large` above 8 MiB. */
  async sealManifest(plain: Uint8Array): Promise<Bytes> {
    const padded = concat(
      plain,
      new Uint8Array((MANIFEST_PAGE - (plain.length % MANIFEST_PAGE)) % MANIFEST_PAGE),
    );
    if (padded.length > MAX_MANIFEST) throw new PmrError("too-large");
    const layout = new Layout(padded.length);
    const segments = await this.segments(newHeader(), layout);
    const leaves: Bytes[] = [];
    for (let index = 0; index < layout.segments; index++) {
      const { start, end } = layout.part(index);
      leaves.push(await segments.seal(index, padded.slice(start, end)));
    }
    return concat(...leaves);
  }

  /** A manifest's JSON without its padding; `bad-format`, `cannot-decrypt`. */
  async openManifest(sealed: Uint8Array): Promise<Bytes> {
    const layout = Layout.ofSealed(sealed.length);
    const size = layout.plainSize;
    if (size === 0 || size > MAX_MANIFEST || size % MANIFEST_PAGE)
      throw new PmrError("bad-format", "manifest size");
    const segments = await this.segments(sealed.slice(0, HEADER) as Bytes, layout);
    const all = inMemory(sealed);
    const parts: Bytes[] = [];
    for (let index = 0; index < layout.segments; index++) {
      parts.push(await openLeaf(segments, layout, index, all));
    }
    const padded = concat(...parts);
    const end = padded.findLastIndex((byte) => byte !== 0) + 1;
    if (size - end >= MANIFEST_PAGE) throw new PmrError("bad-format", "manifest padding");
    return padded.slice(0, end);
  }
}

/** A ciphertext that is whole in memory. */
export function inMemory(data: Uint8Array): Sealed {
  return { size: data.length, read: async (offset, length) => data.subarray(offset, offset + length) };
}

function layoutOf(sealed: Sealed, size: number): Layout {
  const layout = new Layout(paddedSize(size));
  if (layout.sealedSize !== sealed.size) throw new PmrError("bad-format", "a body's size");
  return layout;
}

async function openLeaf(segments: Segments, layout: Layout, index: number, sealed: Sealed): Promise<Bytes> {
  const { start, end } = layout.piece(index);
  return segments.open(index, await sealed.read(start, end - start));
}

function demandZeros(padding: Uint8Array): void {
  if (padding.some((byte) => byte !== 0)) throw new PmrError("bad-format", "padding");
}
