// What must be remembered of a sealing, so that it can be taken up again after the tab was closed and never
// uses a nonce for other bytes. It holds a content key: kept sealed under the doctor's journal key alone.
import { PmrError } from "../errors";
import { type Bytes, text, utf8 } from "../sealed/bytes";
import { openJournal, sealJournal } from "../sealed/journal";
import type { DoctorKey } from "../sealed/keys";
import type { About } from "./sealing";

/** One file: what it was called, and the CIDs (text) of the leaves that may have left this machine. */
export interface FileNotes {
  name: string;
  type: string;
  size: number;
  /** The body's 40 bytes, hex. */
  header: string;
  leaves: string[];
}

/** One version of a record on its way. All bytes as hex. */
export interface Notes {
  about: About;
  contentKey: string;
  header: string;
  manifest: string;
  owner: string;
  files: FileNotes[];
  /** What the version is for: a new record at a position, or a revision of one. */
  purpose:
    | { kind: "create"; position: number }
    | { kind: "revise"; record: string; oldRoot: string; without?: string };
  /** Set when all blocks are sealed: the root's digest. */
  root?: string;
  /** Set when the wallet gave it. */
  transaction?: string;
}

/** Where sealed notes are kept: durable when `save` returns. */
export interface NoteStore {
  save(id: string, sealed: Bytes): Promise<void>;
  load(id: string): Promise<Bytes | null>;
  remove(id: string): Promise<void>;
  list(): Promise<string[]>;
}

/** One account's notes, by their ids. */
export class Notebook {
  constructor(
    private readonly store: NoteStore,
    private readonly key: DoctorKey,
    private readonly prefix: string,
  ) {}

  async save(id: string, notes: Notes): Promise<void> {
    await this.store.save(this.prefix + id, await sealJournal(this.key, utf8(JSON.stringify(notes))));
  }

  /** `bad-input` for notes that are not there; `cannot-decrypt` for those of an older key. */
  async load(id: string): Promise<Notes> {
    const sealed = await this.store.load(this.prefix + id);
    if (!sealed) throw new PmrError("bad-input", "nothing was noted");
    return JSON.parse(text(await openJournal(this.key, sealed))) as Notes;
  }

  async remove(id: string): Promise<void> {
    await this.store.remove(this.prefix + id);
  }

  /** What was begun and not finished by this account. */
  async unfinished(): Promise<string[]> {
    const all = await this.store.list();
    return all.filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length));
  }
}
