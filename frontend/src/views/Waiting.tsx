import { t } from "#src/i18n";
import { asking, stopWaiting } from "#src/state/asking";

/** While the wallet waits for its person: say so, and let them stop. */
export function Waiting() {
  return (
    <>
      <p role="status">{asking.value > 0 && t("connectWait")}</p>
      {asking.value > 0 && (
        <button type="button" onClick={stopWaiting}>
          {t("stopWaiting")}
        </button>
      )}
    </>
  );
}
