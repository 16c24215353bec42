// The vault: all of an account's seeds, under a passphrase and its wallet (section 8).
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { type Address, getAddress, type Hex, hexToBytes } from "viem";
import { PmrError } from "../errors";
import { type Bytes, concat, equal, fromHex, hex, random, sha256, uint, utf8 } from "./bytes";
import { address, anyText, decode, encode, exactly, flag, hexBytes, list, object, whole } from "./canonical";
import { hkdf, NO_SALT } from "./hkdf";
import { Keyring } from "./keyring";
import { DoctorKey } from "./keys";
import { label } from "./labels";

const MAX_VAULT = 1 << 20;
const MEMORY_KIB = 65_536;
const PASSES = 3;
const STATEMENT = "Unlock my medical record keys. Sign this only on a PMR page.";
// The order of secp256k1 (SEC 2, section 2.4.1).
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const KDF = object({
  lanes: exactly(1),
  memory: whole(MEMORY_KIB, 1_048_576),
  passes: whole(PASSES, 16),
  salt: hexBytes(16),
});
const VAULT = object({
  account: address,
  bundle: hexBytes(32),
  ciphertext: anyText,
  format: exactly("pmr-vault/1"),
  kdf: KDF,
  nonce: hexBytes(12),
  version: whole(1),
  wallet: flag,
});
const KEYS = object({ keys: list(object({ seed: hexBytes(32), version: whole(1) }), 1) });

interface KdfJson extends Record<string, string | number> {
  lanes: number;
  memory: number;
  passes: number;
  salt: string;
}

interface Public extends Record<string, string | number | boolean | KdfJson> {
  account: string;
  bundle: string;
  format: string;
  kdf: KdfJson;
  nonce: string;
  version: number;
  wallet: boolean;
}

/** What a vault says of itself without being opened; believe it only after opening. */
export interface VaultInfo {
  account: Address;
  version: number;
  bundle: Bytes;
  /** Whether the wallet's signature is needed too. */
  wallet: boolean;
}

/** Told how much of the passphrase's stretching is done, 0 to 1. */
export type OnStretch = (done: number) => void;

/** The EIP-712 message, as JSON for a wallet, that unlocks an account's vault; it names no chain. */
export function unlockMessage(account: Address): string {
  return JSON.stringify({
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
      ],
      Unlock: [
        { name: "account", type: "address" },
        { name: "statement", type: "string" },
      ],
    },
    primaryType: "Unlock",
    domain: { name: "PMR Vault", version: "1" },
    message: { account, statement: STATEMENT },
  });
}

/** `r ‖ s`, 64 bytes with s in its low form, of a wallet's signature; `bad-input` for any other answer. */
export function normalSignature(signature: Hex): Bytes {
  const bytes = hexToBytes(signature);
  const [r, s] = [big(bytes.subarray(0, 32)), big(bytes.subarray(32, 64))];
  if (bytes.length !== 65 || r === 0n || r >= ORDER || s === 0n || s >= ORDER) {
    throw new PmrError("bad-input", "the wallet's answer is not a signature of 65 bytes");
  }
  return concat(bytes.subarray(0, 32), uint(s > ORDER - s ? ORDER - s : s, 32));
}

/** Whether two signatures of one message show a wallet that can be part of a vault's key. */
export function signsAlike(first: Hex, second: Hex): boolean {
  try {
    return equal(normalSignature(first), normalSignature(second));
  } catch {
    return false;
  }
}

/** The vault's canonical JSON, with a new salt and nonce; `wallet` is a `normalSignature`. */
export async function sealVault(
  keyring: Keyring,
  account: Address,
  passphrase: string,
  wallet: Bytes | null,
  onStretch?: OnStretch,
): Promise<Bytes> {
  const members = await publicMembers(keyring, account, wallet !== null);
  const key = await vaultKey(members.kdf, passphrase, wallet, onStretch);
  const sealed = await crypto.subtle.encrypt(cipherOf(members), key, plainOf(keyring));
  return encode({ ...members, ciphertext: toBase64(new Uint8Array(sealed)) });
}

