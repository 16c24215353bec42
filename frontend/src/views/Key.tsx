import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "#src/i18n";
import { wordsOf, writeKit } from "#src/sealed/recovery";
import { progress, run } from "#src/state/deed";
import {
  fresh,
  here,
  keepFresh,
  look,
  make,
  publish,
  recover,
  stretched,
  unlock,
  vault,
} from "#src/state/keys";
import { busy, keyring } from "#src/state/session";
import { NewPassphrase } from "./Passphrase";
import { save } from "./save";
import { Waiting } from "./Waiting";

/** The first key, its kit, its publication; later the way back in. */
export function Key() {
  useEffect(() => {
    if (!keyring.value) void look();
  }, []);
  return (
    <section aria-labelledby="key-title">
      <h2 id="key-title">{t("keyTitle")}</h2>
      {step()}
      {!progress.value && <Waiting />}
      {stretched.value !== null && (
        <label>
          {t("keyStretching")}
          <progress value={stretched.value} max={1} />
        </label>
      )}
    </section>
  );
}

function step() {
  if (keyring.value) return <Publish />;
  if (fresh.value) return <Kit />;
  if (vault.value === undefined) return <p role="status">{t("starting")}</p>;
  return (
    <>
      {vault.value ? <Unlock /> : <Make />}
      <Recover />
    </>
  );
}

function Make() {
  return (
    <>
      <p>{t("keyNewText")}</p>
      <NewPassphrase label={t("keyMake")} onChosen={(passphrase) => void make(passphrase)} />
    </>
  );
}

function Unlock() {
  const passphrase = useSignal("");
  const submit = (event: Event) => {
    event.preventDefault();
    void unlock(passphrase.value);
  };
  return (
    <form onSubmit={submit}>
      <p>{t("keyUnlockText")}</p>
      <label>
        {t("passphrase")}
        <input
          type="password"
          autocomplete="current-password"
          required
          value={passphrase.value}
          onInput={(event) => (passphrase.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={busy.value}>
        {t("keyUnlock")}
      </button>
    </form>
  );
}

function Recover() {
  const shown = useSignal(false);
  return (
    <details onToggle={(event) => (shown.value = event.currentTarget.open)}>
      <summary>{t("keyRecover")}</summary>
      {shown.value && <KitForm />}
    </details>
  );
}

function KitForm() {
  const kit = useSignal("");
  return (
    <>
      <label>
        {t("kitPaste")}
        <textarea
          dir="ltr"
          rows={6}
          autocomplete="off"
          spellcheck={false}
          value={kit.value}
          onInput={(event) => (kit.value = event.currentTarget.value)}
        />
      </label>
      <NewPassphrase label={t("kitUse")} onChosen={(passphrase) => void recover(kit.value, passphrase)} />
    </>
  );
}

/** The kit, and one word of it asked for: a kit that nobody has is no kit. */
function Kit() {
  const { keyring: keys } = fresh.value as { keyring: Parameters<typeof writeKit>[0] };
  const asked = useSignal(1 + ((crypto.getRandomValues(new Uint8Array(1))[0] as number) % 24));
  const word = useSignal("");
  const wrong = useSignal(false);
  const text = writeKit(keys, here().wallet.account);
  const submit = (event: Event) => {
    event.preventDefault();
    wrong.value = word.value.trim().toLowerCase() !== wordsOf(keys, keys.version)[asked.value - 1];
    if (!wrong.value) void keepFresh();
  };
  return (
    <>
      <h3>{t("kitTitle")}</h3>
      <p>{t("kitText")}</p>
      <pre class="kit" dir="ltr">
        {text}
      </pre>
      <p class="row">
        <button
          type="button"
          onClick={() => save(new Blob([text], { type: "text/plain" }), "pmr-recovery-kit.txt")}
        >
          {t("kitDownload")}
        </button>
        <button type="button" onClick={() => window.print()}>
          {t("kitPrint")}
        </button>
      </p>
      <form onSubmit={submit}>
        <label>
          {t("kitWord", { n: asked.value })}
          <input
            dir="ltr"
            autocomplete="off"
            required
            value={word.value}
            onInput={(event) => (word.value = event.currentTarget.value)}
          />
        </label>
        {wrong.value && <p role="alert">{t("kitWrong")}</p>}
        <button type="submit" class="primary" disabled={busy.value}>
          {t("goOn")}
        </button>
      </form>
    </>
  );
}

function Publish() {
  return (
    <>
      <p>{t("keyPublishText")}</p>
      <button
        type="button"
        class="primary"
        disabled={busy.value}
        onClick={() => void run(async (w) => void (await publish(w)))}
      >
        {t("keyPublish")}
      </button>
    </>
  );
}
