import type { Address } from "viem";

const SHOWN = 4;

/** A known account that people could take this one for: the same first and last digits, and others between. */
export function lookalike(account: Address, known: Address[]): Address | null {
  const ends = (one: Address) => (one.slice(2, 2 + SHOWN) + one.slice(-SHOWN)).toLowerCase();
  return known.find((one) => one !== account && ends(one) === ends(account)) ?? null;
}
