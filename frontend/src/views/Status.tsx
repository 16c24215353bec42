import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Readiness, readiness, type ServerConfig, serverConfig } from "#src/api";

type State = "asking" | "away" | { config: ServerConfig; ready: Readiness };

const LABELS: [keyof ServerConfig, string][] = [
  ["network", "Network"],
  ["chainId", "Chain id"],
  ["registry", "Record registry"],
  ["keyDirectory", "Key directory"],
  ["forwarder", "Forwarder"],
  ["version", "Version"],
];

/** What the server says of itself. */
export function Status() {
  const state = useSignal<State>("asking");
  const ask = () => {
    state.value = "asking";
    Promise.all([serverConfig(), readiness()]).then(
      ([config, ready]) => {
        state.value = { config, ready };
      },
      () => {
        state.value = "away";
      },
    );
  };
  useEffect(ask, []);
  return (
    <section aria-labelledby="status-title">
      <h2 id="status-title">This server</h2>
      <p role="status">{sentence(state.value)}</p>
      {typeof state.value === "object" && <Facts {...state.value} />}
      <button type="button" onClick={ask}>
        Ask again
      </button>
    </section>
  );
}

function sentence(state: State): string {
  if (state === "asking") return "Asking the server …";
  if (state === "away") return "The server does not answer.";
  return state.ready.status === "ready" ? "The server is ready." : "The server is not ready.";
}

function Facts({ config, ready }: { config: ServerConfig; ready: Readiness }) {
  return (
    <dl>
      {LABELS.map(([name, label]) => (
        <Fact key={name} label={label} value={String(config[name])} />
      ))}
      {Object.entries(ready.checks).map(([name, answer]) => (
        <Fact key={name} label={`Check: ${name}`} value={answer} />
      ))}
    </dl>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd dir="ltr">{value}</dd>
    </>
  );
}
