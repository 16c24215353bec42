// Which contracts the page works with: those that the person confirmed once. A server that names others
// later is refused, and what stands at the addresses must be what this page was built with.
import { type Client, type Hex, hexToBytes } from "viem";
import { getCode } from "viem/actions";
import type { ServerConfig } from "../api";
import { PmrError } from "../errors";
import { equal } from "../sealed/bytes";
import { type Deployment, parseAddress } from "../types";
import { explaining } from "./refusals";

const PLACE = "pmr.deployment";
const FIELDS = ["chainId", "registry", "keyDirectory", "forwarder", "block"] as const;

interface Artifact {
  deployedBytecode: string;
  /** For each immutable, the offsets of its 32 bytes. */
  immutables: number[][];
}

/** What a server names, in checked form; `server-mismatch` for anything that is not a deployment. */
export function deploymentOf(config: ServerConfig): Deployment {
  try {
    return {
      chainId: whole(config.chainId),
      registry: parseAddress(config.registry),
      keyDirectory: parseAddress(config.keyDirectory),
      forwarder: parseAddress(config.forwarder),
      block: whole(config.block),
    };
  } catch {
    throw new PmrError("server-mismatch", "config");
  }
}

/** The deployment that was confirmed in this browser; null for none. */
export function confirmed(): Deployment | null {
  const text = localStorage.getItem(PLACE);
  return text ? (JSON.parse(text) as Deployment) : null;
}

export function confirm(deployment: Deployment): void {
  localStorage.setItem(PLACE, JSON.stringify(deployment));
}

/** `server-mismatch` when a server names other contracts than the confirmed ones. */
export function demandSame(theirs: Deployment, ours: Deployment): void {
  for (const name of FIELDS) {
    if (theirs[name] !== ours[name]) throw new PmrError("server-mismatch", `${name}: ${theirs[name]}`);
  }
}

/** `not-deployed` unless the code on chain is this page's, trusting the forwarder and nothing else. */
export async function verifyCode(client: Client, at: Deployment): Promise<void> {
  const [registry, keys] = await Promise.all([
    import("#artifacts/RecordRegistry.json"),
    import("#artifacts/KeyDirectory.json"),
  ]);
  await demandCode(client, at.registry, registry.default, at.forwarder);
  await demandCode(client, at.keyDirectory, keys.default, at.forwarder);
}

async function demandCode(client: Client, address: Hex, artifact: Artifact, forwarder: Hex): Promise<void> {
  const found = (await explaining(getCode(client, { address }))) ?? "0x";
  const wanted = hexToBytes(`0x${artifact.deployedBytecode.replace(/^0x/, "")}`);
  const trusted = hexToBytes(forwarder);
  for (const offset of artifact.immutables.flat()) {
    wanted.fill(0, offset, offset + 32);
    wanted.set(trusted, offset + 12);
  }
  if (!equal(hexToBytes(found), wanted)) throw new PmrError("not-deployed", address);
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new PmrError("bad-input");
  return value as number;
}
