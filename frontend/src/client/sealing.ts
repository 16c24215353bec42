// Sealing: from files to the blocks of a record's new version. A leaf leaves this machine only after its CID
// was noted; a later run seals the same bytes to the same leaves, or starts that file over with a new header.
import type { Address } from "viem";
import { PmrError } from "../errors";
import type { Block } from "../sealed/block";
import { Body, bodyAad, MANIFEST_NUMBER } from "../sealed/body";
import { type Bytes, fromHex, hex } from "../sealed/bytes";
import type { Cid } from "../sealed/cid";
import { bodyKey, type ContentKey, keyCommit, newContentId, newContentKey } from "../sealed/contentKey";
import { encodeDirectory } from "../sealed/directory";
import { sealEnvelope } from "../sealed/envelope";
import { decodeHeader, encodeHeader } from "../sealed/header";
import { type FileNode, importBytes, leafOf, Tree } from "../sealed/importing";
import type { DoctorKey } from "../sealed/keys";
import { encodeManifest } from "../sealed/manifest";
import { paddedSize } from "../sealed/padding";
import { signRecord } from "../sealed/signature";
import { Layout, newHeader } from "../sealed/stream";
import type { FileNotes, Notes } from "./notes";

/** Leaves that are sealed side by side, noted together and held in memory. */
const WINDOW = 8;

/** What a doctor says of a record. */
export interface About {
  title: string;
  patient: string;
  date: string;
  notes: string;
}

/** A file to seal. */
export interface Source {
  /** A relative path. */
  name: string;
  type: string;
  blob: Blob;
}

/** Who seals. */
export interface Author {
  account: Address;
  key: DoctorKey;
  /** Digest of the published bundle of that key. */
  bundle: Bytes;
}

/** Where blocks go, and how notes are made durable before they do. */
export interface Sink {
  put(block: Block): Promise<void>;
  save(notes: Notes): Promise<void>;
  onSealed?(bytes: number): void;
  signal?: AbortSignal;
}

/** Begin a version: draw its key and everything that is made once; nothing has left the machine. */
export async function beginNotes(
  author: Author,
  about: About,
  sources: Source[],
  purpose: Notes["purpose"],
): Promise<Notes> {
  const [contentKey, contentId] = [newContentKey(), newContentId()];
  const commit = keyCommit(contentKey, contentId);
  const header = encodeHeader({
    author: author.account,
    authorKey: author.bundle,
    contentId,
    files: sources.length,
    keyCommit: commit,
  });
  const files = sources.map(({ name, type, blob }) => ({ name, type, size: blob.size }));
  const manifestBody = new Body(bodyKey(contentKey, contentId), await bodyAad(header, MANIFEST_NUMBER));
  const manifest = await manifestBody.sealManifest(encodeManifest({ ...about, files }));
  const to = { kind: "owner" as const, owner: author.account };
  const owner = await sealEnvelope(contentKey, { contentId, keyCommit: commit, to }, author.key.publicKey);
  return {
    about,
    contentKey: hex(contentKey),
    header: hex(header),
    manifest: hex(manifest),
    owner: hex(owner),
    files: files.map((file) => ({ ...file, header: hex(newHeader()), leaves: [] })),
    purpose,
  };
}

/** Seal every file and the rest into `sink`; gives the root's block. `source-changed` when files differ. */
export async function sealRecord(
  author: Author,
  notes: Notes,
  sources: Source[],
  sink: Sink,
): Promise<Block> {
  demandSame(notes.files, sources);
  const entries = new Map<string, FileNode>();
  for (const [number, source] of sources.entries()) {
    entries.set(String(number), await sealFile(notes, number, source.blob, sink));
  }
  for (const name of ["header", "manifest", "owner"] as const) {
    entries.set(name, await importBytes(fromHex(notes[name]), (block) => sink.put(block)));
  }
  const signed = [...entries].map(([name, node]): [string, Cid] => [name, node.cid]);
  const signature = signRecord(author.key, signed);
  entries.set("signature", await importBytes(signature, (block) => sink.put(block)));
  const root = await encodeDirectory(entries);
  await sink.put(root);
  await sink.save(Object.assign(notes, { root: hex(root.cid.digest) }));
  return root;
}

/** The version's content key. */
export function contentKeyOf(notes: Notes): ContentKey {
  return fromHex(notes.contentKey);
}

/** Bytes that sealing all the files gives, for a progress bar. */
export function sealedBytes(files: Pick<FileNotes, "size">[]): number {
  return files.reduce((sum, { size }) => sum + new Layout(paddedSize(size)).sealedSize, 0);
}

async function sealFile(notes: Notes, number: number, source: Blob, sink: Sink): Promise<FileNode> {
  const file = notes.files[number] as FileNotes;
  try {
    return await sealNoted(notes, number, source, sink);
  } catch (error) {
    if (!(error instanceof PmrError) || error.kind !== "source-changed" || !file.leaves.length) throw error;
  }
  // Other bytes than the noted ones: their nonces are used up. Start over with a new header.
  Object.assign(file, { header: hex(newHeader()), leaves: [] });
  await sink.save(notes);
  return sealNoted(notes, number, source, sink);
}

async function sealNoted(notes: Notes, number: number, source: Blob, sink: Sink): Promise<FileNode> {
  const file = notes.files[number] as FileNotes;
  const layout = new Layout(paddedSize(source.size));
  const header = fromHex(notes.header);
  const { contentId } = decodeHeader(header);
  const body = new Body(bodyKey(contentKeyOf(notes), contentId), await bodyAad(header, number));
  const segments = await body.segments(fromHex(file.header), layout);
  const tree = new Tree((block) => sink.put(block));
  for (let first = 0; first < layout.segments; first += WINDOW) {
    if (sink.signal?.aborted) throw new PmrError("cancelled");
    const count = Math.min(WINDOW, layout.segments - first);
    const blocks: Block[] = [];
    const seal = async (index: number) =>
      leafOf(await segments.seal(index, await Body.part(source, layout, index)), (block) => {
        blocks[index - first] = block;
      });
    const leaves = await Promise.all(Array.from({ length: count }, (_, i) => seal(first + i)));
    await note(notes, file, first, leaves, sink);
    for (const [i, block] of blocks.entries()) {
      await sink.put(block);
      await tree.add(leaves[i] as FileNode);
    }
    sink.onSealed?.(leaves.reduce((sum, leaf) => sum + leaf.size, 0));
  }
  return tree.root();
}

/** Compare a window's leaves with the noted ones, and note the others: `source-changed` at a difference. */
async function note(
  notes: Notes,
  file: FileNotes,
  first: number,
  leaves: FileNode[],
  sink: Sink,
): Promise<void> {
  const cids = leaves.map((leaf) => leaf.cid.toString());
  const known = file.leaves.slice(first, first + cids.length);
  if (known.some((cid, i) => cid !== cids[i])) throw new PmrError("source-changed", file.name);
  if (known.length === cids.length) return;
  file.leaves.push(...cids.slice(known.length));
  await sink.save(notes);
}

function demandSame(files: FileNotes[], sources: Source[]): void {
  const same = (file: FileNotes, i: number) => {
    const source = sources[i];
    return source?.name === file.name && source.blob.size === file.size;
  };
  if (files.length !== sources.length || !files.every(same))
    throw new PmrError("source-changed", "other files");
}
