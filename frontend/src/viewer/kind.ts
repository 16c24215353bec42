// What a file is: by its first bytes alone, never by the name or type that its sender gave it.

export type FileKind = "png" | "jpeg" | "webp" | "dicom" | "pdf" | "other";

const PREAMBLE = 128;
const HEADS: [FileKind, number, string][] = [
  ["png", 0, "\x89PNG\r\n\x1a\n"],
  ["jpeg", 0, "\xff\xd8\xff"],
  ["dicom", PREAMBLE, "DICM"],
  ["pdf", 0, "%PDF-"],
];

/** Bytes that are needed to tell. */
export const HEAD = PREAMBLE + 4;

export function kindOf(head: Uint8Array): FileKind {
  if (stands(head, 0, "RIFF") && stands(head, 8, "WEBP")) return "webp";
  return HEADS.find(([, offset, magic]) => stands(head, offset, magic))?.[0] ?? "other";
}

/** The media type to give a picture to the browser under. */
export function mediaType(kind: FileKind): string {
  return ["png", "jpeg", "webp"].includes(kind) ? `image/${kind}` : "application/octet-stream";
}

function stands(head: Uint8Array, offset: number, magic: string): boolean {
  return [...magic].every((char, i) => head[offset + i] === char.charCodeAt(0));
}
