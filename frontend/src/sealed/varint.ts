// Unsigned LEB128, as protobuf and CAR write numbers; only the shortest form is read.

/** Bytes of the longest number that a JavaScript number holds exactly (53 bits). */
const MAX_LENGTH = 8;

export function encodeVarint(number: number): Uint8Array {
  const out: number[] = [];
  let rest = number;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
  return Uint8Array.from(out);
}

export function varintLength(number: number): number {
  let length = 1;
  for (let rest = number; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** A number and where it ends; throws when it is cut off, too long or padded. */
export function decodeVarint(data: Uint8Array, offset: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < MAX_LENGTH; i++) {
    const byte = data[offset + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte >= 0x80) continue;
    if ((byte === 0 && i > 0) || !Number.isSafeInteger(value)) break;
    return { value, end: offset + i + 1 };
  }
  throw new RangeError("a number is not in its shortest form");
}
