// What a node or a contract says when it refuses, as errors of ours.
import {
  BaseError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  InsufficientFundsError,
  isHex,
  TimeoutError,
  WaitForTransactionReceiptTimeoutError,
} from "viem";
import { isKind, PmrError } from "../errors";
import { KEY_DIRECTORY, REGISTRY } from "./abi";

const ABI = [...REGISTRY, ...KEY_DIRECTORY];

/** Give the error of ours for anything that a call to the chain threw. */
export function chainError(error: unknown): PmrError {
  if (error instanceof PmrError) return error;
  if (!(error instanceof BaseError)) return new PmrError("chain-unavailable", wordsOf(error));
  const data = revertData(error);
  if (data) return ofContract(data);
  if (error.walk((one) => one instanceof InsufficientFundsError)) return new PmrError("no-funds");
  return new PmrError(isAway(error) ? "chain-unavailable" : "transaction-failed", error.shortMessage);
}

/** Do some work with the chain; what it throws is an error of ours. */
export async function explaining<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw chainError(error);
  }
}

/** What the contract answered, wherever in the chain of causes a node's library left it. */
function revertData(error: BaseError): Hex | undefined {
  const found = error.walk((one) => dataOf(one) !== undefined);
  return found ? dataOf(found) : undefined;
}

function dataOf(error: unknown): Hex | undefined {
  const data = (error as { data?: unknown }).data;
  const inner = typeof data === "object" && data !== null ? (data as { data?: unknown }).data : data;
  return isHex(inner) && inner.length >= 10 ? inner : undefined;
}

function ofContract(data: Hex): PmrError {
  try {
    const { errorName, args } = decodeErrorResult({ abi: ABI, data });
    const kind = slug(errorName);
    if (isKind(kind)) return new PmrError(kind, (args ?? []).map(String).join(", "));
    return new PmrError("transaction-failed", errorName);
  } catch {
    return new PmrError("transaction-failed", data.slice(0, 10));
  }
}

/** `NotOwner` is `not-owner`, as in Python. */
function slug(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();
}

function isAway(error: BaseError): boolean {
  const kinds = [HttpRequestError, TimeoutError, WaitForTransactionReceiptTimeoutError];
  return error.walk((one) => one instanceof TypeError || kinds.some((kind) => one instanceof kind)) !== null;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
