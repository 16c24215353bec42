import { useSignal } from "@preact/signals";
import * as pdfjs from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { useEffect, useRef } from "preact/hooks";
import { t } from "#src/i18n";
import { Stage } from "./Stage";
import { startWorker } from "./worker";

const SCALE = 1.5;

/** A PDF, page by page on a canvas: no form, no link and no script of it is alive. */
export function PdfView({ data }: { data: Uint8Array }) {
  const file = useSignal<pdfjs.PDFDocumentProxy | null>(null);
  const damaged = useSignal(false);
  const page = useSignal(1);
  useEffect(() => {
    const worker = pdfjs.PDFWorker.create({ port: startWorker(workerUrl) as never });
    // pdf.js takes the bytes away from us, so it gets a copy.
    const loading = pdfjs.getDocument({
      data: data.slice(),
      worker,
      enableXfa: false,
    });
    loading.promise.then(
      (found) => (file.value = found),
      () => (damaged.value = true),
    );
    return () => void loading.destroy().then(() => worker.destroy());
  }, []);
  if (damaged.value) return <p role="alert">{t("damagedPicture")}</p>;
  if (!file.value) return <p role="status">{t("opening")}</p>;
  const pages = file.value.numPages;
  const turn = (by: number) => (page.value = Math.min(pages, Math.max(1, page.value + by)));
  return (
    <>
      <Page file={file.value} number={page.value} onDamage={() => (damaged.value = true)} />
      <p class="row">
        <button type="button" aria-label="−1" disabled={page.value === 1} onClick={() => turn(-1)}>
          −
        </button>
        <span role="status">{t("page", { n: page.value, total: pages })}</span>
        <button type="button" aria-label="+1" disabled={page.value === pages} onClick={() => turn(1)}>
          +
        </button>
      </p>
    </>
  );
}

function Page({
  file,
  number,
  onDamage,
}: {
  file: pdfjs.PDFDocumentProxy;
  number: number;
  onDamage: () => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    void draw(file, number, canvas.current).catch(onDamage);
  }, [number]);
  return (
    <Stage>
      <canvas ref={canvas} class="paper" />
    </Stage>
  );
}

async function draw(
  file: pdfjs.PDFDocumentProxy,
  number: number,
  canvas: HTMLCanvasElement | null,
): Promise<void> {
  if (!canvas) return;
  const page = await file.getPage(number);
  const viewport = page.getViewport({ scale: SCALE });
  [canvas.width, canvas.height] = [viewport.width, viewport.height];
  await page.render({ canvas, viewport, annotationMode: pdfjs.AnnotationMode.DISABLE }).promise;
}
