// What a doctor writes to the chain: each call as the wallet takes it, its cost beforehand, its receipt.
import { type Address, bytesToHex, type Client, encodeFunctionData, type Hex } from "viem";
import {
  estimateGas,
  getBalance,
  getBlock,
  getGasPrice,
  call as simulate,
  waitForTransactionReceipt,
} from "viem/actions";
import { PmrError } from "../errors";
import { type Deployment, type Digest, type Grant, packRecordId, type RecordId } from "../types";
import type { Call } from "../wallet";
import { KEY_DIRECTORY, REGISTRY } from "./abi";
import { explaining } from "./refusals";

/** A reader who remains after a revision, and the envelope to the new version. */
export interface Regrant {
  reader: Address;
  grant: Grant;
  envelope: Digest;
}

/** What a call would cost: gas, and coin in wei at today's price. */
export interface Cost {
  gas: bigint;
  wei: bigint;
}

/** A transaction in a block. */
export interface Receipt {
  hash: Hex;
  block: number;
  gasUsed: bigint;
}

/** The calls of one deployment. */
export class Calls {
  constructor(private readonly at: Deployment) {}

  create(position: number, root: Digest): Call {
    return this.registry("create", [position, bytesToHex(root)]);
  }

  grant(id: RecordId, reader: Address, terms: Pick<Grant, "expiresAt" | "purpose">, envelope: Digest): Call {
    const { expiresAt, purpose } = terms;
    return this.registry("grant", [packRecordId(id), reader, expiresAt, purpose, bytesToHex(envelope)]);
  }

  revoke(id: RecordId, reader: Address): Call {
    return this.registry("revoke", [packRecordId(id), reader]);
  }

  /** A new root, without one reader perhaps, and new envelopes for those who remain: one transaction. */
  revise(id: RecordId, oldRoot: Digest, newRoot: Digest, regrants: Regrant[], without?: Address): Call {
    const calls = [this.registry("revise", [packRecordId(id), bytesToHex(oldRoot), bytesToHex(newRoot)])];
    if (without) calls.push(this.revoke(id, without));
    for (const one of regrants) calls.push(this.grant(id, one.reader, one.grant, one.envelope));
    return this.registry("multicall", [calls.map((one) => one.data)]);
  }

  publish(version: number, bundle: Digest): Call {
    const data = encodeFunctionData({
      abi: KEY_DIRECTORY,
      functionName: "publish",
      args: [version, bytesToHex(bundle)],
    });
    return { to: this.at.keyDirectory, data };
  }

  private registry(functionName: string, args: unknown[]): Call {
    return { to: this.at.registry, data: encodeFunctionData({ abi: REGISTRY, functionName, args }) };
  }
}

/** What a call would cost now; refused as the contract would refuse it, `no-funds`. */
export async function costOf(client: Client, account: Address, asked: Call): Promise<Cost> {
  const sent = { account, to: asked.to, data: asked.data };
  await explaining(simulate(client, sent));
  const asking = [estimateGas(client, sent), getGasPrice(client), getBalance(client, { address: account })];
  const [gas, price, balance] = (await explaining(Promise.all(asking))) as [bigint, bigint, bigint];
  if (balance < gas * price) throw new PmrError("no-funds");
  return { gas, wei: gas * price };
}

/** Wait until a transaction is in a block with some on top; `transaction-failed` when it was reverted. */
export async function receiptOf(client: Client, hash: Hex, confirmations = 1): Promise<Receipt> {
  const found = await explaining(waitForTransactionReceipt(client, { hash, confirmations, retryCount: 20 }));
  if (found.status !== "success") throw new PmrError("transaction-failed", hash);
  const block = await explaining(getBlock(client, { blockNumber: found.blockNumber }));
  if (block.hash !== found.blockHash)
    throw new PmrError("chain-unavailable", "The block of the receipt is gone.");
  return { hash: found.transactionHash, block: Number(found.blockNumber), gasUsed: found.gasUsed };
}
