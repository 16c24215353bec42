import { type Address, hashTypedData, recoverAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { Body, bodyAad, inMemory, MANIFEST_NUMBER } from "#src/sealed/body";
import { type Bytes, concat, fromHex, hex, sha256, text, utf8 } from "#src/sealed/bytes";
import { Cid } from "#src/sealed/cid";
import { bodyKey, keyCommit } from "#src/sealed/contentKey";
import { verify } from "#src/sealed/ed25519";
import { type Context, infoOf, openEnvelope, sealEnvelope } from "#src/sealed/envelope";
import { decodeHeader, encodeHeader } from "#src/sealed/header";
import { openJournal, sealJournal } from "#src/sealed/journal";
import { Keyring } from "#src/sealed/keyring";
import { DoctorKey, readBundle } from "#src/sealed/keys";
import { label } from "#src/sealed/labels";
import { decodeManifest, encodeManifest, type Manifest } from "#src/sealed/manifest";
import { paddedSize } from "#src/sealed/padding";
import { readKit, wordsOf, writeKit } from "#src/sealed/recovery";
import { recordMessage, signRecord, verifyRecord } from "#src/sealed/signature";
import { Layout, Segments } from "#src/sealed/stream";
import {
  normalSignature,
  openVault,
  sealVault,
  signsAlike,
  unlockMessage,
  vaultInfo,
} from "#src/sealed/vault";
import { type Case, content, refused, vectors } from "./vectors";

const body = vectors("body");
const derived = vectors("content-key");
const envelopes = vectors("envelope");
const headers = vectors("header");
const keys = vectors("keys");
const manifests = vectors("manifest");
const signatures = vectors("signature");
const vaults = vectors("vault");

async function bodyOf(number: number, header = body.header): Promise<Body> {
  return new Body(fromHex(body.bodyKey), await bodyAad(utf8(header), number));
}

async function sealedLeaves(one: Case) {
  const layout = new Layout(paddedSize(one.size));
  const segments = await (await bodyOf(one.number)).segments(fromHex(one.tinkHeader), layout);
  const source = new Blob([content(one.content, one.size)]);
  const leaves: Bytes[] = [];
  for (let i = 0; i < layout.segments; i++)
    leaves.push(await segments.seal(i, await Body.part(source, layout, i)));
  return leaves;
}

async function opened(pieces: AsyncIterable<Bytes>): Promise<Bytes> {
  const all: Bytes[] = [];
  for await (const piece of pieces) all.push(piece);
  return concat(...all);
}

test.each(Object.entries(derived.labels) as [string, string][])(
  "label, %s, is the vector's",
  (name, wanted) => {
    expect(hex(label(name))).toBe(wanted);
  },
);

test("keyCommit and bodyKey, the vector's key, are the other library's", () => {
  const [{ contentKey, contentId, ...wanted }] = derived.cases as [Case];
  const [key, id] = [fromHex(contentKey), fromHex(contentId)];
  expect({ keyCommit: hex(keyCommit(key, id)), bodyKey: hex(bodyKey(key, id)) }).toEqual(wanted);
});

test.each(vectors("padding").cases)("paddedSize, $size, is $padded", ({ size, padded }) => {
  expect(paddedSize(Number(size))).toBe(Number(padded));
});

test.each(vectors("stream").cases)("Segments, $size bytes, are what Tink seals", async (one) => {
  const { key, aad } = vectors("stream");
  const layout = new Layout(one.size);
  const segments = await Segments.of(fromHex(key), fromHex(aad), fromHex(one.header), layout);
  const plain = content(one.content, one.size);
  const leaves: Bytes[] = [];
  for (let i = 0; i < layout.segments; i++) {
    const { start, end } = layout.part(i);
    leaves.push(await segments.seal(i, plain.slice(start, end)));
  }
  const sealed = concat(...leaves);
  expect([sealed.length, hex(await sha256(sealed))]).toEqual([one.sealedSize, one.sha256]);
});

test.each(body.cases)("a body of $size bytes, seals to the other library's leaves and opens", async (one) => {
  const leaves = await sealedLeaves(one);
  expect(await Promise.all(leaves.map(async (leaf) => hex(await sha256(leaf))))).toEqual(one.leaves);
  const sealed = concat(...leaves);
  const read = inMemory(sealed);
  const plain = await opened((await bodyOf(one.number)).open(read, one.size));
  expect(Buffer.compare(plain, content(one.content, one.size))).toBe(0);
  const range = await (await bodyOf(one.number)).openRange(
    read,
    one.size,
    one.size >> 1,
    one.size - (one.size >> 1),
  );
  expect(Buffer.compare(range, plain.slice(one.size >> 1))).toBe(0);
});

test.each(body.refused)("a body whose leaves are $leaves, is refused", async ({ leaves: order }) => {
  const one = body.cases.at(-1) as Case;
  const leaves = await sealedLeaves(one);
  const sealed = concat(...order.map((i: number) => leaves[i] as Bytes));
  await refused(
    async () => opened((await bodyOf(one.number)).open(inMemory(sealed), one.size)),
    "cannot-decrypt",
    "bad-format",
  );
});

test("a body under a stated size that is too small, shows nothing of its padding", async () => {
  const one = body.cases.find((each) => each.size === 4096) as Case;
  const sealed = concat(...(await sealedLeaves(one)));
  await refused(async () => opened((await bodyOf(one.number)).open(inMemory(sealed), 4000)), "bad-format");
});

test("header, the vector's members, are its bytes and back", () => {
  const [{ header }] = headers.cases as [Case];
  expect(text(encodeHeader(decodeHeader(utf8(header))))).toBe(header);
});

test.each(headers.refused)("decodeHeader, $why, is refused", async ({ header }) => {
  await refused(() => decodeHeader(utf8(header)), "bad-format");
});

test("manifest, the vector's members, are its bytes, sealed ones too", async () => {
  const [{ members, manifest, sealed }] = manifests.cases as [Case & { members: Manifest }];
  expect(text(encodeManifest(members))).toBe(manifest);
  const own = new Body(fromHex(manifests.bodyKey), await bodyAad(utf8(manifests.header), MANIFEST_NUMBER));
  expect(text(await own.openManifest(fromHex(sealed)))).toBe(manifest);
  expect(text(await own.openManifest(await own.sealManifest(utf8(manifest))))).toBe(manifest);
});

test.each(manifests.refused)("decodeManifest, $why, is refused", async ({ manifest }) => {
  await refused(() => decodeManifest(utf8(manifest), JSON.parse(manifest).files?.length ?? 1), "bad-format");
});

test.each(manifests.refusedSealed as Case[])("openManifest, $why, is refused", async ({ sealed }) => {
  const own = new Body(fromHex(manifests.bodyKey), await bodyAad(utf8(manifests.header), MANIFEST_NUMBER));
  const opening = async () => decodeManifest(await own.openManifest(fromHex(sealed)), 2);
  await refused(opening, "bad-format", "cannot-decrypt");
});

test.each(keys.cases)("DoctorKey, version $version of $account, is the other library's", async (one) => {
  const key = await DoctorKey.fromSeed(fromHex(one.seed));
  expect([hex(key.publicKey), hex(key.ed25519), hex(key.journalKey())]).toEqual([
    one.xwing,
    one.ed25519,
    one.journal,
  ]);
  const bundle = key.bundle(one.account, one.version);
  expect([text(bundle), hex(await sha256(bundle))]).toEqual([one.bundle, one.digest]);
  expect((await readBundle(bundle, one.account, fromHex(one.digest), one.version)).version).toBe(one.version);
});

const refusedBundles = keys.refused as unknown as { account: Address; version: number; bundles: Case[] };

test.each(refusedBundles.bundles)("readBundle, $why, is refused", async ({ bundle }) => {
  const { account, version } = refusedBundles;
  const data = utf8(bundle);
  await refused(async () => readBundle(data, account, await sha256(data), version), "bad-key-bundle");
});

test("readBundle, the chain names another digest, is refused", async () => {
  const [{ bundle, account, version }] = keys.cases as [Case];
  await refused(() => readBundle(utf8(bundle), account, new Uint8Array(32), version), "bad-key-bundle");
});

test.each(vectors("standards").ed25519 as Case[])(
  "verify, RFC 8032 over $message, holds",
  ({ public: key, message, signature }) => {
    expect(() => verify(fromHex(key), fromHex(message), fromHex(signature))).not.toThrow();
  },
);

const [grant] = envelopes.grants as [Case];
const [owner] = envelopes.owners as [Case];

function grantContext(one: typeof grant): Context {
  const { chainId, registry, granter, reader } = one;
  return {
    contentId: fromHex(one.contentId),
    keyCommit: fromHex(envelopes.keyCommit),
    to: { kind: "grant", chainId, registry, granter, reader },
  };
}

function ownerContext(one: typeof owner): Context {
  const to = { kind: "owner" as const, owner: one.owner };
  return { contentId: fromHex(one.contentId), keyCommit: fromHex(envelopes.keyCommit), to };
}

test.each([
  ["a reader", grant, grantContext(grant)],
  ["the owner", owner, ownerContext(owner)],
])("openEnvelope, to %s, gives the content key", async (_, one, context) => {
  const key = await DoctorKey.fromSeed(fromHex(one.seed));
  expect(hex(await infoOf(context, key.publicKey))).toBe(one.info);
  expect(hex(await openEnvelope(fromHex(one.envelope), context, key))).toBe(envelopes.contentKey);
});

test("sealEnvelope, to a reader, opens with that reader's key", async () => {
  const key = await DoctorKey.fromSeed(fromHex(grant.seed));
  const made = await sealEnvelope(fromHex(envelopes.contentKey), grantContext(grant), key.publicKey);
  expect(made).toHaveLength(1169);
  expect(hex(await openEnvelope(made, grantContext(grant), key))).toBe(envelopes.contentKey);
});

test.each(envelopes.refused)("openEnvelope, $why, is refused", async (change) => {
  const one = { ...grant, ...change };
  const key = await DoctorKey.fromSeed(fromHex(one.seed));
  await refused(
    () => openEnvelope(fromHex(one.envelope), grantContext(one), key),
    "cannot-decrypt",
    "bad-format",
  );
});

const entriesOf = (entries: Record<string, string>): [string, Cid][] =>
  Object.entries(entries).map(([name, cid]) => [name, Cid.decode(fromHex(cid))]);

test("signRecord, the vector's entries, is the other library's", async () => {
  const key = await DoctorKey.fromSeed(fromHex(signatures.seed));
  const [{ entries, message, signature }] = signatures.cases as [Case];
  expect(hex(recordMessage(entriesOf(entries)))).toBe(message);
  expect(hex(signRecord(key, entriesOf(entries)))).toBe(signature);
});

test.each(signatures.refused)("verifyRecord, $why, is refused", async (change) => {
  const one = { ...signatures.cases[0], ...change };
  const seed = fromHex(change.seed ?? signatures.seed);
  const key = await DoctorKey.fromSeed(seed);
  const bundle = { ed25519: key.ed25519 } as Parameters<typeof verifyRecord>[0];
  await refused(
    () => verifyRecord(bundle, entriesOf(one.entries), fromHex(one.signature)),
    "bad-signature",
    "bad-format",
  );
});

test.each(vaults.cases)(
  "openVault, with wallet: $wallet, gives the seeds",
  async ({ vault, wallet, seeds }) => {
    const keyring = await openVault(
      utf8(vault),
      vaults.passphrase,
      wallet ? fromHex(vaults.walletSignature) : null,
    );
    const found = Object.fromEntries(
      keyring.versions.map((version) => [version, hex(keyring.key(version).reveal())]),
    );
    expect(found).toEqual(seeds);
    expect(vaultInfo(utf8(vault)).wallet).toBe(wallet);
  },
);

test.each(vaults.refused)("openVault, $why, is refused", async ({ vault }) => {
  const opening = () => openVault(utf8(vault), vaults.passphrase, fromHex(vaults.walletSignature));
  await refused(opening, "bad-format", "bad-passphrase");
});

test("sealVault, another passphrase or wallet, does not open", async () => {
  const keyring = await Keyring.new();
  const wallet = fromHex(vaults.walletSignature);
  const vault = await sealVault(keyring, vaults.account, "correct horse", wallet);
  expect((await openVault(vault, "correct horse", wallet)).version).toBe(1);
  await refused(() => openVault(vault, "Correct horse", wallet), "bad-passphrase");
  await refused(() => openVault(vault, "correct horse", new Uint8Array(64)), "bad-passphrase");
  await refused(() => openVault(vault, "correct horse", null), "bad-passphrase");
});

test("unlockMessage, signed twice by viem, is the vector's message and is alike", async () => {
  const signer = privateKeyToAccount(`0x${vaults.walletKey}`);
  const typed = JSON.parse(unlockMessage(signer.address));
  expect(hashTypedData(typed)).toBe(`0x${vaults.unlockDigest}`);
  const signature = await signer.signTypedData(typed);
  expect(signsAlike(signature, await signer.signTypedData(typed))).toBe(true);
  expect(hex(normalSignature(signature))).toBe(vaults.walletSignature);
  expect(await recoverAddress({ hash: hashTypedData(typed), signature })).toBe(signer.address);
});

test.each(vectors("recovery").cases)(
  "readKit, a kit of $account, gives its seeds",
  async ({ kit, account, seeds }) => {
    const read = await readKit(kit);
    expect(read.account.toLowerCase()).toBe(account);
    const found = read.keyring.versions.map((version) => [version, hex(read.keyring.key(version).reveal())]);
    expect(Object.fromEntries(found)).toEqual(seeds);
    const again = await readKit(writeKit(read.keyring, read.account));
    expect(wordsOf(again.keyring, 1)).toEqual(wordsOf(read.keyring, 1));
  },
);

test.each(vectors("recovery").refused)("readKit, $why, is refused", async ({ kit }) => {
  await refused(() => readKit(kit), "bad-recovery-kit");
});

test("openJournal, another key's or a changed one, is refused", async () => {
  const [mine, other] = [(await Keyring.new()).newest, (await Keyring.new()).newest];
  const sealed = await sealJournal(mine, utf8("notes"));
  expect(text(await openJournal(mine, sealed))).toBe("notes");
  await refused(() => openJournal(other, sealed), "cannot-decrypt");
  sealed[20] = (sealed[20] as number) ^ 1;
  await refused(() => openJournal(mine, sealed), "cannot-decrypt");
});
