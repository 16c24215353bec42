// The values that every layer speaks of: accounts, record ids, grants, deployments.
import { type Address, getAddress, isAddress } from "viem";
import { PmrError } from "./errors";

export type { Address };

/** 32 bytes of SHA-256. */
export type Digest = Uint8Array;

/** Told with what is being done, how much of it is done and how much there is, in bytes. */
export type Progress = (what: string, done: number, total: number) => void;

export const noProgress: Progress = () => {};

/** A record's name on chain: who owns it and its position in that owner's list. */
export interface RecordId {
  readonly owner: Address;
  /** 0 to 2^48-1. */
  readonly position: number;
}

/** What was last granted to a reader; not live once revoked. */
export interface Grant {
  /** Unix seconds; 0 for no end. */
  readonly expiresAt: number;
  /** 1 to 127. */
  readonly purpose: number;
  readonly live: boolean;
}

/** Where the contracts are. */
export interface Deployment {
  readonly chainId: number;
  readonly registry: Address;
  readonly keyDirectory: Address;
  readonly forwarder: Address;
  /** Block of the first deployment. */
  readonly block: number;
}

/** Why access is granted: HL7 v3 PurposeOfUse, http://terminology.hl7.org/ValueSet/v3-PurposeOfUse */
export const PURPOSES = {
  treatment: 1,
  emergency: 2,
  research: 3,
  payment: 4,
  "patient-request": 5,
  operations: 6,
  "public-health": 7,
  legal: 8,
} as const;

const POSITION_BITS = 48n;
const RECORD_ID = /^(0x[0-9a-fA-F]{40})\/(0|[1-9][0-9]{0,14})$/;

/** The EIP-55 form of an address; `bad-address` for a bad form or checksum. */
export function parseAddress(text: string): Address {
  const digits = text.slice(2);
  const uniform = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!isAddress(text, { strict: !uniform })) throw new PmrError("bad-address", text);
  return getAddress(text);
}

/** Read `0xOwner/7`; `bad-record-id`. */
export function parseRecordId(text: string): RecordId {
  const [, owner, digits] = RECORD_ID.exec(text) ?? [];
  const position = Number(digits);
  if (owner === undefined || !(position < 2 ** 48)) throw new PmrError("bad-record-id", text);
  return { owner: parseAddress(owner), position };
}

export function formatRecordId(id: RecordId): string {
  return `${id.owner}/${id.position}`;
}

/** The id as the contracts take it: owner `<< 48 |` position. */
export function packRecordId(id: RecordId): bigint {
  return (BigInt(id.owner) << POSITION_BITS) | BigInt(id.position);
}

/** The id of a contract's number. */
export function unpackRecordId(packed: bigint): RecordId {
  const owner = (packed >> POSITION_BITS).toString(16).padStart(40, "0");
  return { owner: getAddress(`0x${owner}`), position: Number(packed & ((1n << POSITION_BITS) - 1n)) };
}

/** Whether a grant lets its reader read at a time, in Unix seconds. */
export function allows(grant: Grant, time: number): boolean {
  return grant.live && (grant.expiresAt === 0 || grant.expiresAt > time);
}
