// The public header of a sealed record (section 3).
import { type Address, getAddress } from "viem";
import { PmrError } from "../errors";
import { type Bytes, fromHex, hex } from "./bytes";
import { address, decode, encode, exactly, hexBytes, object, whole } from "./canonical";

export const MAX_HEADER = 4096;
export const MAX_FILES = 4096;

const SHAPE = object({
  author: address,
  authorKey: hexBytes(32),
  contentId: hexBytes(32),
  files: whole(1, MAX_FILES),
  format: exactly("pmr/1"),
  keyCommit: hexBytes(32),
  suite: exactly(1),
});

/** What everybody may see of one version of a record. */
export interface Header {
  author: Address;
  /** Digest of the author's key bundle. */
  authorKey: Bytes;
  /** 32 random bytes, new for every version. */
  contentId: Bytes;
  files: number;
  keyCommit: Bytes;
}

/** The canonical JSON; `bad-format` when a value is outside the format. */
export function encodeHeader(header: Header): Bytes {
  const members = {
    author: header.author.toLowerCase(),
    authorKey: hex(header.authorKey),
    contentId: hex(header.contentId),
    files: header.files,
    format: "pmr/1",
    keyCommit: hex(header.keyCommit),
    suite: 1,
  };
  if (!SHAPE(members)) throw new PmrError("bad-format", "header");
  return encode(members);
}

/** Read a header; `bad-format` for anything that section 3 does not allow. */
export function decodeHeader(data: Uint8Array): Header {
  if (data.length > MAX_HEADER) throw new PmrError("bad-format", "header too long");
  const raw = decode<Record<"author" | "authorKey" | "contentId" | "keyCommit", string> & { files: number }>(
    data,
    SHAPE,
  );
  return {
    author: getAddress(raw.author),
    authorKey: fromHex(raw.authorKey),
    contentId: fromHex(raw.contentId),
    files: raw.files,
    keyCommit: fromHex(raw.keyCommit),
  };
}
