// A sealing that was cut off: what left before it was noted, and which nonces have which bytes.
import { expect, test } from "vitest";
import type { FileNotes, Notes } from "#src/client/notes";
import { type About, type Author, beginNotes, type Sink, type Source, sealRecord } from "#src/client/sealing";
import type { Block } from "#src/sealed/block";
import { RAW } from "#src/sealed/cid";
import { Keyring } from "#src/sealed/keyring";

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const ABOUT: About = { title: "CT", patient: "", date: "", notes: "" };
const LEAF = 1 << 20;
const SIZE = 20 * LEAF;

async function author(): Promise<Author> {
  return { account: ACCOUNT, key: (await Keyring.new()).key(1), bundle: new Uint8Array(32) };
}

function source(change?: number): Source[] {
  const bytes = new Uint8Array(SIZE);
  if (change !== undefined) bytes[change] = 1;
  return [{ name: "study.bin", type: "application/octet-stream", blob: new Blob([bytes]) }];
}

/** Notes what is saved and what is put, and breaks after so many leaves. */
class Wire implements Sink {
  readonly leaves: string[] = [];
  constructor(
    public saved: Notes,
    private readonly breaksAfter = Number.POSITIVE_INFINITY,
  ) {}

  async save(notes: Notes): Promise<void> {
    this.saved = structuredClone(notes);
  }

  async put(block: Block): Promise<void> {
    if (block.cid.codec !== RAW || block.data.length < LEAF) return;
    const cid = block.cid.toString();
    expect(fileOf(this).leaves, "noted before it leaves").toContain(cid);
    if (this.leaves.length === this.breaksAfter) throw new Error("cut");
    this.leaves.push(cid);
  }
}

async function cutOff(by: Author): Promise<Wire> {
  const notes = await beginNotes(by, ABOUT, source(), { kind: "create", position: 0 });
  const wire = new Wire(structuredClone(notes), 10);
  await expect(sealRecord(by, notes, source(), wire)).rejects.toThrow("cut");
  return wire;
}

function fileOf(wire: Wire): FileNotes {
  return wire.saved.files[0] as FileNotes;
}

test("sealRecord again with the same bytes gives the same leaves", async () => {
  const by = await author();
  const before = await cutOff(by);
  const after = new Wire(before.saved);
  await sealRecord(by, structuredClone(before.saved), source(), after);
  expect(after.leaves.slice(0, before.leaves.length)).toEqual(before.leaves);
  expect(fileOf(after).header).toBe(fileOf(before).header);
});

test("sealRecord again with bytes changed that were noted starts over with a new header", async () => {
  const by = await author();
  const before = await cutOff(by);
  const after = new Wire(before.saved);
  await sealRecord(by, structuredClone(before.saved), source(9 * LEAF), after);
  expect(fileOf(after).header).not.toBe(fileOf(before).header);
  expect(fileOf(after).leaves.filter((cid) => before.leaves.includes(cid))).toEqual([]);
});

test("sealRecord again with bytes changed that were never sealed goes on under the old header", async () => {
  const by = await author();
  const before = await cutOff(by);
  const after = new Wire(before.saved);
  await sealRecord(by, structuredClone(before.saved), source(SIZE - 1), after);
  expect(fileOf(after).header).toBe(fileOf(before).header);
  expect(after.leaves.slice(0, before.leaves.length)).toEqual(before.leaves);
});
