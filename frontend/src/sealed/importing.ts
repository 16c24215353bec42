// Leaves become a file: the balanced tree over them.
import { PmrError } from "../errors";
import { Block } from "./block";
import type { Bytes } from "./bytes";
import { type Cid, DAG_PB, RAW } from "./cid";
import { encodeNode } from "./dagPb";
import { CHUNK, fileData, MAX_FILE, WIDTH } from "./shape";

/** An imported file. */
export interface FileNode {
  cid: Cid;
  /** Bytes of all its blocks. */
  dagSize: number;
  /** Bytes of the file. */
  size: number;
}

/** Gets each block, children first. */
export type Put = (block: Block) => Promise<void> | void;

/** Import bytes that are whole in memory. */
export async function importBytes(data: Bytes, put: Put): Promise<FileNode> {
  const tree = new Tree(put);
  for (let offset = 0; offset === 0 || offset < data.length; offset += CHUNK) {
    await tree.add(await leafOf(data.slice(offset, offset + CHUNK), put));
  }
  return tree.root();
}

/** Make a leaf of at most 1 MiB. */
export async function leafOf(chunk: Bytes, put: Put): Promise<FileNode> {
  const block = await Block.of(RAW, chunk);
  await put(block);
  return { cid: block.cid, dagSize: chunk.length, size: chunk.length };
}

/** A tree that grows leaf by leaf; it holds the links of one path. */
export class Tree {
  private readonly levels: FileNode[][] = [[]];
  private size = 0;

  constructor(private readonly put: Put) {}

  /** Add the next leaf; `too-large` above the largest sealed file. */
  async add(leaf: FileNode): Promise<void> {
    this.size += leaf.size;
    if (this.size > MAX_FILE) throw new PmrError("too-large");
    await this.push(0, leaf);
  }

  /** The root, when all leaves are there. */
  async root(): Promise<FileNode> {
    for (let height = 0; height < this.levels.length; height++) {
      const nodes = this.levels[height] as FileNode[];
      const top = height === this.levels.length - 1;
      if (top && nodes.length === 1) return nodes[0] as FileNode;
      if (nodes.length) {
        this.levels[height] = [];
        await this.push(height + 1, await this.join(nodes));
      }
    }
    return (this.levels.at(-1) as FileNode[])[0] as FileNode;
  }

  private async push(height: number, node: FileNode): Promise<void> {
    if (this.levels.length === height) this.levels.push([]);
    const level = this.levels[height] as FileNode[];
    if (level.length === WIDTH) {
      this.levels[height] = [node];
      await this.push(height + 1, await this.join(level));
      return;
    }
    level.push(node);
  }

  private async join(nodes: FileNode[]): Promise<FileNode> {
    const sizes = nodes.map((node) => node.size);
    const size = sizes.reduce((sum, one) => sum + one, 0);
    const links = nodes.map(({ cid, dagSize }) => ({ cid, dagSize, name: "" }));
    const block = await Block.of(DAG_PB, encodeNode({ links, data: fileData(size, sizes) }));
    await this.put(block);
    const below = nodes.reduce((sum, node) => sum + node.dagSize, 0);
    return { cid: block.cid, dagSize: block.data.length + below, size };
  }
}
