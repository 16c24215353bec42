// What a doctor does with records, each as one deed that is watched from its start to its block.
import type { Address } from "viem";
import type { RecordEvent } from "../chain/events";
import type { OpenRecord } from "../client/opening";
import type { About, Source } from "../client/sealing";
import type { Reader, Terms } from "../client/sharing";
import type { RecordId } from "../types";
import { run } from "./deed";
import { deskOf, here, unlocked } from "./keys";
import { forgetGlance, load } from "./records";
import { attempt, readingOf } from "./session";

/** A version that was begun here and not finished. */
export interface Unfinished {
  id: string;
  title: string;
  /** Whether everything is sealed, so that the files are not needed again. */
  sealed: boolean;
}

export async function create(about: About, sources: Source[]): Promise<RecordId | null> {
  const { createRecord } = await import("../client/creating");
  return deed(async (watcher) => createRecord(await deskOf(), about, sources, watcher));
}

/** A new version of a record, from other files. */
export async function revise(record: RecordId, about: About, sources: Source[]): Promise<RecordId | null> {
  const { reviseRecord } = await import("../client/creating");
  return deed(async (watcher) => reviseRecord(await deskOf(), reading(), record, about, sources, watcher));
}

export async function share(record: RecordId, terms: Terms): Promise<boolean> {
  const { shareRecord } = await import("../client/sharing");
  return run(async (watcher) => void (await shareRecord(await deskOf(), reading(), record, terms, watcher)));
}

/** Take access back; with `rekey`, the same files are sealed anew for the readers who remain. */
export async function revoke(
  opened: OpenRecord,
  record: RecordId,
  reader: Address,
  rekey: boolean,
): Promise<boolean> {
  const [{ revokeReader }, creating] = await Promise.all([
    import("../client/sharing"),
    import("../client/creating"),
  ]);
  if (!rekey)
    return run(async (watcher) => void (await revokeReader(await deskOf(), record, reader, watcher)));
  const done = await deed(async (watcher) => {
    const { files: _, ...about } = opened.manifest;
    const sources = await creating.sourcesOf(opened);
    return creating.reviseRecord(await deskOf(), reading(), record, about, sources, watcher, reader);
  });
  return done !== null;
}

/** Keep a copy of a shared record as one's own. */
export async function adopt(opened: OpenRecord): Promise<RecordId | null> {
  const { adoptRecord } = await import("../client/copying");
  return deed(async (watcher) => adoptRecord(await deskOf(), opened, watcher));
}

/** A record as one file; null when it could not be made. */
export async function exportCar(record: RecordId): Promise<Blob | null> {
  const { exportRecord } = await import("../client/copying");
  let file: Blob | null = null;
  await attempt(async () => {
    file = await exportRecord(await deskOf(), reading(), record);
  });
  return file;
}

export async function open(record: RecordId): Promise<OpenRecord | null> {
  let opened: OpenRecord | null = null;
  await attempt(async () => {
    opened = await reading().open(record);
  });
  return opened;
}

export async function readers(record: RecordId): Promise<Reader[]> {
  const { readersOf } = await import("../client/sharing");
  return readersOf(here().ledger, record);
}

export function history(record: RecordId): Promise<RecordEvent[]> {
  return here().ledger.history(record);
}

/** Whether an account has a published key to seal to. */
export async function hasKey(account: Address): Promise<boolean> {
  return (await here().ledger.keyOf(account)).version > 0;
}

/** What was begun here. Notes of an older key cannot be read, and are left out. */
export async function unfinished(): Promise<Unfinished[]> {
  const { notebook } = await deskOf();
  const found = (await notebook.unfinished()).map(async (id) => {
    const notes = await notebook.load(id).catch(() => null);
    return notes ? [{ id, title: notes.about.title, sealed: Boolean(notes.root) }] : [];
  });
  return (await Promise.all(found)).flat();
}

export async function resume(id: string, sources: Source[]): Promise<RecordId | null> {
  const { resumeVersion } = await import("../client/creating");
  return deed(async (watcher) => resumeVersion(await deskOf(), reading(), id, sources, watcher));
}

export async function forgetUnfinished(id: string): Promise<void> {
  await (await deskOf()).notebook.remove(id);
}

function reading() {
  return readingOf(here(), unlocked());
}

async function deed(
  work: (watcher: Parameters<Parameters<typeof run>[0]>[0]) => Promise<RecordId>,
): Promise<RecordId | null> {
  let record: RecordId | null = null;
  await run(async (watcher) => {
    record = await work(watcher);
    forgetGlance(record);
  });
  if (record) await load();
  return record;
}
