// A record's blocks as the server gives them: hashed by whoever reads them, small ones remembered.
import { recordBlock } from "../api";
import type { Get } from "../sealed/block";
import { RAW } from "../sealed/cid";
import type { RecordId } from "../types";

const SMALL = 64 << 10;

/** Reads the blocks of one record; nodes, small leaves and the leaf that was read last are asked for once. */
export function blocksOf(id: RecordId, fetch = recordBlock): Get {
  const known = new Map<string, Uint8Array>();
  // A file's header and its first segment are in the same leaf.
  let last: { name: string; data: Uint8Array } | null = null;
  return async (cid) => {
    const name = cid.toString();
    const kept = last?.name === name ? last.data : known.get(name);
    const data = kept ?? (await fetch(id, name));
    if (cid.codec !== RAW || data.length <= SMALL) known.set(name, data);
    else last = { name, data };
    return data;
  };
}
