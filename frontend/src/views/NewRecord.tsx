import { useSignal } from "@preact/signals";
import type { About, Source } from "#src/client/sealing";
import { bytes, t } from "#src/i18n";
import { create, revise } from "#src/state/deeds";
import { go } from "#src/state/route";
import { busy } from "#src/state/session";
import { formatRecordId, type RecordId } from "#src/types";
import { Preview } from "#src/viewer/Preview";
import { FilePicker } from "./FilePicker";

const EMPTY: About = { title: "", patient: "", date: "", notes: "" };

/** Files, what they are, and one button; with `record`, a new version of it. */
export function NewRecord({ record, about: before = EMPTY }: { record?: RecordId; about?: About }) {
  const sources = useSignal<Source[]>([]);
  const about = useSignal(before);
  const change = (changed: Partial<About>) => {
    about.value = { ...about.value, ...changed };
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const done = await (record
      ? revise(record, about.value, sources.value)
      : create(about.value, sources.value));
    if (done) go(`/record/${formatRecordId(done)}`);
  };
  return (
    <section aria-labelledby="new-title">
      <h2 id="new-title">{t(record ? "revise" : "newRecord")}</h2>
      <form onSubmit={(event) => void submit(event)}>
        <FilePicker onChosen={(chosen) => (sources.value = merged(sources.value, chosen))} />
        <Chosen sources={sources.value} onRemove={(name) => (sources.value = without(sources.value, name))} />
        <Fields about={about.value} onChange={change} />
        <button
          type="submit"
          class="primary"
          disabled={busy.value || !sources.value.length || !about.value.title}
        >
          {t("seal")}
        </button>
      </form>
    </section>
  );
}

function Fields({ about, onChange }: { about: About; onChange: (changed: Partial<About>) => void }) {
  return (
    <>
      <label>
        {t("recordTitle")}
        <input
          required
          dir="auto"
          maxLength={250}
          value={about.title}
          onInput={(event) => onChange({ title: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("patient")}
        <input
          dir="auto"
          maxLength={60}
          value={about.patient}
          onInput={(event) => onChange({ patient: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("date")}
        <input
          type="date"
          value={about.date}
          onInput={(event) => onChange({ date: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("notes")}
        <textarea
          rows={4}
          dir="auto"
          maxLength={16_000}
          value={about.notes}
          onInput={(event) => onChange({ notes: event.currentTarget.value })}
        />
      </label>
    </>
  );
}

function Chosen({ sources, onRemove }: { sources: Source[]; onRemove: (name: string) => void }) {
  if (!sources.length) return null;
  const size = sources.reduce((sum, { blob }) => sum + blob.size, 0);
  return (
    <>
      <p role="status">{t("fileCount", { n: sources.length, size: bytes(size) })}</p>
      <ul class="files">
        {sources.slice(0, 50).map(({ name, blob }) => (
          <li key={name}>
            <Preview blob={blob} />
            <span dir="auto">{name}</span> <small>{bytes(blob.size)}</small>
            <button type="button" aria-label={t("remove", { name })} onClick={() => onRemove(name)}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function merged(before: Source[], chosen: Source[]): Source[] {
  const names = new Set(chosen.map((one) => one.name));
  return [...before.filter((one) => !names.has(one.name)), ...chosen];
}

function without(sources: Source[], name: string): Source[] {
  return sources.filter((one) => one.name !== name);
}
