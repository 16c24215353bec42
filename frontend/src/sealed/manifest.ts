// The sealed manifest: what a record is and what its files are called (section 6).
import { PmrError } from "../errors";
import { type Bytes, utf8 } from "./bytes";
import { anyText, decode, encode, list, object, whole } from "./canonical";
import { MAX_FILES } from "./header";
import { MAX_SOURCE } from "./padding";

const RESTRICTED = "[a-z0-9][a-z0-9!#$&^_.+-]*";
const MEDIA_TYPE = new RegExp(`^${RESTRICTED}/${RESTRICTED}$`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: names must not hold them
const FORBIDDEN = /[\\\x00-\x1f\x7f-\x9f]/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

const SHAPE = object({
  date: anyText,
  files: list(object({ name: anyText, size: whole(0, MAX_SOURCE), type: anyText })),
  notes: anyText,
  patient: anyText,
  title: anyText,
});

/** One file: its relative path, its true size in bytes, its media type. */
export interface FileEntry {
  name: string;
  size: number;
  type: string;
}

/** What only readers see. */
export interface Manifest {
  title: string;
  /** A pseudonymous reference. */
  patient: string;
  /** `YYYY-MM-DD`, or empty. */
  date: string;
  notes: string;
  /** In the order of the file numbers. */
  files: FileEntry[];
}

/** The canonical JSON, unpadded; `bad-format` for anything that section 6 does not allow. */
export function encodeManifest({ title, patient, date, notes, files }: Manifest): Bytes {
  const entries = files.map(({ name, size, type }) => ({ name, size, type }));
  const data = encode({ date, files: entries, notes, patient, title });
  decodeManifest(data, files.length);
  return data;
}

/** Read unpadded canonical JSON of so many files; `bad-format`. */
export function decodeManifest(data: Uint8Array, files: number): Manifest {
  const manifest = decode<Manifest>(data, SHAPE);
  check(manifest, files);
  return manifest;
}

function check(manifest: Manifest, files: number): void {
  demandLength("title", manifest.title, 1, 1024);
  demandLength("patient", manifest.patient, 0, 256);
  demandLength("notes", manifest.notes, 0, 65_536);
  demand("date", manifest.date === "" || isDay(manifest.date));
  demand("files", manifest.files.length === files && files >= 1 && files <= MAX_FILES);
  for (const file of manifest.files) checkFile(file);
  checkPaths(manifest.files.map((file) => file.name));
}

function checkFile({ name, type }: FileEntry): void {
  demand("type", type.length <= 127 && MEDIA_TYPE.test(type));
  demandLength("name", name, 1, 1024);
  for (const part of name.split("/")) {
    demandLength("name", part, 1, 255);
    demand("name", part !== "." && part !== ".." && !FORBIDDEN.test(part));
  }
}

function checkPaths(names: string[]): void {
  const files = new Set(names);
  demand("name", files.size === names.length);
  for (const name of names) {
    const parts = name.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      demand("name", !files.has(parts.slice(0, depth).join("/")));
    }
  }
}

/** A day of the Gregorian calendar from the year 0001. */
function isDay(date: string): boolean {
  if (!DATE.test(date) || date.startsWith("0000")) return false;
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

function demandLength(member: string, text: string, least: number, most: number): void {
  const { length } = utf8(text);
  demand(member, length >= least && length <= most);
}

function demand(member: string, holds: boolean): void {
  if (!holds) throw new PmrError("bad-format", member);
}
