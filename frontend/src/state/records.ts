// The lists: a doctor's own records and those that are shared, each opened when it comes into view.
import { computed, signal } from "@preact/signals";
import type { Address } from "viem";
import type { OwnRecord, SharedRecord } from "../chain/ledger";
import { type Kind, kindOf } from "../errors";
import type { Manifest } from "../sealed/manifest";
import { formatRecordId, type RecordId } from "../types";
import { here, unlocked } from "./keys";
import { attempt, readingOf } from "./session";

const PAGE = 100;
const KNOWN = "pmr.knownSenders";

/** What is known of a record in a list: its manifest once it was opened, or why it cannot be. */
export type Glance = Manifest | { failed: Kind } | "opening";

export const own = signal<OwnRecord[]>([]);
export const ownTotal = signal(0);
/** Whether the lists are those of the chain: what could not be asked for is not an empty list. */
export const loaded = signal(false);
export const shared = signal<SharedRecord[]>([]);
export const glances = signal<ReadonlyMap<string, Glance>>(new Map());
export const query = signal("");
export const known = signal<ReadonlySet<string>>(new Set());

/** Those shared records whose senders this account knows, and the other senders. */
export const familiar = computed(() => shared.value.filter(({ id }) => known.value.has(id.owner)));
export const strangers = computed(() => [
  ...new Set(shared.value.map(({ id }) => id.owner).filter((owner) => !known.value.has(owner))),
]);

/** Load the newest page of each list. */
export function load(): Promise<boolean> {
  return attempt(async () => {
    const { ledger } = here();
    loaded.value = false;
    forgetFailures();
    known.value = knownSenders(ledger.account);
    const total = await ledger.count(ledger.account);
    const newest = await pageBefore(total);
    [ownTotal.value, own.value] = [total, newest];
    const found: SharedRecord[] = [];
    for await (const page of ledger.shared()) found.push(...page);
    shared.value = found;
    loaded.value = true;
  });
}

/** The next older page of the doctor's own records, newest first. */
export async function loadMore(): Promise<void> {
  own.value = [...own.value, ...(await pageBefore(ownTotal.value - own.value.length))];
}

async function pageBefore(end: number): Promise<OwnRecord[]> {
  const start = Math.max(0, end - PAGE);
  return (await here().ledger.recordsFrom(start, end - start)).page.reverse();
}

/** Open a record's manifest, once; a failure is remembered as what it is. */
export async function glance(id: RecordId): Promise<void> {
  const name = formatRecordId(id);
  if (glances.value.has(name)) return;
  remember(name, "opening");
  try {
    remember(name, (await readingOf(here(), unlocked()).open(id)).manifest);
  } catch (error) {
    remember(name, { failed: kindOf(error) });
  }
}

/** Open what an unknown account sends from now on. */
export function welcome(sender: Address): void {
  known.value = new Set([...known.value, sender]);
  localStorage.setItem(placeOf(here().ledger.account), JSON.stringify([...known.value]));
}

/** What could not be opened may open now. */
function forgetFailures(): void {
  const kept = [...glances.value].filter(([, one]) => typeof one === "string" || !("failed" in one));
  glances.value = new Map(kept);
}

/** Nothing that was decrypted stays when the key is locked. */
export function forgetRecords(): void {
  own.value = [];
  shared.value = [];
  glances.value = new Map();
  query.value = "";
  loaded.value = false;
}

/** Forget what was seen of a record: it has a new version. */
export function forgetGlance(id: RecordId): void {
  const kept = new Map(glances.value);
  kept.delete(formatRecordId(id));
  glances.value = kept;
}

/** Whether a record is one that the person looks for. What is not open yet is shown. */
export function isWanted(id: RecordId): boolean {
  const found = glances.value.get(formatRecordId(id));
  const wanted = query.value.trim().toLocaleLowerCase();
  if (!wanted || !found || typeof found === "string" || "failed" in found) return !wanted;
  const text = [found.title, found.patient, found.date, found.notes, ...found.files.map((file) => file.name)];
  return text.join("\n").toLocaleLowerCase().includes(wanted);
}

function remember(name: string, glance: Glance): void {
  glances.value = new Map([...glances.value, [name, glance]]);
}

function knownSenders(account: Address): Set<string> {
  return new Set(JSON.parse(localStorage.getItem(placeOf(account)) ?? "[]") as string[]);
}

function placeOf(account: Address): string {
  return `${KNOWN}.${account}`;
}
