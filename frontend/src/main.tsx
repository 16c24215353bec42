import "@fontsource-variable/noto-sans-arabic/wght.css";
import "./styles/main.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { followLanguage } from "./i18n";
import { stop } from "./state/deed";
import { forgetBegun } from "./state/deeds";
import { forgetVault, lockWhenIdle } from "./state/keys";
import { forgetRecords } from "./state/records";
import { desktop, keyring, show, start } from "./state/session";
import { followTheme } from "./state/theme";
import { forgetLargeFiles } from "./viewer/largeFile";
import { App } from "./views/App";

followLanguage();
followTheme();
lockWhenIdle();
effect(() => {
  if (keyring.value) return;
  stop();
  forgetRecords();
  forgetBegun();
  void forgetLargeFiles();
});
effect(() => {
  if (!desktop.value) forgetVault();
});
// What no view was waiting for is said all the same.
addEventListener("unhandledrejection", (event) => show(event.reason));
render(<App />, document.getElementById("page") as HTMLElement);
void start();
