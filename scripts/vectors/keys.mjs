// Keys and bundles: section 2.
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";
import { canonical, draw, file, hex, hkdf, join, L, noble, none, sha256, utf8 } from "./format.mjs";

export const accounts = { alice: `0x${hex(draw("alice", 20))}`, bob: `0x${hex(draw("bob", 20))}` };

export function doctor(name, version) {
  const seed = draw(`${name} seed ${version}`, 32);
  const xwingSeed = hkdf(seed, none, L("x-wing"));
  const ed25519Seed = hkdf(seed, none, L("ed25519"));
  const keys = { seed, xwingSeed, ed25519Seed, xwing: xwing.keygen(xwingSeed).publicKey };
  return { ...keys, ed25519: ed25519.getPublicKey(ed25519Seed), account: accounts[name], version };
}

export function bundle(key, changes = {}, signer = key) {
  const members = {
    account: key.account,
    ed25519: hex(key.ed25519),
    format: "pmr-key/1",
    version: key.version,
    xwing: hex(key.xwing),
    ...changes,
  };
  const signature = ed25519.sign(join(L("bundle"), utf8(canonical(members))), signer.ed25519Seed);
  return canonical({ ...members, signature: hex(signature) });
}

export const alice = doctor("alice", 1);
export const alice2 = doctor("alice", 2);
export const bob = doctor("bob", 1);
export const digest = (text) => hex(sha256(utf8(text)));

function keyCase(key) {
  const text = bundle(key);
  const { seed, xwingSeed, ed25519Seed, xwing: pk, ed25519: edPk } = key;
  const secrets = {
    seed: hex(seed),
    xwingSeed: hex(xwingSeed),
    xwing: hex(pk),
    ed25519Seed: hex(ed25519Seed),
  };
  const journal = hex(hkdf(seed, none, L("journal")));
  const { account, version } = key;
  return { ...secrets, ed25519: hex(edPk), journal, account, version, bundle: text, digest: digest(text) };
}

function withKey(where, bytes) {
  const pk = Uint8Array.from(alice.xwing);
  pk.set(bytes, where);
  return bundle(alice, { xwing: hex(pk) });
}

export const good = bundle(alice);
// Points of order 1, 2, 4 or 8 on Curve25519 and its twist, and their other encodings: RFC 7748, section 6.1.
const lowOrder = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
const badBundles = [
  ["signed by another key", bundle(alice, {}, bob)],
  ["of another account", bundle(alice, { account: bob.account })],
  ["of another version", bundle(alice, { version: 2 })],
  ["version 0", bundle(alice, { version: 0 })],
  ["another format", bundle(alice, { format: "pmr-key/2" })],
  ["an unknown member", bundle(alice, { note: "" })],
  ["a missing member", good.replace(/"ed25519":"[0-9a-f]*",/, "")],
  ["a space between members", good.replace(",", ", ")],
  ["members in another order", good.replace(/(\{)("account":"[^"]*"),("ed25519":"[^"]*")/, "$1$3,$2")],
  ["a member twice", good.replace('"version":1', '"version":1,"version":1')],
  ["upper-case hex", bundle(alice, { ed25519: hex(alice.ed25519).toUpperCase() })],
  ["an ML-KEM coefficient of 3329", withKey(0, [0x01, (alice.xwing[1] & 0xf0) | 0x0d])],
  ["an ML-KEM coefficient of 4095", withKey(1149, [0xff, alice.xwing[1150] | 0x0f])],
  ["a short public key", bundle(alice, { xwing: hex(alice.xwing.subarray(1)) })],
  ...lowOrder.map((point) => [`X25519 point ${point}`, withKey(1184, Buffer.from(point, "hex"))]),
].map(([why, text]) => ({ why, bundle: text }));

export const keysFile = file(
  "keys",
  "A doctor's keys from a seed, and the bundles that publish them (section 2).",
  noble,
  {
    cases: [alice, alice2, bob].map(keyCase),
    refused: { account: alice.account, version: 1, bundles: badBundles },
  },
);
