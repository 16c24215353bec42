// One tree of errors. A kind is the slug of the Python error of the same meaning (pmr/errors.py);
// each has one sentence for a person in src/i18n. `detail` says more and is shown as text alone.

/** Every kind of error that the page tells apart. */
export const KINDS = [
  "internal",
  "bad-input",
  "bad-address",
  "bad-record-id",
  "too-large",
  "sealed-record-error",
  "bad-format",
  "bad-signature",
  "bad-key-bundle",
  "cannot-decrypt",
  "source-changed",
  "bad-passphrase",
  "bad-recovery-kit",
  "no-key",
  "key-lost",
  "key-exists",
  "key-not-published",
  "key-locked",
  "bad-cid",
  "bad-block",
  "bad-car",
  "block-not-found",
  "incomplete-content",
  "storage-full",
  "quota-exceeded",
  "chain-unavailable",
  "wrong-chain",
  "stale-head",
  "not-deployed",
  "no-funds",
  "transaction-failed",
  "contract-error",
  "not-owner",
  "record-not-found",
  "empty-root",
  "wrong-position",
  "stale-root",
  "empty-reader",
  "self-grant",
  "expiry-in-past",
  "invalid-purpose",
  "not-granted",
  "empty-bundle",
  "wrong-version",
  "sign-in-failed",
  "not-signed-in",
  "not-found",
  "foreign-origin",
  "vault-changed",
  "no-access",
  "too-many-requests",
  "server-unavailable",
  "server-mismatch",
  "no-wallet",
  "wallet-locked",
  "wallet-refused",
  "wallet-gone",
  "wallet-busy",
  "wallet-unanswered",
  "account-switched",
  "under-way",
  "cancelled",
] as const;

export type Kind = (typeof KINDS)[number];

/** An error that the page can explain to a person. */
export class PmrError extends Error {
  constructor(
    readonly kind: Kind,
    readonly detail = "",
  ) {
    super(detail ? `${kind}: ${detail}` : kind);
    this.name = "PmrError";
  }
}

/** The kind of anything that was thrown; what nobody foresaw is `internal`. */
export function kindOf(error: unknown): Kind {
  return error instanceof PmrError ? error.kind : "internal";
}

/** Whether a text, as a server sends it, names a kind. */
export function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text);
}
