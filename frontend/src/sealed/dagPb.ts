// dag-pb: the protobuf of blocks that link to others (https://ipld.io/specs/codecs/dag-pb/spec/).
// Links come first, each as hash, name, Tsize.
import { PmrError } from "../errors";
import { type Bytes, concat, equal, text, utf8 } from "./bytes";
import { CID_LENGTH, Cid } from "./cid";
import { decodeVarint, encodeVarint, varintLength } from "./varint";

const [LINK, DATA] = [0x12, 0x0a];
const [HASH, NAME, TSIZE] = [0x0a, 0x12, 0x18];

export interface Link {
  cid: Cid;
  /** Bytes of that block and of all below it, each as often as it is linked (Tsize). */
  dagSize: number;
  name: string;
}

export interface PbNode {
  links: Link[];
  data: Uint8Array;
}

/** Write a node; the one form that `decodeNode` takes. */
export function encodeNode({ links, data }: PbNode): Bytes {
  return concat(...links.map((link) => field(LINK, encodeLink(link))), field(DATA, data));
}

/** Bytes in a node of a link without a name. */
export function linkLength(dagSize: number): number {
  const body = 2 + CID_LENGTH + 2 + 1 + varintLength(dagSize);
  return 1 + varintLength(body) + body;
}

/** Read a node; `bad-block` unless the bytes are those that `encodeNode` writes. */
export function decodeNode(data: Uint8Array): PbNode {
  let node: PbNode;
  try {
    node = decode(data);
  } catch (error) {
    throw new PmrError("bad-block", String(error));
  }
  if (!equal(encodeNode(node), data)) throw new PmrError("bad-block", "not in the one form that is taken");
  return node;
}

function encodeLink({ cid, name, dagSize }: Link): Bytes {
  return concat(
    field(HASH, cid.encode()),
    field(NAME, utf8(name)),
    Uint8Array.of(TSIZE),
    encodeVarint(dagSize),
  );
}

function decode(data: Uint8Array): PbNode {
  const links: Link[] = [];
  let offset = 0;
  while (data[offset] === LINK) {
    const { content, end } = take(data, offset, LINK);
    links.push(decodeLink(content));
    offset = end;
  }
  return { links, data: take(data, offset, DATA).content };
}

function decodeLink(body: Uint8Array): Link {
  const hash = take(body, 0, HASH);
  const name = take(body, hash.end, NAME);
  if (body[name.end] !== TSIZE) throw new RangeError("a link has no size");
  const dagSize = decodeVarint(body, name.end + 1).value;
  return { cid: Cid.decode(hash.content), name: text(name.content), dagSize };
}

function field(tag: number, content: Uint8Array): Bytes {
  return concat(Uint8Array.of(tag), encodeVarint(content.length), content);
}

function take(data: Uint8Array, offset: number, tag: number): { content: Uint8Array; end: number } {
  if (data[offset] !== tag) throw new RangeError("another field stands here");
  const { value, end } = decodeVarint(data, offset + 1);
  return { content: data.subarray(end, end + value), end: end + value };
}
