import { t } from "#src/i18n";
import { start } from "#src/state/session";

/** The server cannot be used: try again. */
export function Status() {
  return (
    <section aria-labelledby="status-title">
      <h2 id="status-title">{t("away")}</h2>
      <button type="button" class="primary" onClick={() => void start()}>
        {t("again")}
      </button>
    </section>
  );
}
