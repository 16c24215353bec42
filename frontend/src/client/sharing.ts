// Sharing: the content key in an envelope to the reader, the grant on chain. And taking it back.
import type { Address } from "viem";
import * as api from "../api";
import type { Receipt, Regrant } from "../chain/calls";
import type { Ledger } from "../chain/ledger";
import { PmrError } from "../errors";
import { Block } from "../sealed/block";
import { fromHex } from "../sealed/bytes";
import { RAW } from "../sealed/cid";
import type { ContentKey } from "../sealed/contentKey";
import { sealEnvelope } from "../sealed/envelope";
import { decodeHeader, type Header } from "../sealed/header";
import { allows, type Grant, type RecordId } from "../types";
import { newestBundle } from "./bundles";
import type { Notes } from "./notes";
import type { Reading } from "./reading";
import type { Desk } from "./registering";
import { contentKeyOf } from "./sealing";
import { sendCall, type Watcher } from "./sending";
import { uploadLeaf } from "./upload";

/** Who may read, what for (1 to 127) and until when (Unix seconds; 0 for no end). */
export interface Terms {
  reader: Address;
  purpose: number;
  expiresAt: number;
}

/** Somebody who was granted access once, and what the registry says now. */
export interface Reader {
  account: Address;
  grant: Grant;
}

/** Seal a record's key to a reader's published key and grant access; `key-not-published`, `self-grant`, … */
export async function shareRecord(
  desk: Desk,
  reading: Reading,
  id: RecordId,
  terms: Terms,
  watcher: Watcher,
): Promise<Receipt> {
  if (terms.reader === desk.ledger.account) throw new PmrError("self-grant");
  if (terms.expiresAt && terms.expiresAt <= Date.now() / 1_000) throw new PmrError("expiry-in-past");
  watcher.stage("sealing");
  const { sealed, get } = await reading.sealed(id);
  const key = await reading.contentKey(id, sealed, get);
  const envelope = await envelopeTo(desk.ledger, reading, id, sealed.header, key, terms.reader);
  return sendCall(desk.ledger, desk.wallet, desk.calls.grant(id, terms.reader, terms, envelope), watcher);
}

/** End a reader's access on the chain; the server refuses with it. What was opened stays opened. */
export function revokeReader(desk: Desk, id: RecordId, reader: Address, watcher: Watcher): Promise<Receipt> {
  return sendCall(desk.ledger, desk.wallet, desk.calls.revoke(id, reader), watcher);
}

/** Everybody who was ever granted access, in the order of their first grant. */
export async function readersOf(ledger: Ledger, id: RecordId): Promise<Reader[]> {
  const events = await ledger.history(id);
  const accounts = new Set(
    events.flatMap((event) => (event.kind === "AccessGranted" ? (event.reader ?? []) : [])),
  );
  return Promise.all(
    [...accounts].map(async (account) => ({ account, grant: await ledger.grantOf(id, account) })),
  );
}

/** Envelopes of a new version to the readers who remain: live, not ended, not the one to leave out. */
export async function regrantsOf(
  ledger: Ledger,
  reading: Reading,
  id: RecordId,
  notes: Notes,
  without?: Address,
): Promise<Regrant[]> {
  const now = Math.max((await ledger.head()).timestamp, Date.now() / 1_000);
  const remaining = (await readersOf(ledger, id)).filter(
    ({ account, grant }) => allows(grant, now) && account !== without,
  );
  const header = decodeHeader(fromHex(notes.header));
  const regrants: Regrant[] = [];
  for (const { account, grant } of remaining) {
    const envelope = await envelopeTo(ledger, reading, id, header, contentKeyOf(notes), account);
    regrants.push({ reader: account, grant, envelope });
  }
  return regrants;
}

/** Make a reader's envelope and have it kept; gives its digest. */
async function envelopeTo(
  ledger: Ledger,
  reading: Reading,
  id: RecordId,
  header: Header,
  key: ContentKey,
  reader: Address,
): Promise<Uint8Array> {
  const bundle = await newestBundle(ledger, reading.bundle, reader);
  const context = reading.grantContext(id, header, reader);
  const block = await Block.of(RAW, await sealEnvelope(key, context, bundle.xwing));
  await uploadLeaf(block, api);
  return block.cid.digest;
}
