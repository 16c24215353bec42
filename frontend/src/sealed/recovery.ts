// The recovery kit: an account's seeds as words on paper (section 8).
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english";
import type { Address } from "viem";
import { PmrError } from "../errors";
import { parseAddress } from "../types";
import type { Bytes } from "./bytes";
import { Keyring } from "./keyring";
import { DoctorKey } from "./keys";

const WORDS = 24;
const ACCOUNT = /^account[ \t]+(0x.*)$/;
const KEY = /^key[ \t]+([0-9]+)[ \t]*:(.*)$/;
const VERSION = /^[1-9][0-9]{0,14}$/;

const PREFACE = `PMR recovery kit

Whoever holds this page can open every record that was sealed to this account. Keep it like a passport,
on paper, away from computers. With it and the account's wallet you can make a new vault.
`;

/** The kit's text: the account, then 24 words of BIP-39 English for each version. */
export function writeKit(keyring: Keyring, account: Address): string {
  const lines = keyring.versions.map((version) => `key ${version}: ${wordsOf(keyring, version).join(" ")}`);
  return [PREFACE, `account ${account}`, ...lines, ""].join("\n");
}

/** The 24 words of one version. */
export function wordsOf(keyring: Keyring, version: number): string[] {
  return entropyToMnemonic(keyring.key(version).reveal(), wordlist).split(" ");
}

/** Read a kit; `bad-recovery-kit` says which line is wrong, never its words. */
export async function readKit(text: string): Promise<{ account: Address; keyring: Keyring }> {
  const accounts: Address[] = [];
  const keys = new Map<number, DoctorKey>();
  for (const line of text.split("\n").map((one) => one.replace(/^[ \t\r]+|[ \t\r]+$/g, ""))) {
    const [, account] = ACCOUNT.exec(line) ?? [];
    const [, version, words] = KEY.exec(line) ?? [];
    if (account !== undefined) accounts.push(accountOf(account));
    else if (version !== undefined) await addKey(keys, version, words ?? "");
  }
  const [account] = accounts;
  if (account === undefined || accounts.length !== 1 || !keys.size)
    throw new PmrError("bad-recovery-kit", "lines");
  return { account, keyring: new Keyring(keys) };
}

function accountOf(text: string): Address {
  try {
    return parseAddress(text);
  } catch {
    throw new PmrError("bad-recovery-kit", "account");
  }
}

async function addKey(keys: Map<number, DoctorKey>, digits: string, phrase: string): Promise<void> {
  const version = Number(digits);
  if (!VERSION.test(digits) || keys.has(version))
    throw new PmrError("bad-recovery-kit", `key ${digits.slice(0, 16)}`);
  const words = phrase
    .toLowerCase()
    .split(/[ \t]+/)
    .filter(Boolean);
  keys.set(version, await DoctorKey.fromSeed(seedOf(version, words)));
}

function seedOf(version: number, words: string[]): Bytes {
  try {
    if (words.length === WORDS) return mnemonicToEntropy(words.join(" "), wordlist) as Bytes;
  } catch {
    // As below: which word is wrong, nobody can say.
  }
  throw new PmrError("bad-recovery-kit", `key ${version}`);
}
