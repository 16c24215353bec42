import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "#src/i18n";
import { type Dicom, paint, readDicom, type Window } from "./dicom";
import { Stage } from "./Stage";

/** A DICOM file: its frames through a window, and its tags as text. */
export function DicomView({ data, onStep }: { data: Uint8Array; onStep: (by: number) => void }) {
  const dicom = useMemo(() => readOrNull(data), [data]);
  if (!dicom) return <p role="alert">{t("damagedPicture")}</p>;
  return <Frames dicom={dicom} onStep={onStep} />;
}

function Frames({ dicom, onStep }: { dicom: Dicom; onStep: (by: number) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useSignal(0);
  const window = useSignal<Window>(dicom.window);
  const values = useMemo(() => dicom.values(frame.value), [dicom, frame.value]);
  useEffect(() => {
    const image = new ImageData(paint(dicom, values, window.value), dicom.columns, dicom.rows);
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [values, window.value]);
  const step = (by: number) => {
    const next = frame.value + by;
    // Beyond the last frame comes the study's next slice.
    if (next < 0 || next >= dicom.frames) onStep(by);
    else frame.value = next;
  };
  return (
    <>
      <Stage>
        <canvas
          ref={canvas}
          width={dicom.columns}
          height={dicom.rows}
          onWheel={(event) => {
            if (event.ctrlKey) return;
            event.preventDefault();
            step(Math.sign(event.deltaY));
          }}
        />
      </Stage>
      {dicom.frames > 1 && (
        <FrameSlider frame={frame.value} frames={dicom.frames} onChange={(to) => (frame.value = to)} />
      )}
      {dicom.samples === 1 && (
        <WindowSliders dicom={dicom} window={window.value} onChange={(to) => (window.value = to)} />
      )}
      <Tags dicom={dicom} />
    </>
  );
}

function FrameSlider({
  frame,
  frames,
  onChange,
}: {
  frame: number;
  frames: number;
  onChange: (to: number) => void;
}) {
  return (
    <label>
      {t("frame", { n: frame + 1, total: frames })}
      <input
        type="range"
        min={0}
        max={frames - 1}
        value={frame}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
    </label>
  );
}

function WindowSliders(props: { dicom: Dicom; window: Window; onChange: (to: Window) => void }) {
  const { dicom, window, onChange } = props;
  const span = Math.max(dicom.window.width * 4, 256);
  return (
    <div class="row">
      <label>
        {t("window")}
        <input
          type="range"
          min={1}
          max={span}
          value={window.width}
          onInput={(event) => onChange({ ...window, width: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t("level")}
        <input
          type="range"
          min={dicom.window.center - span / 2}
          max={dicom.window.center + span / 2}
          value={window.center}
          onInput={(event) => onChange({ ...window, center: Number(event.currentTarget.value) })}
        />
      </label>
      <button type="button" onClick={() => onChange(dicom.window)}>
        {t("reset")}
      </button>
    </div>
  );
}

function Tags({ dicom }: { dicom: Dicom }) {
  return (
    <details>
      <summary>{t("tags")}</summary>
      <table dir="ltr">
        <tbody>
          {dicom.tags.map(({ tag, value }) => (
            <tr key={tag}>
              <th scope="row">{tag}</th>
              <td dir="auto">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function readOrNull(data: Uint8Array): Dicom | null {
  try {
    const dicom = readDicom(data);
    dicom.values(0);
    return dicom;
  } catch {
    return null;
  }
}
