// Blocks to the server, then the root to the chain: a new record, or a new version of one. May be taken up
// again at any point: what is noted is not done twice.
import type { Hex } from "viem";
import * as api from "../api";
import { type Calls, type Regrant, receiptOf } from "../chain/calls";
import type { Ledger } from "../chain/ledger";
import { PmrError } from "../errors";
import { equal, fromHex } from "../sealed/bytes";
import { Cid } from "../sealed/cid";
import { parseRecordId, type RecordId } from "../types";
import type { Call, Wallet } from "../wallet";
import type { Notebook, Notes } from "./notes";
import { type Author, type Source, sealedBytes, sealRecord } from "./sealing";
import { sendCall, type Watcher } from "./sending";
import { Uploader } from "./upload";

/** Everything that a deed of a doctor needs. */
export interface Desk {
  ledger: Ledger;
  calls: Calls;
  wallet: Wallet;
  author: Author;
  notebook: Notebook;
}

/** Gives the new envelopes of a version that is about to be registered. */
export type Regranting = (notes: Notes) => Promise<Regrant[]>;

/** Bring a noted version to its end; gives the record. `source-changed` when other files were given. */
export async function finishVersion(
  desk: Desk,
  id: string,
  notes: Notes,
  sources: Source[],
  watcher: Watcher,
  regranting: Regranting = async () => [],
): Promise<RecordId> {
  const resumed = Boolean(notes.root) || notes.files.some((file) => file.leaves.length);
  let record = await registeredRecord(desk, notes);
  if (!record) {
    if (!(notes.root && (await isKept(notes.root)))) await upload(desk, id, notes, sources, watcher, resumed);
    record = await register(desk, id, notes, watcher, regranting);
  }
  await desk.notebook.remove(id);
  watcher.stage("done");
  return record;
}

/** The record of a version that the chain has already; null when it has to be registered still. */
async function registeredRecord({ ledger }: Desk, notes: Notes): Promise<RecordId | null> {
  if (!notes.root) return null;
  if (notes.transaction) await settled(ledger, notes.transaction as Hex);
  const root = fromHex(notes.root);
  const id = recordOf(ledger, notes);
  if (notes.purpose.kind === "create" && (await ledger.count(ledger.account)) <= id.position) return null;
  return equal(await ledger.root(id), root) ? id : null;
}

/** Wait for a transaction that may have been sent; one that failed or was dropped is no reason to stop. */
async function settled(ledger: Ledger, hash: Hex): Promise<void> {
  const known = await ledger.client.request({ method: "eth_getTransactionByHash", params: [hash] } as never);
  if (!known) return;
  await receiptOf(ledger.client, hash).catch((error: unknown) => {
    if (!(error instanceof PmrError) || error.kind !== "transaction-failed") throw error;
  });
}

async function upload(
  desk: Desk,
  id: string,
  notes: Notes,
  sources: Source[],
  watcher: Watcher,
  resumed: boolean,
): Promise<void> {
  const total = sealedBytes(notes.files);
  const counts = { sealed: 0, sent: 0 };
  const count = (kind: "sealed" | "sent") => (bytes: number) => {
    counts[kind] += bytes;
    watcher.bytes?.(kind, Math.min(counts[kind], total), total);
  };
  watcher.stage("sealing");
  const uploader = new Uploader(count("sent"), watcher.signal, resumed);
  const root = await sealRecord(desk.author, notes, sources, {
    put: (block) => uploader.put(block),
    save: (changed) => desk.notebook.save(id, changed),
    onSealed: count("sealed"),
    ...(watcher.signal ? { signal: watcher.signal } : {}),
  });
  watcher.stage("uploading");
  await uploader.finish();
  await api.pin(root.cid.toString());
}

async function register(
  desk: Desk,
  id: string,
  notes: Notes,
  watcher: Watcher,
  regranting: Regranting,
): Promise<RecordId> {
  const { ledger, wallet } = desk;
  const call = await registeringCall(desk, notes, regranting);
  // The position is noted before the wallet is asked: a tab that is closed then would look for the record elsewhere.
  await desk.notebook.save(id, notes);
  await sendCall(ledger, wallet, call, watcher, (transaction) =>
    desk.notebook.save(id, Object.assign(notes, { transaction })),
  );
  const record = recordOf(ledger, notes);
  if (!equal(await ledger.root(record), fromHex(notes.root as string))) throw new PmrError("stale-root");
  return record;
}

async function registeringCall(desk: Desk, notes: Notes, regranting: Regranting): Promise<Call> {
  const root = fromHex(notes.root as string);
  const { purpose } = notes;
  if (purpose.kind === "create") {
    // Another machine of the same doctor may have registered a record meanwhile.
    purpose.position = await desk.ledger.count(desk.ledger.account);
    return desk.calls.create(purpose.position, root);
  }
  const id = parseRecordId(purpose.record);
  if (!equal(await desk.ledger.root(id), fromHex(purpose.oldRoot))) throw new PmrError("stale-root");
  const without = purpose.without as `0x${string}` | undefined;
  return desk.calls.revise(id, fromHex(purpose.oldRoot), root, await regranting(notes), without);
}

function recordOf(ledger: Ledger, { purpose }: Notes): RecordId {
  if (purpose.kind === "revise") return parseRecordId(purpose.record);
  return { owner: ledger.account, position: purpose.position };
}

/** Whether the server has all of a root that was noted: pinning it again says so. */
async function isKept(root: string): Promise<boolean> {
  try {
    await api.pin(Cid.root(fromHex(root)).toString());
    return true;
  } catch (error) {
    if (error instanceof PmrError && error.kind === "incomplete-content") return false;
    throw error;
  }
}
