import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RecordEvent } from "#src/chain/events";
import { moment, t } from "#src/i18n";
import { history } from "#src/state/deeds";
import { show } from "#src/state/session";
import { formatRecordId, type RecordId } from "#src/types";
import { purposeText } from "./Access";

/** Everything that the chain says happened to a record. */
export function History({ id }: { id: RecordId }) {
  const events = useSignal<RecordEvent[]>([]);
  useEffect(() => void history(id).then((found) => (events.value = found), show), [formatRecordId(id)]);
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">{t("history")}</h2>
      <ol class="history">
        {events.value.map((event) => (
          <li key={`${event.block}/${event.logIndex}`}>
            <span dir="ltr">#{event.block}</span> {sentence(event)}
          </li>
        ))}
      </ol>
    </section>
  );
}

function sentence(event: RecordEvent): string {
  const reader = event.reader ?? "";
  if (event.kind === "RecordCreated") return t("created");
  if (event.kind === "RecordRevised") return t("revised");
  if (event.kind === "AccessRevoked") return t("taken", { reader });
  const end = event.expiresAt ? t("until", { date: moment(event.expiresAt) }) : t("forever");
  return `${t("granted", { reader })} · ${purposeText(event.purpose ?? 0)} · ${end}`;
}
