import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "#src/i18n";
import { busy } from "#src/state/session";

const [FAIR, STRONG] = [16, 24];

/** A new passphrase, typed twice, its strength shown as it grows. */
export function NewPassphrase({
  label,
  onChosen,
}: {
  label: string;
  onChosen: (passphrase: string) => void;
}) {
  const [first, second] = [useSignal(""), useSignal("")];
  const hint = useId();
  const differs = second.value !== "" && second.value !== first.value;
  const submit = (event: Event) => {
    event.preventDefault();
    if (strength(first.value) > 0 && first.value === second.value) onChosen(first.value);
  };
  return (
    <form onSubmit={submit}>
      <label>
        {t("passphrase")}
        <input
          type="password"
          autocomplete="new-password"
          required
          aria-describedby={hint}
          value={first.value}
          onInput={(event) => (first.value = event.currentTarget.value)}
        />
      </label>
      <p id={hint} class="hint" role="status">
        <meter min={0} max={2} value={strength(first.value)} /> {strengthText(first.value)}
      </p>
      <label>
        {t("passphraseAgain")}
        <input
          type="password"
          autocomplete="new-password"
          required
          value={second.value}
          onInput={(event) => (second.value = event.currentTarget.value)}
        />
      </label>
      {differs && <p role="alert">{t("passphraseDiffers")}</p>}
      <button type="submit" class="primary" disabled={busy.value || strength(first.value) === 0}>
        {label}
      </button>
    </form>
  );
}

/** 0 too short, 1 fair, 2 strong: by length, which is what Argon2id leaves to the person. */
function strength(passphrase: string): number {
  const distinct = new Set(passphrase).size;
  if (passphrase.length < FAIR || distinct < 6) return 0;
  return passphrase.length < STRONG ? 1 : 2;
}

function strengthText(passphrase: string): string {
  return [t("passphraseWeak"), t("passphraseFair"), t("passphraseStrong")][strength(passphrase)] as string;
}
