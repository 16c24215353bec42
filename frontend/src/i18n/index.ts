// The page's language: the browser's, or the one that was chosen.
import { effect, signal } from "@preact/signals";
import { ar } from "./ar";
import { en, type Key } from "./en";

export type { Key };
export type Language = "en" | "ar";

const PLACE = "pmr.language";
const TEXTS: Record<Language, Record<Key, string>> = { en, ar };

export const language = signal<Language>(preferred());

/** A text in the page's language, its {names} filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return TEXTS[language.value][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function choose(chosen: Language): void {
  localStorage.setItem(PLACE, chosen);
  language.value = chosen;
}

/** Keep the document's language and direction those of the texts. */
export function followLanguage(): void {
  effect(() => {
    document.documentElement.lang = language.value;
    document.documentElement.dir = language.value === "ar" ? "rtl" : "ltr";
    document.title = t("title");
  });
}

/** A date and time for people. */
export function moment(seconds: number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(
    seconds * 1_000,
  );
}

/** A number of bytes for people. */
export function bytes(count: number): string {
  const step = count >= 1e9 ? 3 : count >= 1e6 ? 2 : count >= 1e3 ? 1 : 0;
  const unit = (["byte", "kilobyte", "megabyte", "gigabyte"] as const)[step] as string;
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language.value, style).format(count / 1_000 ** step);
}

function preferred(): Language {
  const chosen = localStorage.getItem(PLACE) ?? navigator.language.slice(0, 2);
  return chosen === "ar" ? "ar" : "en";
}
