// What a client notes for itself, sealed under the doctor's own key (sections 2 and 5).
import { PmrError } from "../errors";
import { type Bytes, concat, random } from "./bytes";
import type { DoctorKey } from "./keys";
import { label } from "./labels";

const NONCE = 12;

/** `nonce(12) ‖ AES-256-GCM(HKDF(seed, "", L("journal")), data, aad = L("journal"))`. */
export async function sealJournal(key: DoctorKey, data: Bytes): Promise<Bytes> {
  const iv = random(NONCE);
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(withNonce(iv), await cipher(key), data)));
}

/** Open what `sealJournal` made; `cannot-decrypt`. */
export async function openJournal(key: DoctorKey, sealed: Bytes): Promise<Bytes> {
  try {
    const iv = sealed.slice(0, NONCE);
    return new Uint8Array(await crypto.subtle.decrypt(withNonce(iv), await cipher(key), sealed.slice(NONCE)));
  } catch {
    throw new PmrError("cannot-decrypt", "journal");
  }
}

function withNonce(iv: Bytes): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: label("journal") };
}

function cipher(key: DoctorKey): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key.journalKey(), "AES-GCM", false, ["encrypt", "decrypt"]);
}
