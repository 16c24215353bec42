// Writes those vectors of vectors/ that come from other libraries: docs/format.md, written again with @noble,
// @hpke, @scure and WebCrypto, and nothing of pmr. Usage: node scripts/make_vectors.mjs [FOLDER]
import { writeFileSync } from "node:fs";
import { bodyFile, paddingFile } from "./vectors/body.mjs";
import { envelopeFile } from "./vectors/envelope.mjs";
import { contentKeyFile, headerFile } from "./vectors/header.mjs";
import { keysFile } from "./vectors/keys.mjs";
import { manifestFile } from "./vectors/manifest.mjs";
import { recoveryFile } from "./vectors/recovery.mjs";
import { signatureFile } from "./vectors/signature.mjs";
import { vaultFile } from "./vectors/vault.mjs";
import { xwingFile } from "./vectors/xwing.mjs";

const folder = process.argv[2] ?? "vectors";
const records = [headerFile, manifestFile, bodyFile, paddingFile, signatureFile];
for (const { name, text } of [
  xwingFile,
  keysFile,
  contentKeyFile,
  ...records,
  envelopeFile,
  vaultFile,
  recoveryFile,
]) {
  writeFileSync(`${folder}/${name}.json`, `${text}\n`);
}
