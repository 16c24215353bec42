import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HEAD, kindOf, mediaType } from "./kind";

/** A small picture of a file that is about to be sealed; nothing for what is no picture. */
export function Preview({ blob }: { blob: Blob }) {
  const url = useSignal("");
  useEffect(() => {
    let made = "";
    void head(blob).then((bytes) => {
      const type = mediaType(kindOf(bytes));
      if (type.startsWith("image/")) url.value = made = URL.createObjectURL(blob.slice(0, blob.size, type));
    });
    return () => made && URL.revokeObjectURL(made);
  }, [blob]);
  return url.value ? <img class="thumb" src={url.value} alt="" /> : null;
}

async function head(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
}
