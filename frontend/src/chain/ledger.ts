// What a doctor reads from the chain: the truth. Asked through the wallet, never through the server.
import { type Address, type Client, createClient, custom, type Hex, hexToBytes } from "viem";
import { getBlock, readContract } from "viem/actions";
import {
  type Deployment,
  type Digest,
  type Grant,
  packRecordId,
  type RecordId,
  unpackRecordId,
} from "../types";
import type { Provider } from "../wallet";
import { KEY_DIRECTORY, REGISTRY } from "./abi";
import { eventsOf, type RecordEvent } from "./events";
import { explaining } from "./refusals";

const PAGE = 100;

/** A record of the account that asks. */
export interface OwnRecord {
  id: RecordId;
  root: Digest;
}

/** A record that the account may read now, by the chain's clock. */
export interface SharedRecord extends OwnRecord {
  expiresAt: number;
  purpose: number;
}

/** The newest block. */
export interface Head {
  number: bigint;
  /** Unix seconds. */
  timestamp: number;
}

/** A connection through a wallet's provider. */
export function clientOf(provider: Provider): Client {
  return createClient({ transport: custom(provider, { retryCount: 1 }), pollingInterval: 1_000 });
}

/** One account on one deployment. Everything may fail with `chain-unavailable`. */
export class Ledger {
  constructor(
    readonly client: Client,
    readonly deployment: Deployment,
    readonly account: Address,
  ) {}

  get chainId(): number {
    return this.deployment.chainId;
  }

  get registry(): Address {
    return this.deployment.registry;
  }

  async head(): Promise<Head> {
    const block = await explaining(getBlock(this.client, { blockTag: "latest" }));
    return { number: block.number, timestamp: Number(block.timestamp) };
  }

  /** The digest of a record's current root; `record-not-found`. */
  async root(id: RecordId): Promise<Digest> {
    const [, root] = await this.read<[Address, Hex]>("record", [packRecordId(id)]);
    return hexToBytes(root);
  }

  async canRead(id: RecordId, account: Address): Promise<boolean> {
    return this.read<boolean>("canRead", [packRecordId(id), account]);
  }

  async grantOf(id: RecordId, reader: Address): Promise<Grant> {
    const found = await this.read<[number, number, boolean]>("grantOf", [packRecordId(id), reader]);
    return { expiresAt: found[0], purpose: found[1], live: found[2] };
  }

  /** How many records an account has. */
  async count(owner: Address): Promise<number> {
    return Number((await this.read<[Hex[], bigint]>("recordsOf", [owner, 0n, 0n]))[1]);
  }

  /** Up to `limit` records of the account from a position, and how many there are. */
  async recordsFrom(
    offset: number,
    limit = PAGE,
    block?: bigint,
  ): Promise<{ page: OwnRecord[]; total: number }> {
    const asked = [this.account, BigInt(offset), BigInt(limit)];
    const [roots, total] = await this.read<[Hex[], bigint]>("recordsOf", asked, block);
    const page = roots.map((root, i) => ({
      id: { owner: this.account, position: offset + i },
      root: hexToBytes(root),
    }));
    return { page, total: Number(total) };
  }

  /** What the account may read, latest first granted first, page by page as of one block. */
  async *shared(limit = PAGE): AsyncGenerator<SharedRecord[]> {
    const { number } = await this.head();
    let cursor = 0n;
    do {
      const asked = [this.account, cursor, BigInt(limit)];
      const [page, next] = await this.read<[Row[], bigint]>("sharedWith", asked, number);
      yield page.map(sharedRecord);
      cursor = next;
    } while (cursor !== 0n);
  }

  /** Everything that happened to a record, oldest first. */
  history(id: RecordId): Promise<RecordEvent[]> {
    return eventsOf(this.client, this.deployment, id);
  }

  /** The digests of a reader's envelopes, newest first. */
  async envelopes(id: RecordId, reader: Address): Promise<Digest[]> {
    const events = await eventsOf(this.client, this.deployment, id, reader);
    return events.flatMap((event) => event.envelope ?? []).reverse();
  }

  /** An account's newest bundle digest and version; null and 0 for none. */
  async keyOf(account: Address): Promise<{ bundle: Digest | null; version: number }> {
    const [bundle, version] = await this.readKeys<[Hex, number]>("keyOf", [account]);
    return { bundle: version ? hexToBytes(bundle) : null, version };
  }

  /** The bundle digest of a version; null for none. */
  async bundleAt(account: Address, version: number): Promise<Digest | null> {
    const bundle = hexToBytes(await this.readKeys<Hex>("bundleAt", [account, version]));
    return bundle.some((byte) => byte !== 0) ? bundle : null;
  }

  private read<T>(functionName: string, args: unknown[], blockNumber?: bigint): Promise<T> {
    const at = blockNumber === undefined ? {} : { blockNumber };
    const asked = { address: this.registry, abi: REGISTRY, functionName, args, ...at };
    return explaining(readContract(this.client, asked) as Promise<T>);
  }

  private readKeys<T>(functionName: string, args: unknown[]): Promise<T> {
    const asked = { address: this.deployment.keyDirectory, abi: KEY_DIRECTORY, functionName, args };
    return explaining(readContract(this.client, asked) as Promise<T>);
  }
}

interface Row {
  id: bigint;
  root: Hex;
  expiresAt: number;
  purpose: number;
}

function sharedRecord(row: Row): SharedRecord {
  return {
    id: unpackRecordId(row.id),
    root: hexToBytes(row.root),
    expiresAt: row.expiresAt,
    purpose: row.purpose,
  };
}
