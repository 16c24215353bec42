// Light, dark, or as the person's system has it.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const PLACE = "pmr.theme";
const SCHEMES: Record<Theme, string> = { system: "light dark", light: "light", dark: "dark" };

export const theme = signal<Theme>(chosen());

export function chooseTheme(to: Theme): void {
  localStorage.setItem(PLACE, to);
  theme.value = to;
}

/** Keep the document's colours those of the theme. */
export function followTheme(): void {
  effect(() => document.documentElement.style.setProperty("color-scheme", SCHEMES[theme.value]));
}

function chosen(): Theme {
  const kept = localStorage.getItem(PLACE) ?? "";
  return kept in SCHEMES ? (kept as Theme) : "system";
}
