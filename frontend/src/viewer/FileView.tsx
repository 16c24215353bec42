import { useSignal } from "@preact/signals";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import type { OpenRecord } from "#src/client/opening";
import { bytes, t } from "#src/i18n";
import { attempt, busy, problem } from "#src/state/session";
import { save } from "#src/views/save";
import { ImageView } from "./ImageView";
import { type FileKind, HEAD, kindOf, mediaType } from "./kind";
import { decryptToDisk } from "./largeFile";

const DicomView = lazy(() => import("./DicomView").then((part) => part.DicomView));
const PdfView = lazy(() => import("./PdfView").then((part) => part.PdfView));

/** Files above this are for download alone. */
const SHOWN = 512 << 20;

/** A decrypted file in memory. */
interface Decrypted {
  kind: FileKind;
  data: Uint8Array<ArrayBuffer>;
}

/** One file of a record: decrypted, then shown as what its bytes say that it is. */
export function FileView(props: { opened: OpenRecord; number: number; onStep: (by: number) => void }) {
  const { opened, number } = props;
  return opened.entry(number).size > SHOWN ? (
    <LargeFile opened={opened} number={number} />
  ) : (
    <SmallFile {...props} />
  );
}

/** A file that is only handed over: its bytes go to the disk, never into memory as a whole. */
function LargeFile({ opened, number }: { opened: OpenRecord; number: number }) {
  const { name, size } = opened.entry(number);
  const done = useSignal(0);
  const hand = async () => {
    save(await decryptToDisk(opened, number, (bytes) => (done.value = bytes)), name);
    done.value = 0;
  };
  return (
    <div class="viewer">
      <p>{t("tooLargeToShow")}</p>
      {done.value > 0 && <progress aria-label={t("opening")} value={done.value} max={size} />}
      <button type="button" disabled={busy.value} onClick={() => void attempt(hand)}>
        {t("download")} ({bytes(size)})
      </button>
    </div>
  );
}

function SmallFile(props: { opened: OpenRecord; number: number; onStep: (by: number) => void }) {
  const { opened, number, onStep } = props;
  const { name, size } = opened.entry(number);
  const file = useSignal<Decrypted | null>(null);
  const tries = useSignal(0);
  const done = useSignal(0);
  useEffect(() => {
    const show = async () => {
      file.value = await decrypt(opened, number, done);
    };
    void attempt(show);
  }, [number, tries.value]);
  if (!file.value && problem.value && !busy.value)
    return (
      <button type="button" onClick={() => (tries.value += 1)}>
        {t("again")}
      </button>
    );
  if (!file.value) return <progress aria-label={t("opening")} value={done.value} max={size || 1} />;
  const { kind, data } = file.value;
  const blob = new Blob([data], { type: mediaType(kind) });
  return (
    <div class="viewer">
      <Suspense fallback={<p role="status">{t("opening")}</p>}>
        {shown(kind, data, blob, name, onStep)}
      </Suspense>
      <button type="button" onClick={() => save(new Blob([data]), name)}>
        {t("download")} ({bytes(size)})
      </button>
    </div>
  );
}

function shown(
  kind: FileKind,
  data: Uint8Array<ArrayBuffer>,
  blob: Blob,
  name: string,
  onStep: (by: number) => void,
) {
  if (kind === "dicom") return <DicomView data={data} onStep={onStep} />;
  if (kind === "pdf") return <PdfView data={data} />;
  if (kind === "other") return <p>{t("notShown")}</p>;
  return <ImageView blob={blob} name={name} />;
}

async function decrypt(opened: OpenRecord, number: number, done: { value: number }): Promise<Decrypted> {
  const data = new Uint8Array(opened.entry(number).size);
  let offset = 0;
  for await (const piece of opened.file(number)) {
    data.set(piece, offset);
    done.value = offset += piece.length;
  }
  return { kind: kindOf(data.subarray(0, HEAD)), data };
}
