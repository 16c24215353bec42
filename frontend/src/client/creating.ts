// New records, new versions of them, and the same files for fewer readers.
import type { Address } from "viem";
import { PmrError } from "../errors";
import { hex } from "../sealed/bytes";
import { formatRecordId, type RecordId } from "../types";
import type { Notes } from "./notes";
import type { OpenRecord } from "./opening";
import type { Reading } from "./reading";
import { type Desk, finishVersion } from "./registering";
import { type About, beginNotes, type Source } from "./sealing";
import type { Watcher } from "./sending";
import { regrantsOf } from "./sharing";

/** Seal files, have them kept, and register them as a record of the account; noted under `id`. */
export async function createRecord(
  desk: Desk,
  about: About,
  sources: Source[],
  watcher: Watcher,
  id: string,
): Promise<RecordId> {
  const position = await desk.ledger.count(desk.ledger.account);
  const notes = await beginNotes(desk.author, about, sources, { kind: "create", position });
  await desk.notebook.save(id, notes);
  return finishVersion(desk, id, notes, sources, watcher);
}

/** Give a record a new version, for its readers who remain; `without` loses access in the same transaction. */
export async function reviseRecord(
  desk: Desk,
  reading: Reading,
  record: RecordId,
  about: About,
  sources: Source[],
  watcher: Watcher,
  id: string,
  without?: Address,
): Promise<RecordId> {
  if (record.owner !== desk.ledger.account) throw new PmrError("not-owner");
  const oldRoot = hex(await desk.ledger.root(record));
  const purpose = {
    kind: "revise" as const,
    record: formatRecordId(record),
    oldRoot,
    ...(without ? { without } : {}),
  };
  const notes = await beginNotes(desk.author, about, sources, purpose);
  await desk.notebook.save(id, notes);
  return finishVersion(desk, id, notes, sources, watcher, regranting(desk, reading));
}

/** Go on with what was noted; `sources` are the same files, chosen again, or none when all is uploaded. */
export async function resumeVersion(
  desk: Desk,
  reading: Reading,
  id: string,
  sources: Source[],
  watcher: Watcher,
): Promise<RecordId> {
  const notes = await desk.notebook.load(id);
  return finishVersion(desk, id, notes, sources, watcher, regranting(desk, reading));
}

/** The files of a record as sources of a new version, decrypted in memory. */
export async function sourcesOf(opened: OpenRecord): Promise<Source[]> {
  const sources: Source[] = [];
  for (const [number, { name, type }] of opened.manifest.files.entries()) {
    const pieces: BlobPart[] = [];
    for await (const piece of opened.file(number)) pieces.push(piece);
    sources.push({ name, type, blob: new Blob(pieces) });
  }
  return sources;
}

function regranting(desk: Desk, reading: Reading) {
  return (notes: Notes) => {
    const { purpose } = notes;
    if (purpose.kind !== "revise") return Promise.resolve([]);
    const [owner, position] = purpose.record.split("/") as [Address, string];
    const id = { owner, position: Number(position) };
    return regrantsOf(desk.ledger, reading, id, notes, purpose.without as Address | undefined);
  };
}
