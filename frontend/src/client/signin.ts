// What a wallet signs to sign in: checked before it is signed. The server writes the EIP-4361 text; a page
// that had signed whatever it was sent could sign a person in somewhere else.
import type { Address } from "viem";
import * as api from "../api";
import { PmrError } from "../errors";
import type { Wallet } from "../wallet";

const TEXT =
  /^([^\n]+) wants you to sign in with your Ethereum account:\n(0x[0-9a-fA-F]{40})\n\n(?:[^\n]*\n)?\nURI: ([^\n]+)\nVersion: 1\nChain ID: ([0-9]+)\nNonce: [A-Za-z0-9]{8,}\nIssued At: [^\n]+(?:\nExpiration Time: [^\n]+)?$/;

/** Sign an account in to the server of this page; `sign-in-failed` for a text that is not a plain sign-in. */
export async function signIn(wallet: Wallet, chainId: number, site: URL): Promise<api.Session> {
  const asked = await api.challenge(wallet.account);
  checkText(asked.message, site, wallet.account, chainId);
  return api.signIn(asked.id, await wallet.signText(asked.message));
}

/** Refuse a text that is not a sign-in of `account` to `site` on `chainId`: `sign-in-failed`. */
export function checkText(text: string, site: URL, account: Address, chainId: number): void {
  const [, domain, address, uri, chain] = TEXT.exec(text) ?? [];
  if (domain === undefined) throw new PmrError("sign-in-failed", "not a plain sign-in text");
  demand("domain", domain, site.host);
  demand("URI", originOf(uri ?? ""), site.origin);
  demand("account", address, account);
  demand("chain id", chain, String(chainId));
}

function originOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).origin : uri;
}

function demand(what: string, found: string | undefined, wanted: string): void {
  if (found !== wanted) throw new PmrError("sign-in-failed", `${what}: ${found}, not ${wanted}`);
}
