// Google Tink's streaming AEAD AES256_GCM_HKDF_1MB, output prefix RAW (section 5).
// https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
import { PmrError } from "../errors";
import { type Bytes, concat, random, uint } from "./bytes";
import { hkdf } from "./hkdf";

export const SEGMENT = 1 << 20;
export const HEADER = 40;
export const TAG = 16;
const SALT = 32;
const FULL = SEGMENT - TAG;

/** Bytes from `start` to before `end`. */
export interface Span {
  start: number;
  end: number;
}

/** How a plaintext lies in its ciphertext. All sizes in bytes. */
export class Layout {
  readonly segments: number;
  readonly sealedSize: number;

  constructor(readonly plainSize: number) {
    this.segments = Math.max(1, Math.ceil((plainSize + HEADER) / FULL));
    this.sealedSize = HEADER + plainSize + this.segments * TAG;
  }

  /** The layout of a ciphertext; `bad-format` for a length that no plaintext gives. */
  static ofSealed(sealedSize: number): Layout {
    const segments = Math.max(1, Math.ceil(sealedSize / SEGMENT));
    const layout = new Layout(sealedSize - HEADER - segments * TAG);
    if (layout.plainSize < 0 || layout.sealedSize !== sealedSize)
      throw new PmrError("bad-format", "sealed size");
    return layout;
  }

  /** The bytes of the plaintext that a segment holds. */
  part(index: number): Span {
    const start = index ? index * FULL - HEADER : 0;
    return { start, end: Math.min(this.plainSize, (index + 1) * FULL - HEADER) };
  }

  /** The segment that holds a byte of the plaintext. */
  segmentAt(offset: number): number {
    return Math.floor((offset + HEADER) / FULL);
  }

  /** The bytes of the ciphertext that are a leaf: the first with the 40 bytes. */
  piece(index: number): Span {
    return { start: index * SEGMENT, end: Math.min(this.sealedSize, (index + 1) * SEGMENT) };
  }
}

/** A header to seal with: its length, a salt and a nonce prefix, 40 bytes. */
export function newHeader(): Bytes {
  return concat(Uint8Array.of(HEADER), random(HEADER - 1));
}

/** Seals and opens the segments of one ciphertext, in any order. */
export class Segments {
  private constructor(
    private readonly header: Bytes,
    private readonly layout: Layout,
    private readonly cipher: CryptoKey,
  ) {}

  /** Derive the segment key; `bad-format` for a header that Tink does not write. */
  static async of(bodyKey: Uint8Array, aad: Uint8Array, header: Bytes, layout: Layout): Promise<Segments> {
    if (header.length !== HEADER || header[0] !== HEADER) throw new PmrError("bad-format", "a body's header");
    const key = hkdf(bodyKey, header.subarray(1, 1 + SALT), aad);
    const cipher = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
    return new Segments(header, layout, cipher);
  }

  /** Leaf `index` of the ciphertext: the segment, and before the first one the header. */
  async seal(index: number, part: Bytes): Promise<Bytes> {
    const sealed = new Uint8Array(await crypto.subtle.encrypt(this.with(index), this.cipher, part));
    return index ? sealed : concat(this.header, sealed);
  }

  /** The plaintext of leaf `index`; `cannot-decrypt` when it is not authentic. */
  async open(index: number, leaf: Uint8Array): Promise<Bytes> {
    const segment = (index ? leaf : leaf.subarray(HEADER)) as Bytes;
    try {
      return new Uint8Array(await crypto.subtle.decrypt(this.with(index), this.cipher, segment));
    } catch {
      throw new PmrError("cannot-decrypt", `segment ${index}`);
    }
  }

  private with(index: number): AesGcmParams {
    const last = index === this.layout.segments - 1 ? 1 : 0;
    return {
      name: "AES-GCM",
      iv: concat(this.header.subarray(1 + SALT), uint(index, 4), Uint8Array.of(last)),
    };
  }
}
