// All versions of an account's key: old ones still open old envelopes.
import { PmrError } from "../errors";
import { random } from "./bytes";
import { DoctorKey } from "./keys";

/** The keys of one account by version, 1 for the first. At least one. */
export class Keyring {
  private readonly byVersion: ReadonlyMap<number, DoctorKey>;

  constructor(keys: Iterable<[number, DoctorKey]>) {
    const sorted = [...keys].sort(([a], [b]) => a - b);
    if (!sorted.length || (sorted[0]?.[0] as number) < 1)
      throw new PmrError("bad-input", "a keyring has a key");
    this.byVersion = new Map(sorted);
  }

  static async new(): Promise<Keyring> {
    return new Keyring([[1, await DoctorKey.fromSeed(random(32))]]);
  }

  get versions(): number[] {
    return [...this.byVersion.keys()];
  }

  /** The newest version. */
  get version(): number {
    return this.versions.at(-1) as number;
  }

  /** The key to seal and sign with. */
  get newest(): DoctorKey {
    return this.key(this.version);
  }

  /** The key of a version; `no-key`. */
  key(version: number): DoctorKey {
    const key = this.byVersion.get(version);
    if (!key) throw new PmrError("no-key", `version ${version}`);
    return key;
  }

  /** The keys, newest first: the order in which to try an envelope. */
  newestFirst(): DoctorKey[] {
    return [...this.byVersion.values()].reverse();
  }

  /** The same keys and a new one as the next version. */
  async rotated(): Promise<Keyring> {
    return new Keyring([...this.byVersion, [this.version + 1, await DoctorKey.fromSeed(random(32))]]);
  }
}
