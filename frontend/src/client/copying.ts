// A record's sealed files as somebody else's own: adopted into that account's list, or as one file.
import type { Address } from "viem";
import * as api from "../api";
import { PmrError } from "../errors";
import { Block, fetchBlock, type Get } from "../sealed/block";
import { carHeader, carSection } from "../sealed/car";
import { Cid, DAG_PB, RAW } from "../sealed/cid";
import { decodeDirectory, encodeDirectory } from "../sealed/directory";
import { sealEnvelope } from "../sealed/envelope";
import { leafOf } from "../sealed/importing";
import { children, statedSize } from "../sealed/reading";
import { heightOf } from "../sealed/shape";
import type { RecordId } from "../types";
import type { OpenRecord } from "./opening";
import type { Reading } from "./reading";
import type { Desk } from "./registering";
import { sendCall, type Watcher } from "./sending";
import { Uploader } from "./upload";

/** The two blocks that differ between a record and somebody's own copy of it. */
interface OwnCopy {
  directory: Block;
  envelope: Block;
}

/** Register a record that is shared with this account as one of its own; nothing is sealed again. */
export async function adoptRecord(desk: Desk, opened: OpenRecord, watcher: Watcher): Promise<RecordId> {
  const { account, key } = desk.author;
  watcher.stage("sealing");
  const copy = await copyFor(opened, account, key.publicKey);
  const uploader = new Uploader();
  await uploader.put(copy.envelope);
  await uploader.put(copy.directory);
  watcher.stage("uploading");
  await uploader.finish();
  await api.pin(copy.directory.cid.toString());
  const position = await desk.ledger.count(account);
  await sendCall(desk.ledger, desk.wallet, desk.calls.create(position, copy.directory.cid.digest), watcher);
  watcher.stage("done");
  return { owner: account, position };
}

/** A record as one CAR that opens with the account's recovery kit alone (docs/format.md, section 9). */
export async function exportRecord(desk: Desk, reading: Reading, id: RecordId): Promise<Blob> {
  const { sealed, get } = await reading.sealed(id);
  const { account, key } = desk.author;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let [root, from] = [sealed.root, get];
  if (id.owner !== account) {
    const copy = await copyFor(await reading.open(id), account, key.publicKey);
    [root, from] = [copy.directory.cid, over(copy, get)];
  }
  parts.push(carHeader(root));
  for await (const block of walk(root, from)) parts.push(carSection(block));
  const bundle = Cid.leaf(sealed.header.authorKey);
  parts.push(carSection(await fetchBlock(bundle, async (cid) => reading.bundle(cid.toString()))));
  return new Blob(parts, { type: "application/vnd.ipld.car" });
}

async function copyFor(
  opened: OpenRecord,
  owner: Address,
  publicKey: Uint8Array<ArrayBuffer>,
): Promise<OwnCopy> {
  const { contentId, keyCommit } = opened.sealed.header;
  const context = { contentId, keyCommit, to: { kind: "owner" as const, owner } };
  const envelope = await Block.of(RAW, await sealEnvelope(opened.contentKey, context, publicKey));
  const own = await leafOf(envelope.data, () => {});
  const entries = new Map<string, { cid: Cid; dagSize: number }>(opened.sealed.entries);
  entries.set("owner", own);
  return { directory: await encodeDirectory(entries), envelope };
}

function over({ directory, envelope }: OwnCopy, get: Get): Get {
  const own = new Map([directory, envelope].map((block) => [block.cid.toString(), block.data]));
  return async (cid) => own.get(cid.toString()) ?? get(cid);
}

/** Every distinct block of a record, depth first in the order of the directory's links. */
async function* walk(root: Cid, get: Get): AsyncGenerator<Block> {
  const seen = new Set<string>();
  const directory = await fetchBlock(root, get);
  yield directory;
  for (const { cid } of decodeDirectory(directory).values()) yield* walkFile(cid, get, seen);
}

async function* walkFile(cid: Cid, get: Get, seen: Set<string>, place?: Place): AsyncGenerator<Block> {
  if (seen.has(cid.toString())) return;
  seen.add(cid.toString());
  const block = await fetchBlock(cid, get);
  yield block;
  if (cid.codec !== DAG_PB) return;
  const { size, height } = place ?? rootPlace(block);
  for (const part of children(block, size, height)) {
    yield* walkFile(part.cid, get, seen, { size: part.size, height: height - 1 });
  }
}

/** What a block's place in its file's tree demands. */
interface Place {
  size: number;
  height: number;
}

function rootPlace(block: Block): Place {
  const size = statedSize(block);
  return { size, height: heightOf(size) };
}

/** Refuse to adopt what is one's own already. */
export function demandForeign(id: RecordId, account: Address): void {
  if (id.owner === account) throw new PmrError("bad-input", "yours already");
}
