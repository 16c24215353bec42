// The only module that calls the server (docs/api.md). The session is in a cookie that scripts cannot read.
import type { Address, Hex } from "viem";
import { isKind, PmrError } from "./errors";
import { formatRecordId, type RecordId } from "./types";

export interface ServerConfig {
  network: string;
  chainId: number;
  registry: Address;
  keyDirectory: Address;
  forwarder: Address;
  block: number;
  maxHeadAge: number | null;
  confirmations: number;
  coin: string;
  /** Empty for none. */
  explorer: string;
  rpcUrls: string[];
  version: string;
}

export interface Readiness {
  status: string;
  checks: Record<string, string>;
}

export interface Challenge {
  id: string;
  message: string;
  /** Unix seconds. */
  expires: number;
}

export interface Session {
  address: Address;
  /** Unix seconds. */
  expires: number;
}

/** What the server keeps of an account's own; `tag` changes with it. */
export interface StoredVault {
  data: Uint8Array<ArrayBuffer>;
  tag: string;
}

const JSON_TYPE = "application/json";
const CAR_TYPE = "application/vnd.ipld.car";
const VAULT_TYPE = "application/octet-stream";
const TRIES = 3;

/** Which chain and contracts the server says it uses. To be compared with what the page knows. */
export function serverConfig(): Promise<ServerConfig> {
  return json("GET", "/api/config");
}

/** Whether each part of the server can do its work. */
export async function readiness(): Promise<Readiness> {
  return (await send("GET", "/readyz", {}, [503])).json() as Promise<Readiness>;
}

/** Have the server write a text to sign. */
export function challenge(address: Address): Promise<Challenge> {
  return json("POST", "/api/session/challenge", { address });
}

/** Open a session; `sign-in-failed`. */
export function signIn(id: string, signature: Hex): Promise<Session> {
  return json("POST", "/api/session", { id, signature });
}

/** Whose session it is; `not-signed-in`. */
export function session(): Promise<Session> {
  return json("GET", "/api/session");
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/api/session");
}

/** Those of at most 4,096 CIDs that this account must upload. */
export async function missing(cids: string[]): Promise<string[]> {
  return (await json<{ missing: string[] }>("POST", "/api/blocks/missing", { cids })).missing;
}

/** Stage the blocks of a CAR of at most 8 MiB; `quota-exceeded`, `storage-full`. */
export async function upload(car: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<void> {
  await send("POST", "/api/blocks", { body: car, type: CAR_TYPE, ...(signal ? { signal } : {}) });
}

/** Keep a root and all that it reaches; `incomplete-content`. */
export async function pin(cid: string): Promise<void> {
  await json("POST", "/api/pins", { cid });
}

/** A block of a record, not yet hashed; `not-found` for absent and denied alike. */
export async function recordBlock(id: RecordId, cid: string): Promise<Uint8Array<ArrayBuffer>> {
  return bytes(await send("GET", `/api/records/${formatRecordId(id)}/blocks/${cid}`));
}

/** A key bundle's block, not yet hashed; `not-found`. */
export async function bundle(cid: string): Promise<Uint8Array<ArrayBuffer>> {
  return bytes(await send("GET", `/api/keys/${cid}`));
}

/** The vault that the server keeps for this account; `not-found`. */
export async function vault(): Promise<StoredVault> {
  const answer = await send("GET", "/api/vault");
  return { data: await bytes(answer), tag: answer.headers.get("ETag") ?? "" };
}

/** Keep a vault in the place of the one with this tag, of none without; `vault-changed`. */
export async function putVault(data: Uint8Array<ArrayBuffer>, replaces?: string): Promise<string> {
  const condition = replaces ? { "If-Match": replaces } : {};
  const answer = await send("PUT", "/api/vault", { body: data, type: VAULT_TYPE, headers: condition });
  return answer.headers.get("ETag") ?? "";
}

interface Sent {
  body?: BodyInit;
  type?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function json<T>(method: string, path: string, body?: object): Promise<T> {
  const sent = body ? { body: JSON.stringify(body), type: JSON_TYPE } : {};
  return (await send(method, path, sent)).json() as Promise<T>;
}

async function bytes(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await answer.arrayBuffer());
}

/** Send, again after a pause when the server is away for a moment or asks for one. */
async function send(method: string, path: string, sent: Sent = {}, also: number[] = []): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptOf(method, path, sent).catch((error) => giveUp(error, attempt));
    if (answer?.ok || (answer && also.includes(answer.status))) return answer;
    if (answer && !(await isWorthAnother(answer, attempt))) throw await problem(answer);
    await pause(Number(answer?.headers.get("Retry-After") ?? attempt));
  }
}

/** Too many requests, or a session that another tab has just replaced. */
async function isWorthAnother(answer: Response, attempt: number): Promise<boolean> {
  if (answer.status === 401 && attempt === 1) return (await problem(answer.clone())).kind === "not-signed-in";
  return answer.status === 429 && attempt < TRIES;
}

function attemptOf(method: string, path: string, { body, type, headers, signal }: Sent): Promise<Response> {
  const named = { ...headers, ...(type ? { "Content-Type": type } : {}) };
  return fetch(path, {
    method,
    headers: named,
    credentials: "same-origin",
    ...(body ? { body } : {}),
    ...(signal ? { signal } : {}),
  });
}

/** Say nothing of a failure that is worth another attempt. */
function giveUp(error: unknown, attempt: number): undefined {
  if (error instanceof DOMException && error.name === "AbortError") throw new PmrError("cancelled");
  if (attempt === TRIES) throw new PmrError("server-unavailable");
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 10) * 1_000));
}

/** The problem document (RFC 9457) of an answer as an error; its `type` ends with the kind. */
async function problem(answer: Response): Promise<PmrError> {
  const document = (await answer.json().catch(() => ({}))) as { type?: unknown; detail?: unknown };
  const kind =
    String(document.type ?? "")
      .split(/[:#/]/)
      .at(-1) ?? "";
  const detail = typeof document.detail === "string" ? document.detail : "";
  if (isKind(kind)) return new PmrError(kind, detail);
  return new PmrError(answer.status === 429 ? "too-many-requests" : "server-unavailable", detail);
}
