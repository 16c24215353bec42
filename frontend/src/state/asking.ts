// Waiting for a wallet. A wallet may never answer: its window closed, its extension crashed or was renewed.
// So a person can stop waiting, and whoever leaves ends every question that is still open.
import { signal } from "@preact/signals";
import { PmrError } from "../errors";
import type { Announced, Provider } from "../wallet";

const BY_PERSON = new Set([
  "eth_requestAccounts",
  "personal_sign",
  "eth_signTypedData_v4",
  "eth_sendTransaction",
  "wallet_switchEthereumChain",
  "wallet_addEthereumChain",
]);

/** How many questions a person has to answer in the wallet now. */
export const asking = signal(0);

type Question = { refuse: (reason: PmrError) => void; byPerson: boolean };
const open = new Set<Question>();

/** Wait no longer for the person's answer: `wallet-unanswered`. */
export function stopWaiting(): void {
  for (const one of open) if (one.byPerson) one.refuse(new PmrError("wallet-unanswered"));
}

/** End every open question, those to the node behind the wallet too: `wallet-gone`. */
export function hangUp(): void {
  for (const one of open) one.refuse(new PmrError("wallet-gone"));
}

/** A wallet whose questions can be given up. */
export function patient({ info, provider }: Announced): Announced {
  const passed: Provider = {
    request: (asked) => answerOf(provider, asked),
    on: (event, listener) => provider.on?.(event, listener),
    removeListener: (event, listener) => provider.removeListener?.(event, listener),
  };
  return { info, provider: passed };
}

function answerOf(provider: Provider, asked: Parameters<Provider["request"]>[0]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const close = () => {
      open.delete(question);
      count();
    };
    const refuse = (reason: PmrError) => {
      close();
      reject(reason);
    };
    const question = { refuse, byPerson: BY_PERSON.has(asked.method) };
    open.add(question);
    count();
    provider.request(asked).then(resolve, reject).finally(close);
  });
}

function count(): void {
  asking.value = [...open].filter((one) => one.byPerson).length;
}
