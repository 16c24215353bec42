// Which view is shown: in the part of the address that never reaches the server.
import { signal } from "@preact/signals";

export const route = signal(current());

window.addEventListener("hashchange", () => {
  route.value = current();
  document.getElementById("content")?.focus();
});

export function go(to: string): void {
  location.hash = to;
}

function current(): string {
  return location.hash.slice(1) || "/records";
}
