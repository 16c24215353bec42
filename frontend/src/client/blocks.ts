// A record's blocks as the server gives them: hashed by whoever reads them, small ones remembered.
import { recordBlock } from "../api";
import type { Get } from "../sealed/block";
import { RAW } from "../sealed/cid";
import type { RecordId } from "../types";

const SMALL = 64 << 10;

/** Reads the blocks of one record; nodes and small leaves are asked for once. */
export function blocksOf(id: RecordId, fetch = recordBlock): Get {
  const known = new Map<string, Uint8Array>();
  return async (cid) => {
    const name = cid.toString();
    const found = known.get(name) ?? (await fetch(id, name));
    if (cid.codec !== RAW || found.length <= SMALL) known.set(name, found);
    return found;
  };
}
