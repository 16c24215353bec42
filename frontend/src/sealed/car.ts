// CARv1: blocks in a stream (https://ipld.io/specs/transport/car/carv1/), by narrower rules: exactly one
// root, whose block comes first; no block twice; every number in its shortest form.
import { PmrError } from "../errors";
import { Block, MAX_BLOCK } from "./block";
import { type Bytes, concat, equal, fromHex, utf8 } from "./bytes";
import { CID_LENGTH, Cid } from "./cid";
import { decodeVarint, encodeVarint } from "./varint";

/** Bytes of the largest CAR that an upload takes. */
export const CAR_LIMIT = 8 << 20;

// DAG-CBOR of {"roots": [CID], "version": 1} around the 36 bytes of the CID.
const BEFORE_ROOT = concat(fromHex("a265"), utf8("roots"), fromHex("81d82a582500"));
const AFTER_ROOT = concat(fromHex("67"), utf8("version"), fromHex("01"));
const HEADER_LENGTH = BEFORE_ROOT.length + CID_LENGTH + AFTER_ROOT.length;

/** What stands before the blocks of a CAR. */
export function carHeader(root: Cid): Bytes {
  return concat(encodeVarint(HEADER_LENGTH), BEFORE_ROOT, root.encode(), AFTER_ROOT);
}

/** A block as it stands in a CAR. */
export function carSection(block: Block): Bytes {
  return concat(encodeVarint(CID_LENGTH + block.data.length), block.cid.encode(), block.data);
}

/** One CAR with these blocks, none of them twice; the first is its root. */
export function packCar(blocks: Block[]): Bytes {
  const distinct = [...new Map(blocks.map((block) => [block.cid.toString(), block])).values()];
  return concat(carHeader((distinct[0] as Block).cid), ...distinct.map(carSection));
}

/** A CAR's root and blocks, each hashed; `bad-car`, `bad-block`. */
export async function readCar(data: Bytes): Promise<{ root: Cid; blocks: Block[] }> {
  const { root, start } = readHeader(data);
  const blocks: Block[] = [];
  for (let offset = start; offset < data.length; ) {
    const { value: length, end } = lengthAt(data, offset);
    offset = end + length;
    if (length < CID_LENGTH || length > CID_LENGTH + MAX_BLOCK || offset > data.length)
      throw new PmrError("bad-car");
    blocks.push(await Block.checked(cidAt(data, end), data.slice(end + CID_LENGTH, offset)));
  }
  const distinct = new Set(blocks.map((block) => block.cid.toString()));
  if (!blocks[0]?.cid.equals(root) || distinct.size !== blocks.length) throw new PmrError("bad-car");
  return { root, blocks };
}

function readHeader(data: Bytes): { root: Cid; start: number } {
  const { value, end } = lengthAt(data, 0);
  const header = data.subarray(end, end + HEADER_LENGTH);
  const [from, to] = [BEFORE_ROOT.length, BEFORE_ROOT.length + CID_LENGTH];
  const formed = equal(header.subarray(0, from), BEFORE_ROOT) && equal(header.subarray(to), AFTER_ROOT);
  if (value !== HEADER_LENGTH || !formed) throw new PmrError("bad-car");
  return { root: cidAt(data, end + from), start: end + HEADER_LENGTH };
}

function cidAt(data: Bytes, offset: number): Cid {
  try {
    return Cid.decode(data.subarray(offset, offset + CID_LENGTH));
  } catch {
    throw new PmrError("bad-car");
  }
}

function lengthAt(data: Bytes, offset: number): { value: number; end: number } {
  try {
    return decodeVarint(data, offset);
  } catch {
    throw new PmrError("bad-car");
  }
}
