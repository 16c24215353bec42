import { t } from "#src/i18n";
import { problem } from "#src/state/session";

/** What went wrong last, in a sentence, until it is closed. */
export function Problem() {
  const shown = problem.value;
  if (!shown) return null;
  return (
    <section class="problem" role="alert">
      <p>{t(shown.kind)}</p>
      {shown.detail && (
        <details>
          <summary>{t("detail")}</summary>
          <p dir="ltr">{shown.detail}</p>
        </details>
      )}
      <button type="button" onClick={() => (problem.value = null)}>
        {t("close")}
      </button>
    </section>
  );
}
