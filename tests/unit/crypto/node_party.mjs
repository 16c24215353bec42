// The other party of test_node_party.py: opens envelopes with @hpke, and X-Wing with @noble.
// Reads {secret, info, envelope} as JSON and writes {hpke, noble}: the content key that each of them finds.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");
const join = (...parts) => Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));

async function withHpke(secret, info, enc, ct) {
  const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const recipientKey = await suite.kem.importKey("raw", secret.buffer, false);
  const context = await suite.createRecipientContext({ recipientKey, enc, info });
  return hex(new Uint8Array(await context.open(ct)));
}

// RFC 9180, section 5.1, base mode, written out over noble's KEM and hash.
async function withNoble(secret, info, enc, ct) {
  const suiteId = join(Buffer.from("HPKE"), [0x64, 0x7a, 0x00, 0x01, 0x00, 0x02]);
  const labeled = (name, ikm) => join(Buffer.from("HPKE-v1"), suiteId, Buffer.from(name), ikm);
  const shared = xwing.decapsulate(enc, secret);
  const id = extract(sha256, labeled("psk_id_hash", []), new Uint8Array(0));
  const infoHash = extract(sha256, labeled("info_hash", info), new Uint8Array(0));
  const schedule = join([0], id, infoHash);
  const prk = extract(sha256, labeled("secret", []), shared);
  const derive = (name, length) => expand(sha256, prk, join([0, length], labeled(name, schedule)), length);
  const key = await crypto.subtle.importKey("raw", derive("key", 32), "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: derive("base_nonce", 12) };
  return hex(new Uint8Array(await crypto.subtle.decrypt(how, key, ct)));
}

const input = JSON.parse(readFileSync(0, "utf8"));
const [secret, info, envelope] = [input.secret, input.info, input.envelope].map(bytes);
const parts = [secret, info, envelope.slice(1, 1121), envelope.slice(1121)];
console.log(JSON.stringify({ hpke: await withHpke(...parts), noble: await withNoble(...parts) }));
