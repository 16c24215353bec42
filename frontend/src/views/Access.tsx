import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Address } from "viem";
import type { OpenRecord } from "#src/client/opening";
import type { Reader } from "#src/client/sharing";
import { type Key, moment, t } from "#src/i18n";
import { hasKey, readers, revoke, share } from "#src/state/deeds";
import { busy, show } from "#src/state/session";
import { allows, formatRecordId, PURPOSES, parseAddress, type RecordId } from "#src/types";
import { lookalike } from "./lookalike";

const PURPOSE_TEXTS: Record<keyof typeof PURPOSES, Key> = {
  treatment: "purposeTreatment",
  emergency: "purposeEmergency",
  research: "purposeResearch",
  payment: "purposePayment",
  "patient-request": "purposePatientRequest",
  operations: "purposeOperations",
  "public-health": "purposePublicHealth",
  legal: "purposeLegal",
};
const DAYS = [1, 7, 30, 90, 365];

/** A purpose's number in words; one that this page does not know stays a number. */
export function purposeText(purpose: number): string {
  const name = (Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]).find((one) => PURPOSES[one] === purpose);
  return name ? t(PURPOSE_TEXTS[name]) : String(purpose);
}

/** Who has access, giving it and taking it back. */
export function Access({ id, opened }: { id: RecordId; opened: OpenRecord }) {
  const all = useSignal<Reader[]>([]);
  const look = () => void readers(id).then((found) => (all.value = found), show);
  useEffect(look, [formatRecordId(id)]);
  return (
    <section aria-labelledby="readers-title">
      <h2 id="readers-title">{t("readers")}</h2>
      {all.value.length === 0 && <p>{t("noReaders")}</p>}
      <ul class="plain">
        {all.value.map((reader) => (
          <ReaderRow
            key={reader.account}
            reader={reader}
            onRevoke={(rekey) => taken(reader.account, rekey)}
          />
        ))}
      </ul>
      <Share id={id} known={all.value.map((one) => one.account)} onShared={look} />
    </section>
  );

  async function taken(reader: Address, rekey: boolean) {
    if (await revoke(opened, id, reader, rekey)) look();
  }
}

function ReaderRow({ reader, onRevoke }: { reader: Reader; onRevoke: (rekey: boolean) => Promise<void> }) {
  const { account, grant } = reader;
  const rekey = useSignal(false);
  const live = allows(grant, Date.now() / 1_000);
  return (
    <li>
      <code dir="ltr">{account}</code> {purposeText(grant.purpose)}, {standing(reader)}
      {live && (
        <details>
          <summary>{t("revoke")}</summary>
          <p>{t("revokeText")}</p>
          <label class="check">
            <input
              type="checkbox"
              checked={rekey.value}
              onChange={(event) => (rekey.value = event.currentTarget.checked)}
            />
            {t("revokeRekey")}
          </label>
          <button type="button" disabled={busy.value} onClick={() => void onRevoke(rekey.value)}>
            {t("revoke")}
          </button>
        </details>
      )}
    </li>
  );
}

function standing({ grant }: Reader): string {
  if (!grant.live) return t("revoked");
  if (!allows(grant, Date.now() / 1_000)) return t("ended");
  return grant.expiresAt ? t("until", { date: moment(grant.expiresAt) }) : t("forever");
}

function Share({ id, known, onShared }: { id: RecordId; known: Address[]; onShared: () => void }) {
  const account = useSignal("");
  const purpose = useSignal<number>(PURPOSES.treatment);
  const days = useSignal(30);
  const keyless = useSignal(false);
  const reader = addressOf(account.value);
  const check = async () => {
    keyless.value = reader !== null && !(await hasKey(reader).catch(() => true));
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const expiresAt = days.value ? Math.floor(Date.now() / 1_000) + days.value * 86_400 : 0;
    if (reader && (await share(id, { reader, purpose: purpose.value, expiresAt }))) {
      account.value = "";
      onShared();
    }
  };
  return (
    <form class="share" onSubmit={(event) => void submit(event)}>
      <h3>{t("shareTitle")}</h3>
      <AccountField
        account={account.value}
        onInput={(text) => (account.value = text)}
        onLeave={() => void check()}
      />
      <label>
        {t("purpose")}
        <select
          value={purpose.value}
          onChange={(event) => (purpose.value = Number(event.currentTarget.value))}
        >
          {Object.values(PURPOSES).map((number) => (
            <option key={number} value={number}>
              {purposeText(number)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("expiry")}
        <select value={days.value} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
          {DAYS.map((count) => (
            <option key={count} value={count}>
              {t("days", { n: count })}
            </option>
          ))}
          <option value={0}>{t("noEnd")}</option>
        </select>
      </label>
      {reader && (
        <Summary
          reader={reader}
          known={known}
          purpose={purpose.value}
          days={days.value}
          keyless={keyless.value}
        />
      )}
      <button type="submit" class="primary" disabled={busy.value || !reader || keyless.value}>
        {t("shareSign")}
      </button>
    </form>
  );
}

function AccountField(props: { account: string; onInput: (text: string) => void; onLeave: () => void }) {
  const hint = useId();
  const bad = props.account !== "" && addressOf(props.account) === null;
  return (
    <>
      <label>
        {t("shareWith")}
        <input
          dir="ltr"
          required
          autocomplete="off"
          spellcheck={false}
          placeholder="0x…"
          aria-invalid={bad}
          aria-describedby={hint}
          value={props.account}
          onInput={(event) => props.onInput(event.currentTarget.value.trim())}
          onBlur={props.onLeave}
        />
      </label>
      <p id={hint} class="hint" role="status">
        {bad && t("bad-address")}
      </p>
    </>
  );
}

function Summary(props: {
  reader: Address;
  known: Address[];
  purpose: number;
  days: number;
  keyless: boolean;
}) {
  const { reader, known, keyless } = props;
  const twin = lookalike(reader, known);
  const until = props.days ? t("days", { n: props.days }) : t("forever");
  return (
    <div role="status">
      {twin && <p class="warning">{t("shareLookalike", { other: twin })}</p>}
      {!known.includes(reader) && <p class="warning">{t("shareFirst")}</p>}
      {keyless && <p class="warning">{t("shareNoKey")}</p>}
      <p>{t("shareSummary", { reader, purpose: purposeText(props.purpose), until })}</p>
    </div>
  );
}

function addressOf(text: string): Address | null {
  try {
    return parseAddress(text);
  } catch {
    return null;
  }
}
