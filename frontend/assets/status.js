// Shows what the server says of itself. Its answers reach the page as text alone.

const summary = document.getElementById("summary");
const facts = document.getElementById("facts");
const again = document.getElementById("again");

const LABELS = {
  network: "Network",
  chainId: "Chain id",
  registry: "Record registry",
  keyDirectory: "Key directory",
  forwarder: "Forwarder",
  version: "Version",
};

async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, credentials: "omit" });
  return answer.json();
}

function row(label, value) {
  const term = document.createElement("dt");
  term.textContent = label;
  const text = document.createElement("dd");
  text.textContent = String(value);
  text.dir = "ltr";
  return [term, text];
}

async function show() {
  again.disabled = true;
  summary.textContent = "Asking the server …";
  try {
    await ask("/healthz");
    const [config, ready] = await Promise.all([ask("/api/config"), ask("/readyz")]);
    summary.textContent = ready.status === "ready" ? "The server is ready." : "The server is not ready.";
    facts.replaceChildren(
      ...Object.entries(LABELS).flatMap(([name, label]) => row(label, config[name])),
      ...Object.entries(ready.checks).flatMap(([name, answer]) => row(`Check: ${name}`, answer)),
    );
  } catch {
    summary.textContent = "The server does not answer.";
    facts.replaceChildren();
  } finally {
    again.disabled = false;
  }
}

again.addEventListener("click", show);
show();
