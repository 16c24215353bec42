// The content key: one for each version of a record, and what it commits to (section 4).
import { PmrError } from "../errors";
import { type Bytes, equal, random } from "./bytes";
import { hkdf } from "./hkdf";
import { label } from "./labels";

/** `CK`, 32 random bytes: new for every version of a record. */
export type ContentKey = Bytes;

export function newContentKey(): ContentKey {
  return random(32);
}

/** The 32 bytes that name one version of a record. */
export function newContentId(): Bytes {
  return random(32);
}

/** The 32 bytes of `keyCommit`, which the header publishes. */
export function keyCommit(key: ContentKey, contentId: Uint8Array): Bytes {
  return hkdf(key, contentId, label("commit"));
}

/** The key of the version's bodies. */
export function bodyKey(key: ContentKey, contentId: Uint8Array): Bytes {
  return hkdf(key, contentId, label("body"));
}

/** `cannot-decrypt` unless this is the key that a header commits to. */
export function checkKey(key: ContentKey, contentId: Uint8Array, commit: Uint8Array): void {
  if (!equal(keyCommit(key, contentId), commit)) throw new PmrError("cannot-decrypt", "not the header's key");
}
