import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { OpenRecord } from "#src/client/opening";
import { bytes, t } from "#src/i18n";
import { adopt, exportCar, open } from "#src/state/deeds";
import { go } from "#src/state/route";
import { account, busy } from "#src/state/session";
import { formatRecordId, parseRecordId, type RecordId } from "#src/types";
import { FileView } from "#src/viewer/FileView";
import { Access } from "./Access";
import { History } from "./History";
import { NewRecord } from "./NewRecord";
import { save } from "./save";

/** One record: its files, who may read it, what happened to it. */
export function Record({ path }: { path: string }) {
  const id = useMemo(() => parseRecordId(path), [path]);
  const opened = useSignal<OpenRecord | null | undefined>(undefined);
  const revising = useSignal(false);
  const look = () => void open(id).then((found) => (opened.value = found));
  useEffect(look, [path]);
  const found = opened.value;
  if (found === undefined) return <p role="status">{t("opening")}</p>;
  if (found === null) return <Closed onAgain={look} />;
  if (revising.value) return <NewRecord record={id} about={found.manifest} />;
  const mine = id.owner === account.value;
  return (
    <>
      <About id={id} opened={found} />
      <p class="row">
        {mine ? (
          <button type="button" onClick={() => (revising.value = true)}>
            {t("revise")}
          </button>
        ) : (
          <button type="button" onClick={() => void adopted(found)}>
            {t("adopt")}
          </button>
        )}
        <button type="button" onClick={() => void exported(id)}>
          {t("exportCar")}
        </button>
      </p>
      <Files opened={found} />
      {mine && <Access id={id} opened={found} />}
      <History id={id} />
    </>
  );
}

function Closed({ onAgain }: { onAgain: () => void }) {
  return (
    <p class="row">
      <button type="button" disabled={busy.value} onClick={onAgain}>
        {t("again")}
      </button>
      <a href="#/records">{t("back")}</a>
    </p>
  );
}

function About({ id, opened }: { id: RecordId; opened: OpenRecord }) {
  const { title, patient, date, notes } = opened.manifest;
  const { author } = opened.sealed.header;
  return (
    <section aria-labelledby="record-title">
      <h2 id="record-title" dir="auto">
        {title}
      </h2>
      <dl>
        {patient && (
          <>
            <dt>{t("patient")}</dt>
            <dd dir="auto">{patient}</dd>
          </>
        )}
        {date && (
          <>
            <dt>{t("date")}</dt>
            <dd>{date}</dd>
          </>
        )}
        <dt>{t("by")}</dt>
        <dd dir="ltr">{author}</dd>
        <dt>{t("owner")}</dt>
        <dd dir="ltr">{formatRecordId(id)}</dd>
      </dl>
      {notes && (
        <p class="notes" dir="auto">
          {notes}
        </p>
      )}
    </section>
  );
}

function Files({ opened }: { opened: OpenRecord }) {
  const shown = useSignal(0);
  const { files } = opened.manifest;
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">{t("files")}</h2>
      <ul class="files">
        {files.map(({ name, size }, number) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={number === shown.value}
              onClick={() => (shown.value = number)}
              dir="auto"
            >
              {name}
            </button>{" "}
            <small>{bytes(size)}</small>
          </li>
        ))}
      </ul>
      <FileView
        key={shown.value}
        opened={opened}
        number={shown.value}
        onStep={(by) => (shown.value = Math.min(files.length - 1, Math.max(0, shown.value + by)))}
      />
    </section>
  );
}

async function adopted(opened: OpenRecord): Promise<void> {
  const record = await adopt(opened);
  if (record) go(`/record/${formatRecordId(record)}`);
}

async function exported(id: RecordId): Promise<void> {
  const file = await exportCar(id);
  if (file) save(file, `${id.owner}-${id.position}.car`);
}
