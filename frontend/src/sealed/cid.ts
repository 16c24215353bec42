// The identifiers of blocks: CIDv1 of sha2-256, raw or dag-pb, and no other (docs/format.md, section 9).
import { PmrError } from "../errors";
import { type Bytes, concat, equal, sha256 } from "./bytes";

export const RAW = 0x55;
export const DAG_PB = 0x70;
export const CID_LENGTH = 36;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const FORM = /^b[a-z2-7]{58}$/;

/** A codec and 32 bytes of SHA-256. */
export class Cid {
  constructor(
    readonly codec: number,
    readonly digest: Uint8Array,
  ) {
    if ((codec !== RAW && codec !== DAG_PB) || digest.length !== 32) throw new PmrError("bad-cid");
  }

  static async of(codec: number, data: Uint8Array): Promise<Cid> {
    return new Cid(codec, await sha256(data));
  }

  /** Of the directory whose digest the chain keeps. */
  static root(digest: Uint8Array): Cid {
    return new Cid(DAG_PB, digest);
  }

  /** Of the raw block whose digest the chain keeps: an envelope, a key bundle. */
  static leaf(digest: Uint8Array): Cid {
    return new Cid(RAW, digest);
  }

  /** Read the 36 bytes of the binary form; `bad-cid` for any others. */
  static decode(data: Uint8Array): Cid {
    const [version, codec, hash, length] = data;
    if (data.length !== CID_LENGTH || version !== 1 || hash !== 0x12 || length !== 0x20) {
      throw new PmrError("bad-cid");
    }
    return new Cid(codec as number, data.slice(4));
  }

  /** Read the 59 characters of the text form; `bad-cid` for every other spelling. */
  static parse(text: string): Cid {
    if (!FORM.test(text)) throw new PmrError("bad-cid", text.slice(0, 60));
    const cid = Cid.decode(fromBase32(text.slice(1)));
    if (cid.toString() !== text) throw new PmrError("bad-cid", text);
    return cid;
  }

  encode(): Bytes {
    return concat(Uint8Array.of(1, this.codec, 0x12, 0x20), this.digest);
  }

  equals(other: Cid): boolean {
    return this.codec === other.codec && equal(this.digest, other.digest);
  }

  toString(): string {
    return `b${toBase32(this.encode())}`;
  }
}

function toBase32(data: Uint8Array): string {
  let out = "";
  let [buffer, bits] = [0, 0];
  for (const byte of data) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += ALPHABET[(buffer >> (bits - 5)) & 31];
    buffer &= (1 << bits) - 1;
  }
  return bits ? out + ALPHABET[(buffer << (5 - bits)) & 31] : out;
}

function fromBase32(digits: string): Bytes {
  const out: number[] = [];
  let [buffer, bits] = [0, 0];
  for (const digit of digits) {
    buffer = (buffer << 5) | ALPHABET.indexOf(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((buffer >> bits) & 0xff);
      buffer &= (1 << bits) - 1;
    }
  }
  return Uint8Array.from(out);
}