/** What a vault says of itself; `bad-format`, also for weak or enormous parameters. */
export function vaultInfo(data: Uint8Array): VaultInfo {
  const raw = read(data);
  return {
    account: getAddress(raw.account),
    version: raw.version,
    bundle: fromHex(raw.bundle),
    wallet: raw.wallet,
  };
}

/** Open a vault; `bad-passphrase`, `bad-format`. The wallet's part is left unused where it is not needed. */
export async function openVault(
  data: Uint8Array,
  passphrase: string,
  wallet: Bytes | null,
  onStretch?: OnStretch,
): Promise<Keyring> {
  const { ciphertext, ...members } = read(data);
  if (members.wallet && !wallet) throw new PmrError("bad-passphrase", "wallet");
  const sealed = fromBase64(ciphertext);
  const key = await vaultKey(members.kdf, passphrase, members.wallet ? wallet : null, onStretch);
  const plain = await crypto.subtle.decrypt(cipherOf(members), key, sealed).catch(() => {
    throw new PmrError("bad-passphrase");
  });
  return keyringOf(new Uint8Array(plain), members);
}

async function publicMembers(keyring: Keyring, account: Address, wallet: boolean): Promise<Public> {
  return {
    account: account.toLowerCase(),
    bundle: hex(await sha256(keyring.newest.bundle(account, keyring.version))),
    format: "pmr-vault/1",
    kdf: { lanes: 1, memory: MEMORY_KIB, passes: PASSES, salt: hex(random(16)) },
    nonce: hex(random(12)),
    version: keyring.version,
    wallet,
  };
}

async function vaultKey(kdf: KdfJson, passphrase: string, wallet: Bytes | null, onStretch?: OnStretch) {
  const normal = passphrase.normalize("NFKC");
  if (!normal.isWellFormed()) throw new PmrError("bad-input", "the passphrase is not Unicode");
  const options = { m: kdf.memory, t: kdf.passes, p: kdf.lanes, dkLen: 32 };
  const stretched = await argon2idAsync(utf8(normal), fromHex(kdf.salt), {
    ...options,
    ...(onStretch ? { onProgress: onStretch } : {}),
  });
  const key = hkdf(concat(stretched, wallet ?? new Uint8Array(0)), NO_SALT, label("vault"));
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function cipherOf(members: Public): AesGcmParams {
  const additionalData = concat(label("vault"), encode(members));
  return { name: "AES-GCM", iv: fromHex(members.nonce), additionalData };
}

function plainOf(keyring: Keyring): Bytes {
  const keys = keyring.versions.map((version) => ({ seed: hex(keyring.key(version).reveal()), version }));
  return encode({ keys });
}

async function keyringOf(plain: Bytes, members: Public): Promise<Keyring> {
  const { keys } = decode<{ keys: { seed: string; version: number }[] }>(plain, KEYS);
  const ascending = keys.every(({ version }, i) => i === 0 || version > (keys[i - 1]?.version as number));
  if (!ascending) throw new PmrError("bad-format", "the vault's versions");
  const made = keys.map(
    async ({ seed, version }): Promise<[number, DoctorKey]> => [
      version,
      await DoctorKey.fromSeed(fromHex(seed)),
    ],
  );
  const keyring = new Keyring(await Promise.all(made));
  const bundle = await sha256(keyring.newest.bundle(getAddress(members.account), keyring.version));
  if (members.version !== keyring.version || members.bundle !== hex(bundle)) {
    throw new PmrError("bad-format", "the vault names another newest key than the one in it");
  }
  return keyring;
}

function read(data: Uint8Array): Public & { ciphertext: string } {
  if (data.length > MAX_VAULT) throw new PmrError("bad-format", "the vault is too long");
  return decode<Public & { ciphertext: string }>(data, VAULT);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string): Bytes {
  let data: Bytes;
  try {
    data = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw new PmrError("bad-format", "base64");
  }
  if (!data.length || toBase64(data) !== text) throw new PmrError("bad-format", "base64");
  return data;
}

function big(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
