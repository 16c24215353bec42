import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Source } from "#src/client/sealing";
import { t } from "#src/i18n";

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const BY_ENDING: Record<string, string> = { dcm: "application/dicom", pdf: "application/pdf" };

/** Files or a whole folder, chosen or dropped. */
export function FilePicker({ onChosen }: { onChosen: (sources: Source[]) => void }) {
  const over = useSignal(false);
  const [files, folder] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const choose = (input: HTMLInputElement) => {
    if (input.files?.length)
      onChosen([...input.files].map((file) => sourceOf(file, file.webkitRelativePath)));
    input.value = "";
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    over.value = false;
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    onChosen((await Promise.all(entries.map((entry) => (entry ? filesOf(entry) : [])))).flat());
  };
  return (
    <fieldset
      class={over.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => void drop(event)}
    >
      <legend>{t("dropFiles")}</legend>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t("chooseFiles")}
        onChange={(event) => choose(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={t("chooseFolder")}
        {...{ webkitdirectory: true }}
        onChange={(event) => choose(event.currentTarget)}
      />
      <button type="button" onClick={() => files.current?.click()}>
        {t("chooseFiles")}
      </button>
      <button type="button" onClick={() => folder.current?.click()}>
        {t("chooseFolder")}
      </button>
    </fieldset>
  );
}

function sourceOf(file: File, path: string): Source {
  const name = path || file.name;
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  const stated = file.type.toLowerCase().split(";")[0] ?? "";
  const type = MEDIA_TYPE.test(stated) ? stated : (BY_ENDING[ending] ?? "application/octet-stream");
  return { name, type, blob: file };
}

async function filesOf(entry: FileSystemEntry): Promise<Source[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [sourceOf(file, entry.fullPath.slice(1))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Source[] = [];
  for (;;) {
    // A reader gives a folder's entries in pieces; an empty one is the end.
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!piece.length) return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    found.push(...(await Promise.all(piece.map(filesOf))).flat());
  }
}
