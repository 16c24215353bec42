import { useEffect } from "preact/hooks";
import { t } from "#src/i18n";
import {
  familiar,
  type Glance,
  glance,
  glances,
  isWanted,
  load,
  loaded,
  loadMore,
  own,
  ownTotal,
  query,
  shared,
  strangers,
  welcome,
} from "#src/state/records";
import { attempt, busy } from "#src/state/session";
import { formatRecordId, type RecordId } from "#src/types";
import { short } from "./App";
import { Unfinished } from "./Unfinished";

/** Both lists, newest first. */
export function Records() {
  useEffect(() => void load(), []);
  return (
    <>
      <Unfinished />
      <Search />
      {!loaded.value && !busy.value && (
        <button type="button" onClick={() => void load()}>
          {t("again")}
        </button>
      )}
      <section aria-labelledby="mine-title">
        <h2 id="mine-title">{t("mine")}</h2>
        {loaded.value && ownTotal.value === 0 && <p>{t("emptyMine")}</p>}
        <List ids={own.value.map((one) => one.id)} />
        {own.value.length < ownTotal.value && (
          <button type="button" onClick={() => void attempt(loadMore)}>
            {t("more")}
          </button>
        )}
      </section>
      <section aria-labelledby="shared-title">
        <h2 id="shared-title">{t("shared")}</h2>
        {loaded.value && shared.value.length === 0 && <p>{t("emptyShared")}</p>}
        <List ids={familiar.value.map((one) => one.id)} />
      </section>
      {strangers.value.length > 0 && <Strangers />}
    </>
  );
}

function Search() {
  const opened = [...glances.value.values()].filter(
    (one) => typeof one === "object" && "title" in one,
  ).length;
  return (
    <search>
      <label>
        {t("search")}
        <input
          type="search"
          value={query.value}
          onInput={(event) => (query.value = event.currentTarget.value)}
        />
      </label>
      <p class="hint" role="status">
        {t("searched", { n: opened, total: ownTotal.value + shared.value.length })}
      </p>
    </search>
  );
}

function List({ ids }: { ids: RecordId[] }) {
  return (
    <ul class="records">
      {ids.filter(isWanted).map((id) => (
        <Row key={formatRecordId(id)} id={id} />
      ))}
    </ul>
  );
}

function Row({ id }: { id: RecordId }) {
  const name = formatRecordId(id);
  useEffect(() => void glance(id), [name]);
  return (
    <li>
      <a href={`#/record/${name}`}>
        <Shown glance={glances.value.get(name)} />
        <small dir="ltr" title={name}>
          {short(id.owner)} / {id.position}
        </small>
      </a>
    </li>
  );
}

function Shown({ glance: found }: { glance: Glance | undefined }) {
  if (!found || found === "opening") return <strong>{t("opening")}</strong>;
  if ("failed" in found) {
    return (
      <>
        <strong>{t("cannotOpen")}</strong>
        <span>{t(found.failed)}</span>
      </>
    );
  }
  return (
    <>
      <strong dir="auto">{found.title}</strong>
      <span dir="auto">{[found.patient, found.date].filter(Boolean).join(" · ")}</span>
    </>
  );
}

function Strangers() {
  return (
    <section aria-labelledby="strangers-title">
      <h2 id="strangers-title">{t("strangers")}</h2>
      <p>{t("strangersText")}</p>
      <ul class="plain">
        {strangers.value.map((sender) => (
          <li key={sender}>
            <code dir="ltr">{sender}</code>{" "}
            <button type="button" onClick={() => welcome(sender)}>
              {t("showStrangers", { name: short(sender) })}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
