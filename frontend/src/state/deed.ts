// What is under way: its stage, how far it is, what it would cost; and the person's yes or no.
import { signal } from "@preact/signals";
import type { Cost } from "../chain/calls";
import type { Stage, Watcher } from "../client/sending";
import { PmrError } from "../errors";
import { attempt } from "./session";

export interface Progress {
  stage: Stage;
  done: number;
  total: number;
  /** Milliseconds since bytes began to move. */
  elapsed: number;
}

export const progress = signal<Progress | null>(null);
export const cost = signal<Cost | null>(null);

let decide: ((agreed: boolean) => void) | null = null;
let aborting: AbortController | null = null;

/** Run a deed and show how it goes; says whether it went well. */
export async function run(work: (watcher: Watcher) => Promise<void>): Promise<boolean> {
  aborting = new AbortController();
  const well = await attempt(() => work(watcherOf(aborting?.signal as AbortSignal)));
  progress.value = cost.value = decide = aborting = null;
  return well;
}

/** The person agrees to the cost, or does not. */
export function answer(agreed: boolean): void {
  decide?.(agreed);
}

/** Stop what is under way. What was sealed and sent so far can be gone on from. */
export function stop(): void {
  aborting?.abort();
  decide?.(false);
}

function watcherOf(signal: AbortSignal): Watcher {
  const began = performance.now();
  const update = (changed: Partial<Progress>) => {
    const before = progress.value ?? { stage: "sealing" as Stage, done: 0, total: 0, elapsed: 0 };
    progress.value = { ...before, ...changed };
  };
  return {
    signal,
    stage: (stage) => update({ stage }),
    bytes: (kind, done, total) => {
      if (kind === "sent") update({ done, total, elapsed: performance.now() - began });
    },
    approve: (asked) => approval(asked),
  };
}

async function approval(asked: Cost): Promise<void> {
  cost.value = asked;
  const agreed = await new Promise<boolean>((resolve) => {
    decide = resolve;
  });
  cost.value = decide = null;
  if (!agreed) throw new PmrError("cancelled");
}
