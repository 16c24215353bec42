// The unit of storage and transport: bytes under the CID that they hash to.
import { PmrError } from "../errors";
import { type Bytes, equal, sha256 } from "./bytes";
import { Cid } from "./cid";

/** Bytes in the largest block that is taken. */
export const MAX_BLOCK = 2 << 20;

/** Gives the bytes that it was given for a CID; whoever asks hashes them. */
export type Get = (cid: Cid) => Promise<Uint8Array>;

/** Bytes and their CID. None exists whose bytes do not match. */
export class Block {
  private constructor(
    readonly cid: Cid,
    readonly data: Bytes,
  ) {}

  /** Make the block of these bytes; `bad-block` above 2 MiB. */
  static async of(codec: number, data: Bytes): Promise<Block> {
    demandSize(data);
    return new Block(await Cid.of(codec, data), data);
  }

  /** Take bytes that claim to be those of `cid`; `bad-block` when they are not. */
  static async checked(cid: Cid, data: Uint8Array): Promise<Block> {
    demandSize(data);
    if (!equal(await sha256(data), cid.digest)) throw new PmrError("bad-block", cid.toString());
    return new Block(cid, data as Bytes);
  }
}

/** Get a block and hash it; `bad-block` when it is another. */
export async function fetchBlock(cid: Cid, get: Get): Promise<Block> {
  return Block.checked(cid, await get(cid));
}

function demandSize(data: Uint8Array): void {
  if (data.length > MAX_BLOCK) throw new PmrError("bad-block", `${data.length} bytes`);
}
