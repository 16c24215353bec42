// Labels, the content key and the header: sections 1, 3 and 4.
import { canonical, draw, file, hex, hkdf, L, noble } from "./format.mjs";
import { alice, digest, good } from "./keys.mjs";

export const contentId = draw("content id", 32);
export const CK = draw("content key", 32);
export const keyCommit = hkdf(CK, contentId, L("commit"));
export const bodyKey = hkdf(CK, contentId, L("body"));
const names = [
  "x-wing",
  "ed25519",
  "journal",
  "bundle",
  "record",
  "commit",
  "body",
  "grant",
  "owner",
  "vault",
];

export const contentKeyFile = file(
  "content-key",
  "Labels, and what is derived from a content key (sections 1 and 4).",
  noble,
  {
    labels: Object.fromEntries(names.map((name) => [name, hex(L(name))])),
    cases: [
      { contentKey: hex(CK), contentId: hex(contentId), keyCommit: hex(keyCommit), bodyKey: hex(bodyKey) },
    ],
  },
);

const headerMembers = {
  author: alice.account,
  authorKey: digest(good),
  contentId: hex(contentId),
  files: 2,
  format: "pmr/1",
  keyCommit: hex(keyCommit),
  suite: 1,
};
export const header = canonical(headerMembers);
const changed = (changes) => canonical({ ...headerMembers, ...changes });
const badHeaders = [
  ["no files", changed({ files: 0 })],
  ["4,097 files", changed({ files: 4097 })],
  ["a number of files that is not whole", changed({ files: 1.5 })],
  ["a number as text", changed({ files: "2" })],
  ["another format", changed({ format: "pmr/2" })],
  ["another suite", changed({ suite: 2 })],
  ["an unknown member", changed({ extra: 1 })],
  ["a missing member", changed({ suite: undefined })],
  ["a null member", changed({ author: null })],
  [
    "an address with its checksum's capitals",
    changed({ author: alice.account.toUpperCase().replace("X", "x") }),
  ],
  ["an address without 0x", changed({ author: alice.account.slice(2) })],
  ["a short digest", changed({ keyCommit: headerMembers.keyCommit.slice(2) })],
  ["a line feed after a digest", changed({ keyCommit: `${headerMembers.keyCommit}\n` })],
  ["a space", header.replace(":", ": ")],
  ["a line feed at the end", `${header}\n`],
  ["a number in another form", header.replace('"suite":1', '"suite":1.0')],
  ["an escape that is not needed", header.replace("pmr/1", "pmr\\/1")],
  ["an array", "[]"],
  ["nothing", ""],
].map(([why, text]) => ({ why, header: text }));

export const headerFile = file(
  "header",
  "The public header (section 3).",
  "canonical JSON of JavaScript's own JSON",
  {
    cases: [{ members: headerMembers, header, sha256: digest(header) }],
    refused: badHeaders,
  },
);
