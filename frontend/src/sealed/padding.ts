// How sealed files hide their size: Padmé, and never less than 4 KiB (section 5).
import { PmrError } from "../errors";

/** Bytes of the largest file. */
export const MAX_SOURCE = 2 ** 40;
const MIN_PADDED = 4096;

/** The plaintext length of a sealed file of `size` bytes; `too-large` above 2^40. */
export function paddedSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_SOURCE) throw new PmrError("too-large");
  return Math.max(MIN_PADDED, padme(size));
}

/** Round up so that a size tells O(log log n) bits (Nikitin et al., PETS 2019, algorithm 1). */
function padme(size: number): number {
  if (size < 2) return size;
  const exponent = bitLength(size) - 1;
  const unit = 2 ** (exponent - bitLength(exponent));
  return Math.ceil(size / unit) * unit;
}

function bitLength(number: number): number {
  return number.toString(2).length;
}
