// A directory of files: one block, its links in the order of their names' bytes.
import { PmrError } from "../errors";
import { Block, MAX_BLOCK } from "./block";
import { compare, equal, utf8 } from "./bytes";
import { type Cid, DAG_PB } from "./cid";
import { decodeNode, encodeNode, type Link } from "./dagPb";

/** Entries of the largest directory: a record of 4,096 files with its five others. */
const MAX_ENTRIES = 4101;
const DIRECTORY = Uint8Array.of(0x08, 0x01);

export type Entries = ReadonlyMap<string, Link>;

/** Write a directory; `too-large`, `bad-input` for a name that cannot stand in one. */
export async function encodeDirectory(
  entries: ReadonlyMap<string, { cid: Cid; dagSize: number }>,
): Promise<Block> {
  const links = [...entries].map(([name, { cid, dagSize }]) => ({ cid, dagSize, name }));
  for (const { name } of links) if (isFaulty(name)) throw new PmrError("bad-input", name);
  links.sort((a, b) => compare(utf8(a.name), utf8(b.name)));
  const data = encodeNode({ links, data: DIRECTORY });
  if (links.length > MAX_ENTRIES || data.length > MAX_BLOCK) throw new PmrError("too-large");
  return Block.of(DAG_PB, data);
}

/** Read a directory; `bad-block` for any other form. */
export function decodeDirectory(block: Block): Entries {
  const { links, data } =
    block.cid.codec === DAG_PB ? decodeNode(block.data) : { links: [], data: new Uint8Array() };
  const names = links.map((link) => utf8(link.name));
  const ordered = names.every((name, i) => i === 0 || compare(names[i - 1] as Uint8Array, name) < 0);
  if (
    !equal(data, DIRECTORY) ||
    !ordered ||
    links.length > MAX_ENTRIES ||
    links.some((l) => isFaulty(l.name))
  ) {
    throw new PmrError("bad-block", `${block.cid} is not a directory`);
  }
  return new Map(links.map((link) => [link.name, link]));
}

function isFaulty(name: string): boolean {
  const plain = name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
  return !plain || !name.isWellFormed() || utf8(name).length > 255;
}
