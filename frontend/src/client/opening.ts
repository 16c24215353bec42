// Opening: from a root that the chain names to plaintext. Nothing here knows a server.
import { PmrError } from "../errors";
import { fetchBlock, type Get } from "../sealed/block";
import { Body, bodyAad, MANIFEST_NUMBER, MAX_MANIFEST, type Sealed, sealedSize } from "../sealed/body";
import type { Bytes } from "../sealed/bytes";
import type { Cid } from "../sealed/cid";
import { bodyKey, type ContentKey, checkKey } from "../sealed/contentKey";
import { decodeDirectory, type Entries } from "../sealed/directory";
import { ENVELOPE } from "../sealed/envelope";
import { decodeHeader, type Header, MAX_HEADER } from "../sealed/header";
import type { KeyBundle } from "../sealed/keys";
import { decodeManifest, type FileEntry, type Manifest } from "../sealed/manifest";
import { fileSize, readRange, readSmall } from "../sealed/reading";
import { verifyRecord } from "../sealed/signature";

const SIGNATURE = 64;
const OTHERS = ["header", "manifest", "owner", "signature"];

/** The public half of a record, read from its root: authenticated by its hash alone until `verify`. */
export class SealedRecord {
  private constructor(
    readonly root: Cid,
    readonly entries: Entries,
    readonly header: Header,
    /** As they were hashed: bodies are bound to them. */
    readonly headerBytes: Uint8Array,
    private readonly get: Get,
  ) {}

  /** Read a record's directory and header; `bad-format`, `bad-block`. */
  static async read(root: Cid, get: Get): Promise<SealedRecord> {
    const entries = decodeDirectory(await fetchBlock(root, get));
    if (!OTHERS.every((name) => entries.has(name))) throw new PmrError("bad-format", "entries");
    const headerBytes = await readSmall(entries.get("header")?.cid as Cid, get, MAX_HEADER);
    const header = decodeHeader(headerBytes);
    const numbered = Array.from({ length: header.files }, (_, number) => String(number));
    const whole =
      entries.size === OTHERS.length + header.files && numbered.every((name) => entries.has(name));
    if (!whole) throw new PmrError("bad-format", "entries");
    return new SealedRecord(root, entries, header, headerBytes, get);
  }

  /** Check the author's signature; `bad-signature`. */
  async verify(author: KeyBundle): Promise<void> {
    const signed = [...this.entries].map(([name, link]): [string, Cid] => [name, link.cid]);
    verifyRecord(author, signed, await this.exactly("signature", SIGNATURE));
  }

  /** The envelope to the owner, 1,169 bytes. */
  ownerEnvelope(): Promise<Uint8Array> {
    return this.exactly("owner", ENVELOPE);
  }

  entry(name: string): Cid {
    return this.entries.get(name)?.cid as Cid;
  }

  private async exactly(name: string, size: number): Promise<Uint8Array> {
    const data = await readSmall(this.entry(name), this.get, size);
    if (data.length !== size) throw new PmrError("bad-format", name);
    return data;
  }
}

/** A record whose content key is known: its manifest, and its files piece by piece. */
export class OpenRecord {
  private constructor(
    readonly sealed: SealedRecord,
    readonly contentKey: ContentKey,
    readonly manifest: Manifest,
    private readonly get: Get,
  ) {}

  /** Check the key and open the manifest; `cannot-decrypt`, `bad-format`. */
  static async open(sealed: SealedRecord, contentKey: ContentKey, get: Get): Promise<OpenRecord> {
    const { contentId, keyCommit, files } = sealed.header;
    checkKey(contentKey, contentId, keyCommit);
    const body = await bodyOf(sealed, contentKey, MANIFEST_NUMBER);
    const data = await readSmall(sealed.entry("manifest"), get, sealedSize(MAX_MANIFEST));
    return new OpenRecord(sealed, contentKey, decodeManifest(await body.openManifest(data), files), get);
  }

  /** A file's bytes, segment by segment, each authenticated; whole only when the last was given. */
  async *file(number: number): AsyncGenerator<Bytes> {
    const body = await bodyOf(this.sealed, this.contentKey, number);
    yield* body.open(await this.sealedFile(number), this.entry(number).size);
  }

  /** `length` bytes of a file from `offset`, reading only what they need and the end. */
  async range(number: number, offset: number, length: number): Promise<Bytes> {
    const body = await bodyOf(this.sealed, this.contentKey, number);
    return body.openRange(await this.sealedFile(number), this.entry(number).size, offset, length);
  }

  entry(number: number): FileEntry {
    return this.manifest.files[number] as FileEntry;
  }

  private async sealedFile(number: number): Promise<Sealed> {
    const cid = this.sealed.entry(String(number));
    return {
      size: await fileSize(cid, this.get),
      read: (offset, length) => readRange(cid, this.get, offset, length),
    };
  }
}

async function bodyOf(sealed: SealedRecord, contentKey: ContentKey, number: number): Promise<Body> {
  const key = bodyKey(contentKey, sealed.header.contentId);
  return new Body(key, await bodyAad(sealed.headerBytes, number));
}
