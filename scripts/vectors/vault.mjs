// Vaults: section 8.
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { address, canonical, draw, file, gcm, hex, hkdf, join, L, noble, none, utf8 } from "./format.mjs";
import { alice, alice2, bob, bundle, digest } from "./keys.mjs";

const walletKey = draw("wallet of alice", 32);
const walletAccount = `0x${hex(keccak_256(secp256k1.getPublicKey(walletKey, false).subarray(1)).subarray(12))}`;
const keccakText = (text) => keccak_256(utf8(text));
const domainHash = keccak_256(
  join(keccakText("EIP712Domain(string name,string version)"), keccakText("PMR Vault"), keccakText("1")),
);
const STATEMENT = "Unlock my medical record keys. Sign this only on a PMR page.";
const messageHash = keccak_256(
  join(
    keccakText("Unlock(address account,string statement)"),
    new Uint8Array(12),
    address(walletAccount),
    keccakText(STATEMENT),
  ),
);
const unlockDigest = keccak_256(join([0x19, 0x01], domainHash, messageHash));
const walletSignature = secp256k1.sign(unlockDigest, walletKey, { prehash: false });

async function vault(passphrase, keys, wallet, changes = {}, kdfChanges = {}, hidden = undefined) {
  const newest = { ...keys.at(-1), account: walletAccount };
  const kdf = {
    lanes: 1,
    memory: 65536,
    passes: 3,
    salt: hex(draw(`salt ${passphrase}`, 16)),
    ...kdfChanges,
  };
  const nonce = draw(`nonce ${passphrase}`, 12);
  const named = { account: walletAccount, bundle: digest(bundle(newest)), format: "pmr-vault/1" };
  const members = { ...named, kdf, nonce: hex(nonce), version: newest.version, wallet, ...changes };
  const stretch = { t: Math.min(kdf.passes, 16), m: Math.min(kdf.memory, 65536), p: 1, dkLen: 32 };
  const pass = argon2id(utf8(passphrase.normalize("NFKC")), Buffer.from(kdf.salt, "hex"), stretch);
  const key = hkdf(join(pass, wallet ? walletSignature : none), none, L("vault"));
  const plain = hidden ?? { keys: keys.map((k) => ({ seed: hex(k.seed), version: k.version })) };
  const ciphertext = await gcm(
    key,
    nonce,
    utf8(canonical(plain)),
    join(L("vault"), utf8(canonical(members))),
  );
  return canonical({ ...members, ciphertext: Buffer.from(ciphertext).toString("base64") });
}

const passphrase = "Grüße ﬁ correct horse";
const ring = [alice, alice2];
const sealedVault = await vault(passphrase, ring, true);
const edit = (text, changes) => canonical({ ...JSON.parse(text), ...changes });
const kdfEdit = (changes) => edit(sealedVault, { kdf: { ...JSON.parse(sealedVault).kdf, ...changes } });
const seeds = Object.fromEntries(ring.map((key) => [key.version, hex(key.seed)]));
const swapped = { keys: [alice2, alice].map((k) => ({ seed: hex(k.seed), version: k.version })) };
export const vaultFile = file(
  "vault",
  "Vaults, with and without the wallet's signature (section 8).",
  `WebCrypto, ${noble}`,
  {
    account: walletAccount,
    walletKey: hex(walletKey),
    statement: STATEMENT,
    unlockDigest: hex(unlockDigest),
    walletSignature: hex(walletSignature),
    passphrase,
    cases: [
      { vault: sealedVault, wallet: true, seeds },
      { vault: await vault(passphrase, [alice], false), wallet: false, seeds: { 1: hex(alice.seed) } },
    ],
    refused: [
      { why: "less memory", vault: await vault(passphrase, ring, true, {}, { memory: 65535 }) },
      { why: "fewer passes", vault: await vault(passphrase, ring, true, {}, { passes: 2 }) },
      { why: "enormous memory", vault: kdfEdit({ memory: 1048577 }) },
      { why: "enormous passes", vault: kdfEdit({ passes: 17 }) },
      { why: "two lanes", vault: kdfEdit({ lanes: 2 }) },
      { why: "a short salt", vault: kdfEdit({ salt: "00" }) },
      { why: "another account in the associated data", vault: edit(sealedVault, { account: bob.account }) },
      { why: "another version in the associated data", vault: edit(sealedVault, { version: 3 }) },
      { why: "another bundle in the associated data", vault: edit(sealedVault, { bundle: digest("x") }) },
      { why: "the wallet left out", vault: edit(sealedVault, { wallet: false }) },
      { why: "another nonce", vault: edit(sealedVault, { nonce: hex(draw("x", 12)) }) },
      {
        why: "sealed with another bundle's digest",
        vault: await vault(passphrase, ring, true, { bundle: digest("x") }),
      },
      { why: "versions that do not ascend", vault: await vault(passphrase, ring, true, {}, {}, swapped) },
      { why: "no keys", vault: await vault(passphrase, ring, true, {}, {}, { keys: [] }) },
      { why: "ciphertext that is not base64", vault: edit(sealedVault, { ciphertext: "*" }) },
      { why: "no ciphertext", vault: edit(sealedVault, { ciphertext: "" }) },
      { why: "an unknown member", vault: edit(sealedVault, { hint: "" }) },
    ],
  },
);
