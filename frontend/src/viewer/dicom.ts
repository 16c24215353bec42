// DICOM files: what their tags say, and their frames as grey or coloured pixels.
import { type DataSet, parseDicom } from "dicom-parser";
import { PmrError } from "../errors";

const UNCOMPRESSED = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]);
const MOST_PIXELS = 1 << 27;
const MOST_TAGS = 500;

/** Window and level: which values become black and white. */
export interface Window {
  center: number;
  width: number;
}

/** An image of one or more frames. */
export interface Dicom {
  columns: number;
  rows: number;
  frames: number;
  samples: number;
  /** Whether low values are bright (MONOCHROME1). */
  inverted: boolean;
  window: Window;
  tags: { tag: string; value: string }[];
  /** The rescaled values of a frame, a sample each. */
  values(frame: number): Float32Array;
}

/** Read a file; `bad-input` for what cannot be drawn here. */
export function readDicom(data: Uint8Array): Dicom {
  const set = parse(data);
  const [columns, rows] = [set.uint16("x00280011") ?? 0, set.uint16("x00280010") ?? 0];
  const samples = set.uint16("x00280002") ?? 1;
  const frames = Math.max(1, Number(set.string("x00280008") ?? 1) || 1);
  const read = reader(set, columns * rows * samples, frames);
  const values = (frame: number) => rescaled(set, read(frame));
  return {
    columns,
    rows,
    frames,
    samples,
    inverted: set.string("x00280004") === "MONOCHROME1",
    window: windowOf(set, samples, () => values(0)),
    tags: tagsOf(set),
    values,
  };
}

/** Paint a frame's values as RGBA through a window. */
export function paint(
  { samples, inverted }: Dicom,
  values: Float32Array,
  window: Window,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = values.length / samples;
  const out = new Uint8ClampedArray(pixels * 4);
  const low = window.center - window.width / 2;
  for (let i = 0; i < pixels; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[i * samples + (samples === 3 ? channel : 0)] as number;
      const shade = samples === 3 ? value : ((value - low) / window.width) * 255;
      out[i * 4 + channel] = inverted ? 255 - shade : shade;
    }
    out[i * 4 + 3] = 255;
  }
  return out;
}

function parse(data: Uint8Array): DataSet {
  try {
    return parseDicom(data);
  } catch (error) {
    throw new PmrError("bad-input", String((error as { exception?: unknown }).exception ?? error));
  }
}

/** Gives the stored values of a frame; refuses what is compressed, cut off or absurdly large. */
function reader(
  set: DataSet,
  length: number,
  frames: number,
): (frame: number) => Int16Array | Uint16Array | Uint8Array {
  const pixels = set.elements.x7fe00010;
  const bits = set.uint16("x00280100") ?? 0;
  const bytes = bits / 8;
  const syntax = set.string("x00020010") ?? "1.2.840.10008.1.2";
  const drawable = pixels && UNCOMPRESSED.has(syntax) && (bits === 8 || bits === 16) && length > 0;
  if (!drawable || length > MOST_PIXELS || pixels.length < length * bytes * frames)
    throw new PmrError("bad-input");
  const signed = set.uint16("x00280103") === 1;
  return (frame) => {
    // A copy, so that 16-bit values are aligned wherever they stood.
    const start = pixels.dataOffset + frame * length * bytes;
    const { buffer } = set.byteArray.slice(start, start + length * bytes) as Uint8Array;
    if (bits === 8) return new Uint8Array(buffer as ArrayBuffer);
    return signed ? new Int16Array(buffer as ArrayBuffer) : new Uint16Array(buffer as ArrayBuffer);
  };
}

function rescaled(set: DataSet, stored: ArrayLike<number>): Float32Array {
  const [slope, intercept] = [set.floatString("x00281053") ?? 1, set.floatString("x00281052") ?? 0];
  return Float32Array.from(stored, (value) => value * slope + intercept);
}

function windowOf(set: DataSet, samples: number, values: () => Float32Array): Window {
  if (samples === 3) return { center: 127.5, width: 255 };
  const [center, width] = [set.floatString("x00281050"), set.floatString("x00281051")];
  if (center !== undefined && width !== undefined && width > 0) return { center, width };
  const found = values();
  const lowest = found.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = found.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { center: (lowest + highest) / 2, width: Math.max(1, highest - lowest) };
}

function tagsOf(set: DataSet): Dicom["tags"] {
  const names = Object.keys(set.elements).filter((name) => name !== "x7fe00010");
  return names.slice(0, MOST_TAGS).map((name) => ({
    tag: `(${name.slice(1, 5)},${name.slice(5)})`,
    value: printable(set.string(name)),
  }));
}

/** Tags are hostile text: shown as text alone, without what a terminal or a bidi renderer would obey. */
function printable(value: string | undefined): string {
  return (value ?? "").replace(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 200);
}
