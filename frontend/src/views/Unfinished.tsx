import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Source } from "#src/client/sealing";
import { t } from "#src/i18n";
import { forgetUnfinished, resume, type Unfinished as Started, unfinished } from "#src/state/deeds";
import { go } from "#src/state/route";
import { show } from "#src/state/session";
import { formatRecordId } from "#src/types";
import { FilePicker } from "./FilePicker";

/** What was begun in this browser and not finished: choose the same files to go on. */
export function Unfinished() {
  const found = useSignal<Started[]>([]);
  const look = () => void unfinished().then((all) => (found.value = all), show);
  useEffect(look, []);
  if (!found.value.length) return null;
  return (
    <section aria-labelledby="unfinished-title">
      <h2 id="unfinished-title">{t("unfinished")}</h2>
      {found.value.map((one) => (
        <Begun key={one.id} one={one} onChange={look} />
      ))}
    </section>
  );
}

function Begun({ one, onChange }: { one: Started; onChange: () => void }) {
  const goOn = async (sources: Source[]) => {
    const record = await resume(one.id, sources);
    if (record) go(`/record/${formatRecordId(record)}`);
    else onChange();
  };
  return (
    <div class="begun">
      <p dir="auto">{t(one.needsFiles ? "unfinishedText" : "unfinishedHere", { title: one.title })}</p>
      <p class="row">
        {one.needsFiles ? (
          <FilePicker onChosen={(sources) => void goOn(sources)} />
        ) : (
          <button type="button" class="primary" onClick={() => void goOn([])}>
            {t("resume")}
          </button>
        )}
        <button type="button" onClick={() => void forgetUnfinished(one.id).then(onChange, show)}>
          {t("forget")}
        </button>
      </p>
    </div>
  );
}
