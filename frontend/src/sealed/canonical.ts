// Canonical JSON (RFC 8785): one byte string for one value, and nothing unsaid in it.
import { PmrError } from "../errors";
import { type Bytes, equal, text, utf8 } from "./bytes";

export type Json = string | number | boolean | Json[] | { [name: string]: Json };

/** Whether a value may stand at its place. */
export type Check = (value: unknown) => boolean;

/** The canonical bytes of a value; `bad-format` when it has none. */
export function encode(value: Json): Bytes {
  return utf8(write(value));
}

/** Read canonical JSON of a shape; `bad-format` for other members or other bytes. */
export function decode<T>(data: Uint8Array, shape: Check): T {
  const value = parse(data);
  if (!shape(value)) throw new PmrError("bad-format", "members");
  if (!equal(encode(value as Json), data)) throw new PmrError("bad-format", "not canonical");
  return value as T;
}

/** An object of exactly these members. */
export function object(members: Record<string, Check>): Check {
  const names = Object.keys(members);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const given = value as Record<string, unknown>;
    const exact =
      Object.keys(given).length === names.length && names.every((name) => Object.hasOwn(given, name));
    return exact && names.every((name) => members[name]?.(given[name]));
  };
}

export function list(of: Check, least = 0): Check {
  return (value) => Array.isArray(value) && value.length >= least && value.every(of);
}

export const anyText: Check = (value) => typeof value === "string";
export const flag: Check = (value) => typeof value === "boolean";
export const address: Check = matching(/^0x[0-9a-f]{40}$/);

export function exactly(wanted: Json): Check {
  return (value) => value === wanted;
}

/** An integer from `least` to `most`. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  return (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** So many bytes as lower-case hex. */
export function hexBytes(length: number): Check {
  return (value) => typeof value === "string" && value.length === 2 * length && /^[0-9a-f]*$/.test(value);
}

export function matching(form: RegExp): Check {
  return (value) => typeof value === "string" && form.test(value) && !value.endsWith("\n");
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(text(data));
  } catch {
    throw new PmrError("bad-format", "malformed JSON");
  }
}

function write(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object") {
    // JavaScript orders strings by UTF-16 code units, as RFC 8785 wants it.
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${write(name)}:${write(value[name] as Json)}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new PmrError("bad-format", "a number");
  if (typeof value === "string" && !value.isWellFormed()) throw new PmrError("bad-format", "not Unicode");
  return JSON.stringify(value);
}
