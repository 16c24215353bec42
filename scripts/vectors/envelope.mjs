// Envelopes: section 7.
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { address, draw, file, hex, join, L, sha256, uint } from "./format.mjs";
import { CK, contentId, keyCommit } from "./header.mjs";
import { alice, bob, doctor } from "./keys.mjs";

const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const registry = `0x${hex(draw("registry", 20))}`;

async function envelope(info, key, plain, seed) {
  const recipientPublicKey = await suite.kem.importKey("raw", Uint8Array.from(key.xwing).buffer, true);
  const sender = await suite.createSenderContext({ recipientPublicKey, info, ekm: draw(seed, 64).buffer });
  return hex(join([1], new Uint8Array(sender.enc), new Uint8Array(await sender.seal(plain))));
}

const grant = {
  chainId: 31337,
  registry,
  contentId: hex(contentId),
  granter: alice.account,
  reader: bob.account,
};
const grantInfo = (g, key) =>
  join(
    L("grant"), [1], uint(g.chainId, 8), address(g.registry), Buffer.from(g.contentId, "hex"),
    address(g.granter), address(g.reader), sha256(key.xwing), keyCommit,
  ); // biome-ignore format: one line a field of the format
const ownerInfo = (owner, key) =>
  join(L("owner"), [1], contentId, address(owner), sha256(key.xwing), keyCommit);

const toBob = await envelope(grantInfo(grant, bob), bob, CK, "ekm bob");
const toAlice = await envelope(ownerInfo(alice.account, alice), alice, CK, "ekm alice");
const otherKey = await envelope(grantInfo(grant, bob), bob, draw("another content key", 32), "ekm other");
const stranger = `0x${hex(draw("stranger", 20))}`;
export const envelopeFile = file(
  "envelope",
  "Envelopes to a reader and to the owner (section 7).",
  "@hpke/core 1.9.0, @hpke/hybridkem-x-wing 0.7.0",
  {
    contentKey: hex(CK),
    keyCommit: hex(keyCommit),
    grants: [{ seed: hex(bob.seed), ...grant, info: hex(grantInfo(grant, bob)), envelope: toBob }],
    owners: [
      {
        seed: hex(alice.seed),
        contentId: hex(contentId),
        owner: alice.account,
        info: hex(ownerInfo(alice.account, alice)),
        envelope: toAlice,
      },
    ],
    refused: [
      { why: "another reader's key", seed: hex(alice.seed) },
      { why: "a rotated key", seed: hex(doctor("bob", 2).seed) },
      { why: "another chain", chainId: 1 },
      { why: "another registry", registry: stranger },
      { why: "another granter", granter: stranger },
      { why: "another reader", reader: stranger },
      { why: "another record", contentId: hex(draw("another content id", 32)) },
      { why: "another version of envelopes", envelope: `02${toBob.slice(2)}` },
      { why: "cut", envelope: toBob.slice(0, -2) },
      { why: "extended", envelope: `${toBob}00` },
      {
        why: "a bit of enc changed",
        envelope: `01${hex([address(`0x${toBob.slice(2, 4)}`)[0] ^ 1])}${toBob.slice(4)}`,
      },
      { why: "the owner's envelope", envelope: toAlice },
      { why: "a key that keyCommit does not name", envelope: otherKey },
    ],
  },
);
