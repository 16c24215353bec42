import { Suspense } from "preact/compat";
import { useErrorBoundary } from "preact/hooks";
import { choose, type Language, language, t } from "#src/i18n";
import { lock } from "#src/state/keys";
import { go, route } from "#src/state/route";
import { account, keyring, leave, local, phase, show } from "#src/state/session";
import { chooseTheme, type Theme, theme } from "#src/state/theme";
import { Confirm, Connect } from "./Connect";
import { Deed } from "./Deed";
import { Key } from "./Key";
import { NewRecord } from "./NewRecord";
import { Problem } from "./Problem";
import { Record } from "./Record";
import { Records } from "./Records";
import { Status } from "./Status";

/** The whole page: what the person has to do next, or the view that was chosen. */
export function App() {
  return (
    <>
      <header>
        <button type="button" class="skip" onClick={skip}>
          {t("skip")}
        </button>
        <Top />
        {local.value && account.value && (
          <p class="development" role="note">
            {t("developmentMark")}
          </p>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        <Problem />
        <Guarded key={`${phase.value} ${route.value}`} />
      </main>
      <Deed />
      <footer>
        <p>{t("truth")}</p>
      </footer>
    </>
  );
}

/** The view; one that breaks says so and leaves the rest of the page alive. */
function Guarded() {
  const [broken] = useErrorBoundary(show);
  if (broken) return <Broken />;
  return <Suspense fallback={<p role="status">{t("opening")}</p>}>{view()}</Suspense>;
}

function Broken() {
  return (
    <p class="row">
      <button type="button" class="primary" onClick={() => location.reload()}>
        {t("reload")}
      </button>
      <a href="#/records">{t("back")}</a>
    </p>
  );
}

function view() {
  switch (phase.value) {
    case "starting":
      return <p role="status">{t("starting")}</p>;
    case "away":
      return <Status />;
    case "confirm":
      return <Confirm />;
    case "connect":
      return <Connect />;
    case "key":
      return <Key />;
    default:
      return chosen(route.value);
  }
}

function chosen(path: string) {
  if (path === "/new") return <NewRecord />;
  if (path.startsWith("/record/")) return <Record key={path} path={path.slice("/record/".length)} />;
  return <Records />;
}

function Top() {
  return (
    <div class="top">
      <div>
        <h1>{t("title")}</h1>
        <p>{t("motto")}</p>
      </div>
      <nav aria-label={t("title")}>
        {phase.value === "ready" && (
          <>
            <button type="button" onClick={() => go("/records")}>
              {t("mine")}
            </button>
            <button type="button" class="primary" onClick={() => go("/new")}>
              {t("newRecord")}
            </button>
          </>
        )}
        {account.value && (
          <span class="account" dir="ltr" title={account.value}>
            {short(account.value)}
          </span>
        )}
        {keyring.value && (
          <button type="button" onClick={lock}>
            {t("lock")}
          </button>
        )}
        {account.value && (
          <button type="button" onClick={leave}>
            {t("leave")}
          </button>
        )}
        <Themes />
        <Languages />
      </nav>
    </div>
  );
}

function Themes() {
  return (
    <label class="language">
      <span class="hidden">{t("theme")}</span>
      <select value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
        <option value="system">{t("system")}</option>
        <option value="light">{t("light")}</option>
        <option value="dark">{t("dark")}</option>
      </select>
    </label>
  );
}

function Languages() {
  return (
    <label class="language">
      <span class="hidden">{t("language")}</span>
      <select value={language.value} onChange={(event) => choose(event.currentTarget.value as Language)}>
        <option value="en" lang="en">
          English
        </option>
        <option value="ar" lang="ar">
          العربية
        </option>
      </select>
    </label>
  );
}

/** An account as people recognise it; the whole of it is in the title. */
export function short(account: string): string {
  return `${account.slice(0, 8)}…${account.slice(-6)}`;
}

function skip() {
  document.getElementById("content")?.focus();
}
