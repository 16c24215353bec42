import "@fontsource-variable/noto-sans-arabic/wght.css";
import "./styles/main.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { followLanguage } from "./i18n";
import { lockWhenIdle } from "./state/keys";
import { forgetRecords } from "./state/records";
import { keyring, start } from "./state/session";
import { App } from "./views/App";

followLanguage();
lockWhenIdle();
effect(() => {
  if (!keyring.value) forgetRecords();
});
render(<App />, document.getElementById("page") as HTMLElement);
void start();
