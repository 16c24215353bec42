// Domain separation: every derivation and signature starts with its own label (docs/format.md, section 1).
import { type Bytes, utf8 } from "./bytes";

export function label(name: string): Bytes {
  return utf8(`pmr/v1/${name}\0`);
}
