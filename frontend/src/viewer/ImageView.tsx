import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "#src/i18n";
import { Stage } from "./Stage";

/** A picture that the browser itself can draw. */
export function ImageView({ blob, name }: { blob: Blob; name: string }) {
  const url = useSignal("");
  const damaged = useSignal(false);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    url.value = made;
    return () => URL.revokeObjectURL(made);
  }, []);
  if (damaged.value) return <p role="alert">{t("damagedPicture")}</p>;
  return (
    <Stage>{url.value && <img src={url.value} alt={name} onError={() => (damaged.value = true)} />}</Stage>
  );
}
