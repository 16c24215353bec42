// Blocks on their way to the server: several in one CAR, two CARs at a time.
import * as api from "../api";
import type { Block } from "../sealed/block";
import { CAR_LIMIT, carHeader, carSection, packCar } from "../sealed/car";

const LANES = 2;
/** Room for the header and for one more section's length and CID. */
const ROOM = CAR_LIMIT - 128;

/** What an upload asks of the server. */
export interface BlockApi {
  missing(cids: string[]): Promise<string[]>;
  upload(car: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<void>;
  pin(cid: string): Promise<void>;
}

/** Sends blocks as they come; `onSent` hears of bytes that have arrived. */
export class Uploader {
  private batch: Block[] = [];
  private size = 0;
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;

  constructor(
    private readonly onSent: (bytes: number) => void = () => {},
    private readonly signal?: AbortSignal,
    /** Ask first what the server lacks: worth it when an upload is taken up again. */
    private readonly resumed = false,
    private readonly server: BlockApi = api,
  ) {}

  /** Take a block; waits while two CARs are on their way. */
  async put(block: Block): Promise<void> {
    const length = carSection(block).length;
    if (this.batch.length && this.size + length > ROOM) await this.send();
    if (!this.batch.length) this.size = carHeader(block.cid).length;
    this.size += length;
    this.batch.push(block);
  }

  /** Send the rest and wait until everything has arrived. */
  async finish(): Promise<void> {
    if (this.batch.length) await this.send();
    await Promise.all(this.running);
    this.demandWell();
  }

  private async send(): Promise<void> {
    while (this.running.size >= LANES) await Promise.race(this.running);
    this.demandWell();
    const blocks = this.batch.splice(0);
    const sending = this.arrive(blocks)
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.running.delete(sending));
    this.running.add(sending);
  }

  private async arrive(blocks: Block[]): Promise<void> {
    const wanted = this.resumed ? await this.lacking(blocks) : blocks;
    if (wanted.length) await this.server.upload(packCar(wanted), this.signal);
    this.onSent(blocks.reduce((sum, block) => sum + block.data.length, 0));
  }

  private async lacking(blocks: Block[]): Promise<Block[]> {
    const lacking = new Set(await this.server.missing(blocks.map((block) => block.cid.toString())));
    return blocks.filter((block) => lacking.has(block.cid.toString()));
  }

  private demandWell(): void {
    if (this.failure) throw this.failure;
  }
}

/** Upload one raw block, an envelope or a key bundle, and have it kept. */
export async function uploadLeaf(block: Block, server: BlockApi = api): Promise<void> {
  await server.upload(packCar([block]));
  await server.pin(block.cid.toString());
}
