import { useSignal } from "@preact/signals";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import type { OpenRecord } from "#src/client/opening";
import { bytes, t } from "#src/i18n";
import { attempt } from "#src/state/session";
import { save } from "#src/views/save";
import { ImageView } from "./ImageView";
import { type FileKind, HEAD, kindOf, mediaType } from "./kind";

const DicomView = lazy(() => import("./DicomView").then((part) => part.DicomView));
const PdfView = lazy(() => import("./PdfView").then((part) => part.PdfView));

/** Files above this are offered for download before they are shown. */
const SHOWN = 512 << 20;

/** A decrypted file in memory. */
interface Decrypted {
  kind: FileKind;
  data: Uint8Array<ArrayBuffer>;
}

/** One file of a record: decrypted, then shown as what its bytes say that it is. */
export function FileView(props: { opened: OpenRecord; number: number; onStep: (by: number) => void }) {
  const { opened, number, onStep } = props;
  const { name, size } = opened.entry(number);
  const file = useSignal<Decrypted | null>(null);
  const done = useSignal(0);
  useEffect(() => {
    const show = async () => {
      file.value = await decrypt(opened, number, done);
    };
    if (size <= SHOWN) void attempt(show);
  }, [number]);
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
