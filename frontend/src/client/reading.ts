// From a record's id to its content key: every step is checked against the chain.
import type { Address } from "viem";
import { PmrError } from "../errors";
import { fetchBlock, type Get } from "../sealed/block";
import { Cid } from "../sealed/cid";
import type { ContentKey } from "../sealed/contentKey";
import { type Context, openWithAny } from "../sealed/envelope";
import type { Header } from "../sealed/header";
import type { Keyring } from "../sealed/keyring";
import { allows, type Digest, type Grant, type RecordId } from "../types";
import { type Directory, type FetchBundle, namedBundle } from "./bundles";
import { OpenRecord, SealedRecord } from "./opening";

/** What a reader asks the chain. */
export interface Readable extends Directory {
  readonly account: Address;
  readonly chainId: number;
  readonly registry: Address;
  root(id: RecordId): Promise<Digest>;
  grantOf(id: RecordId, reader: Address): Promise<Grant>;
  envelopes(id: RecordId, reader: Address): Promise<Digest[]>;
}

/** One account reading records. */
export class Reading {
  constructor(
    readonly ledger: Readable,
    readonly keyring: Keyring,
    private readonly blocks: (id: RecordId) => Get,
    readonly bundle: FetchBundle,
    private readonly clock: () => number = () => Date.now() / 1_000,
  ) {}

  /** Check and open a record; `no-access`, `bad-signature`, `bad-key-bundle`, `cannot-decrypt`, `bad-format`. */
  async open(id: RecordId): Promise<OpenRecord> {
    const { sealed, get } = await this.sealed(id);
    return OpenRecord.open(sealed, await this.contentKey(id, sealed, get), get);
  }

  /** The public half under the root that the chain names, and who signed it checked. */
  async sealed(id: RecordId): Promise<{ sealed: SealedRecord; get: Get }> {
    await this.demandAccess(id);
    const get = this.blocks(id);
    const sealed = await SealedRecord.read(Cid.root(await this.ledger.root(id)), get);
    const { author, authorKey } = sealed.header;
    await sealed.verify(await namedBundle(this.ledger, this.bundle, author, authorKey));
    return { sealed, get };
  }

  /** The record's key, from the directory for its owner, from the grant for a reader; `cannot-decrypt`. */
  async contentKey(id: RecordId, sealed: SealedRecord, get: Get): Promise<ContentKey> {
    const keys = this.keyring.newestFirst();
    if (id.owner === this.ledger.account) {
      const { contentId, keyCommit } = sealed.header;
      const context: Context = { contentId, keyCommit, to: { kind: "owner", owner: id.owner } };
      return openWithAny(await sealed.ownerEnvelope(), context, keys);
    }
    const context = this.grantContext(id, sealed.header, this.ledger.account);
    // The newest first: an older one is of an older version, or of this one too.
    for (const digest of await this.ledger.envelopes(id, this.ledger.account)) {
      const key = await this.fromEnvelope(digest, context, get);
      if (key) return key;
    }
    throw new PmrError("cannot-decrypt", `ask ${id.owner} to share anew`);
  }

  /** What a reader's envelope is bound to. */
  grantContext(id: RecordId, { contentId, keyCommit }: Header, reader: Address): Context {
    const { chainId, registry } = this.ledger;
    return { contentId, keyCommit, to: { kind: "grant", chainId, registry, granter: id.owner, reader } };
  }

  private async fromEnvelope(digest: Digest, context: Context, get: Get): Promise<ContentKey | null> {
    try {
      const block = await fetchBlock(Cid.leaf(digest), get);
      return await openWithAny(block.data, context, this.keyring.newestFirst());
    } catch (error) {
      if (error instanceof PmrError && ["cannot-decrypt", "not-found"].includes(error.kind)) return null;
      throw error;
    }
  }

  private async demandAccess(id: RecordId): Promise<void> {
    if (id.owner === this.ledger.account) return;
    const grant = await this.ledger.grantOf(id, this.ledger.account);
    if (!allows(grant, this.clock())) throw new PmrError("no-access");
  }
}
