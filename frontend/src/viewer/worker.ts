// Workers under Trusted Types: only from this site's own files.

interface Policy {
  createScriptURL(url: string): string;
}

interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

let policy: Policy | undefined;

export function startWorker(url: string): Worker {
  policy ??= makePolicy();
  return new Worker(policy.createScriptURL(url), { type: "module" });
}

function makePolicy(): Policy {
  const rules = { createScriptURL: ownFile };
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  return factory ? factory.createPolicy("pmr-workers", rules) : rules;
}

function ownFile(url: string): string {
  if (new URL(url, location.href).origin !== location.origin) throw new TypeError("not a file of this site");
  return url;
}
