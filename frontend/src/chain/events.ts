// Events of the two contracts. Each log's block is compared with the chain's block of that number.
import {
  type Address,
  type Client,
  decodeEventLog,
  encodeEventTopics,
  type Hex,
  hexToBytes,
  numberToHex,
  type RpcLog,
} from "viem";
import { PmrError } from "../errors";
import { type Deployment, type Digest, packRecordId, type RecordId, unpackRecordId } from "../types";
import { REGISTRY } from "./abi";
import { explaining } from "./refusals";

const FIRST_SPAN = 100_000;

/** One event of a record. What does not apply is left out. */
export interface RecordEvent {
  kind: "RecordCreated" | "RecordRevised" | "AccessGranted" | "AccessRevoked";
  id: RecordId;
  block: number;
  logIndex: number;
  transaction: Hex;
  root?: Digest;
  reader?: Address;
  envelope?: Digest;
  expiresAt?: number;
  purpose?: number;
}

/** Every event of a record, oldest first; with `reader`, the grants to that reader alone. */
export function eventsOf(
  client: Client,
  at: Deployment,
  id: RecordId,
  reader?: Address,
): Promise<RecordEvent[]> {
  const args = { id: packRecordId(id), ...(reader ? { reader } : {}) };
  const topics = reader
    ? encodeEventTopics({ abi: REGISTRY, eventName: "AccessGranted", args })
    : [null, numberToHex(args.id, { size: 32 })];
  return explaining(fetchEvents(client, at, topics as (Hex | null)[]));
}

async function fetchEvents(client: Client, at: Deployment, topics: (Hex | null)[]): Promise<RecordEvent[]> {
  const last = Number(await client.request({ method: "eth_blockNumber" } as never));
  const logs: RpcLog[] = [];
  for (let first = at.block, span = FIRST_SPAN; first <= last; ) {
    const end = Math.min(first + span - 1, last);
    try {
      logs.push(...(await ask(client, at.registry, topics, first, end)));
      [first, span] = [end + 1, span * 2];
    } catch (error) {
      // Nodes bound how much they look at; which error says so differs between them.
      if (end === first) throw error;
      span = Math.ceil((end - first + 1) / 2);
    }
  }
  await demandBlocks(client, logs);
  return logs.map(decode);
}

function ask(
  client: Client,
  address: Address,
  topics: (Hex | null)[],
  first: number,
  last: number,
): Promise<RpcLog[]> {
  const filter = { address, topics, fromBlock: numberToHex(first), toBlock: numberToHex(last) };
  return client.request({ method: "eth_getLogs", params: [filter] } as never);
}

async function demandBlocks(client: Client, logs: RpcLog[]): Promise<void> {
  const blocks = new Map(logs.map((log) => [log.blockNumber as Hex, log.blockHash]));
  for (const [number, hash] of blocks) {
    const asked = { method: "eth_getBlockByNumber", params: [number, false] };
    const block = (await client.request(asked as never)) as { hash: Hex } | null;
    if (block?.hash !== hash)
      throw new PmrError("chain-unavailable", `A log names another block ${Number(number)}.`);
  }
}

interface Decoded {
  eventName: RecordEvent["kind"];
  args: Record<string, bigint | number | Hex>;
}

function decode(log: RpcLog): RecordEvent {
  const decoded = decodeEventLog({ abi: REGISTRY, data: log.data, topics: log.topics }) as unknown;
  const { eventName, args: given } = decoded as Decoded;
  return {
    kind: eventName,
    id: unpackRecordId(given.id as bigint),
    block: Number(log.blockNumber),
    logIndex: Number(log.logIndex),
    transaction: log.transactionHash as Hex,
    ...bytesOf("root", given.root),
    ...bytesOf("envelope", given.envelope),
    ...(given.reader === undefined ? {} : { reader: given.reader as Address }),
    ...(given.expiresAt === undefined ? {} : { expiresAt: Number(given.expiresAt) }),
    ...(given.purpose === undefined ? {} : { purpose: Number(given.purpose) }),
  };
}

function bytesOf(name: "root" | "envelope", value: bigint | number | Hex | undefined): object {
  return value === undefined ? {} : { [name]: hexToBytes(value as Hex) };
}
