// What a doctor does with records, each as one deed that is watched from its start to its block.
import type { Address } from "viem";
import type { RecordEvent } from "../chain/events";
import type { OpenRecord } from "../client/opening";
import type { About, Source } from "../client/sealing";
import type { Reader, Terms } from "../client/sharing";
import { PmrError } from "../errors";
import { hex } from "../sealed/bytes";
import type { RecordId } from "../types";
import { run } from "./deed";
import { deskOf, here, unlocked } from "./keys";
import { forgetGlance, load } from "./records";
import { attempt, readingOf } from "./session";

/** A version that was begun here and not finished. */
export interface Unfinished {
  id: string;
  title: string;
  /** Whether the files must be chosen again: neither sealed nor at hand in this tab. */
  needsFiles: boolean;
}

/** What was begun in this tab: its files are at hand still. */
interface Begun {
  about: About;
  sources: Source[];
  /** The record that gets a new version; null for a new record. */
  record: RecordId | null;
}

const begun = new Map<string, Begun>();

/** Forget the files that are at hand. */
export function forgetBegun(): void {
  begun.clear();
}

/** A new record. The same files and words again go on with what was begun: never a second record. */
export function create(about: About, sources: Source[]): Promise<RecordId | null> {
  return version({ about, sources, record: null });
}

/** A new version of a record, from other files. */
export function revise(record: RecordId, about: About, sources: Source[]): Promise<RecordId | null> {
  return version({ about, sources, record });
}

function version(wanted: Begun): Promise<RecordId | null> {
  return deed(async (watcher) => {
    const { createRecord, resumeVersion, reviseRecord } = await import("../client/creating");
    const desk = await deskOf();
    const { about, sources, record } = wanted;
    const noted = await desk.notebook.unfinished();
    const known = [...begun].find(([id, one]) => noted.includes(id) && isSame(one, wanted))?.[0];
    if (known) return alone(known, () => resumeVersion(desk, reading(), known, sources, watcher));
    const id = newDeed();
    begun.set(id, wanted);
    return alone(id, () =>
      record
        ? reviseRecord(desk, reading(), record, about, sources, watcher, id)
        : createRecord(desk, about, sources, watcher, id),
    );
  });
}

/** Two tabs that went on with one sealing could give one nonce to two plaintexts: `under-way` for the second. */
async function alone<T>(id: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`pmr.deed.${id}`, { ifAvailable: true }, (lock) => {
    if (!lock) throw new PmrError("under-way");
    return work();
  });
}

function isSame(one: Begun, other: Begun): boolean {
  const texts = ({ about, record, sources }: Begun) =>
    JSON.stringify([about, record, sources.map(({ name, type }) => [name, type])]);
  return texts(one) === texts(other) && one.sources.every(({ blob }, i) => blob === other.sources[i]?.blob);
}

export async function share(record: RecordId, terms: Terms): Promise<boolean> {
  return run(async (watcher) => {
    const { shareRecord } = await import("../client/sharing");
    await shareRecord(await deskOf(), reading(), record, terms, watcher);
  });
}

/** Take access back; with `rekey`, the same files are sealed anew for the readers who remain. */
export async function revoke(
  opened: OpenRecord,
  record: RecordId,
  reader: Address,
  rekey: boolean,
): Promise<boolean> {
  if (rekey) return (await reseal(opened, record, reader)) !== null;
  return run(async (watcher) => {
    const { revokeReader } = await import("../client/sharing");
    await revokeReader(await deskOf(), record, reader, watcher);
  });
}

function reseal(opened: OpenRecord, record: RecordId, without: Address): Promise<RecordId | null> {
  return deed(async (watcher) => {
    const { reviseRecord, sourcesOf } = await import("../client/creating");
    const { files: _, ...about } = opened.manifest;
    const sources = await sourcesOf(opened);
    const id = newDeed();
    begun.set(id, { about, sources, record });
    const desk = await deskOf();
    return alone(id, () => reviseRecord(desk, reading(), record, about, sources, watcher, id, without));
  });
}

/** Keep a copy of a shared record as one's own. */
export async function adopt(opened: OpenRecord): Promise<RecordId | null> {
  return deed(async (watcher) => {
    const { adoptRecord } = await import("../client/copying");
    return adoptRecord(await deskOf(), opened, watcher);
  });
}

/** A record as one file; null when it could not be made. */
export async function exportCar(record: RecordId): Promise<Blob | null> {
  let file: Blob | null = null;
  await attempt(async () => {
    const { exportRecord } = await import("../client/copying");
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
    return notes ? [{ id, title: notes.about.title, needsFiles: !notes.root && !begun.has(id) }] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Go on with what was begun; `chosen` are its files, where they are not at hand. */
export function resume(id: string, chosen: Source[]): Promise<RecordId | null> {
  return deed(async (watcher) => {
    const { resumeVersion } = await import("../client/creating");
    const sources = begun.get(id)?.sources ?? chosen;
    const desk = await deskOf();
    return alone(id, () => resumeVersion(desk, reading(), id, sources, watcher));
  });
}

export async function forgetUnfinished(id: string): Promise<void> {
  begun.delete(id);
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

/** An id for what is begun now. */
function newDeed(): string {
  return hex(crypto.getRandomValues(new Uint8Array(8)));
}
