import { useEffect, useRef } from "preact/hooks";
import type { Stage } from "#src/client/sending";
import { bytes, type Key, language, t } from "#src/i18n";
import { answer, cost, type Progress, progress, stop } from "#src/state/deed";
import { server } from "#src/state/session";
import { Waiting } from "./Waiting";

const STAGES: Record<Stage, Key> = {
  sealing: "stageSealing",
  uploading: "stageUploading",
  approving: "stageApproving",
  signing: "stageSigning",
  confirming: "stageConfirming",
  done: "stageDone",
};

/** What is under way: one dialog from the first byte to the block. */
export function Deed() {
  const dialog = useRef<HTMLDialogElement>(null);
  const under = progress.value;
  useEffect(() => {
    if (under && !dialog.current?.open) dialog.current?.showModal();
    if (!under && dialog.current?.open) dialog.current.close();
  }, [under]);
  return (
    <dialog ref={dialog} aria-labelledby="deed-title" onCancel={refuseToClose}>
      <h2 id="deed-title">
        <span role="status">{under && t(STAGES[under.stage])}</span>
      </h2>
      {under && under.total > 0 && <Moved {...under} />}
      {cost.value && <Approval />}
      {under && ["sealing", "uploading"].includes(under.stage) && (
        <button type="button" onClick={stop}>
          {t("pause")}
        </button>
      )}
      {under?.stage === "signing" && <Waiting />}
    </dialog>
  );
}

function Moved({ done, total, elapsed }: Progress) {
  const speed = done / Math.max(elapsed / 1_000, 0.001);
  const left = speed > 0 ? Math.ceil((total - done) / speed) : 0;
  const seconds = new Intl.NumberFormat(language.value, { style: "unit", unit: "second" }).format(left);
  return (
    <>
      <progress value={done} max={total} aria-label={t("stageSealing")} />
      <p>
        {bytes(done)} / {bytes(total)} · {t("speed", { speed: bytes(speed), left: seconds })}
      </p>
    </>
  );
}

function Approval() {
  const asked = cost.value;
  if (!asked) return null;
  const coin = `${(Number(asked.wei) / 1e18).toPrecision(3)} ${server.value?.coin ?? ""}`;
  return (
    <>
      <p>{t("cost", { coin, gas: new Intl.NumberFormat(language.value).format(asked.gas) })}</p>
      <p class="row">
        <button type="button" class="primary" autofocus onClick={() => answer(true)}>
          {t("approve")}
        </button>
        <button type="button" onClick={() => answer(false)}>
          {t("cancel")}
        </button>
      </p>
    </>
  );
}

/** Escape must not hide what goes on: to stop is a button of its own. */
function refuseToClose(event: Event) {
  event.preventDefault();
  if (cost.value) answer(false);
}
