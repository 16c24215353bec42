import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "#src/i18n";

const [SMALLEST, LARGEST, STEP] = [0.25, 16, 1.25];

interface View {
  scale: number;
  x: number;
  y: number;
}

const WHOLE: View = { scale: 1, x: 0, y: 0 };

/** Zoom and pan over what stands on it: buttons, wheel with Ctrl, drag, and the keys + - 0 and arrows. */
export function Stage({ children }: { children: ComponentChildren }) {
  const view = useSignal(WHOLE);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { scale, x, y } = view.value;
    content.current?.style.setProperty("transform", `translate(${x}px, ${y}px) scale(${scale})`);
  }, [view.value]);
  const zoom = (by: number) => {
    view.value = { ...view.value, scale: Math.min(LARGEST, Math.max(SMALLEST, view.value.scale * by)) };
  };
  const pan = (x: number, y: number) => {
    view.value = { ...view.value, x: view.value.x + x, y: view.value.y + y };
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form */}
      <div
        class="stage"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys zoom and pan
        tabIndex={0}
        onKeyDown={(event) => onKey(event, zoom, pan, () => (view.value = WHOLE))}
        onWheel={(event) => onWheel(event, zoom)}
        onPointerMove={(event) => event.buttons === 1 && pan(event.movementX, event.movementY)}
      >
        <div ref={content} class="content">
          {children}
        </div>
      </div>
      <p class="row">
        <button type="button" onClick={() => zoom(STEP)}>
          {t("zoomIn")}
        </button>
        <button type="button" onClick={() => zoom(1 / STEP)}>
          {t("zoomOut")}
        </button>
        <button type="button" onClick={() => (view.value = WHOLE)}>
          {t("reset")}
        </button>
      </p>
    </>
  );
}

function onWheel(event: WheelEvent, zoom: (by: number) => void): void {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoom(event.deltaY < 0 ? STEP : 1 / STEP);
}

function onKey(
  event: KeyboardEvent,
  zoom: (by: number) => void,
  pan: (x: number, y: number) => void,
  reset: () => void,
): void {
  const acts: Record<string, () => void> = {
    "+": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    "0": reset,
    ArrowLeft: () => pan(40, 0),
    ArrowRight: () => pan(-40, 0),
    ArrowUp: () => pan(0, 40),
    ArrowDown: () => pan(0, -40),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
