// The contracts' ABIs: those that Python compiled, built into the page. No server can change them.

import type { Abi } from "viem";
import { abi as keyDirectory } from "#artifacts/KeyDirectory.json";
import { abi as recordRegistry } from "#artifacts/RecordRegistry.json";

export const REGISTRY = recordRegistry as Abi;
export const KEY_DIRECTORY = keyDirectory as Abi;
