// A transaction's way: what it costs, the person's yes, the wallet, the block.
import type { Hex } from "viem";
import { type Cost, costOf, type Receipt, receiptOf } from "../chain/calls";
import type { Ledger } from "../chain/ledger";
import { PmrError } from "../errors";
import type { Call, Wallet } from "../wallet";

/** What a person sees while something is under way. */
export type Stage = "sealing" | "uploading" | "approving" | "signing" | "confirming" | "done";

/** Whoever watches: stages, bytes, and the question whether a cost is agreed to. */
export interface Watcher {
  stage(stage: Stage): void;
  bytes?(kind: "sealed" | "sent", done: number, total: number): void;
  /** Refuse with `cancelled`. */
  approve(cost: Cost): Promise<void>;
  signal?: AbortSignal;
}

/** Have a call approved, signed, and wait until it is in a block; `onHash` hears of it in between. */
export async function sendCall(
  ledger: Ledger,
  wallet: Wallet,
  call: Call,
  watcher: Watcher,
  onHash: (hash: Hex) => Promise<void> = async () => {},
): Promise<Receipt> {
  const cost = await costOf(ledger.client, ledger.account, call);
  watcher.stage("approving");
  await watcher.approve(cost);
  if (watcher.signal?.aborted) throw new PmrError("cancelled");
  watcher.stage("signing");
  // Room for a neighbour's call in the same block that makes ours dearer.
  const hash = await wallet.send({ ...call, gas: (cost.gas * 6n) / 5n });
  await onHash(hash);
  watcher.stage("confirming");
  return receiptOf(ledger.client, hash);
}
