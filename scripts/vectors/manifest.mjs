// The manifest: section 6.
import { bodyAad, leaves } from "./body.mjs";
import { canonical, draw, file, hex, join, noble, none, utf8 } from "./format.mjs";
import { bodyKey, header } from "./header.mjs";

const manifestMembers = {
  date: "2026-02-28",
  files: [
    { name: "images/ct 001.dcm", size: 3000000, type: "application/dicom" },
    { name: "Befund – تقرير.pdf", size: 0, type: "application/pdf" },
  ],
  notes: 'Line one\nand "two" with \\ and €, 😀 and \u2028\u007f',
  patient: "P-0001",
  title: "Computed tomography",
};
const manifest = canonical(manifestMembers);
const other = (changes) => canonical({ ...manifestMembers, ...changes });
const oneFile = (changes) => other({ files: [{ ...manifestMembers.files[0], ...changes }] });
const paths = (...list) => other({ files: list.map((name) => ({ name, size: 1, type: "text/plain" })) });
const badManifests = [
  ["no title", other({ title: "" })],
  ["a title of 1,025 bytes", other({ title: `${"é".repeat(512)}x` })],
  ["a patient of 257 bytes", other({ patient: "p".repeat(257) })],
  ["notes of 65,537 bytes", other({ notes: "n".repeat(65537) })],
  ["a day that does not exist", other({ date: "2026-02-29" })],
  ["a date in another form", other({ date: "20260228" })],
  ["no files", other({ files: [] })],
  ["an unknown member", other({ author: "" })],
  ["an unknown member of a file", oneFile({ digest: "" })],
  ["a missing member", other({ notes: undefined })],
  ["a size above 2^40", oneFile({ size: 2 ** 40 + 1 })],
  ["a size below 0", oneFile({ size: -1 })],
  ["a media type in upper case", oneFile({ type: "image/PNG" })],
  ["a media type with a parameter", oneFile({ type: "text/plain; charset=utf-8" })],
  ["a media type of 128 characters", oneFile({ type: `text/${"x".repeat(123)}` })],
  ["no name", paths("")],
  ["an absolute path", paths("/etc/passwd")],
  ["a parent folder", paths("a/../b")],
  ["the folder itself", paths("./a")],
  ["an empty part", paths("a//b")],
  ["a path that ends with a slash", paths("a/")],
  ["a backslash", paths("a\\b")],
  ["a line feed", paths("a\nb")],
  ["a C1 control character", paths("a\u0085b")],
  ["a part of 256 bytes", paths("x".repeat(256))],
  ["a path of 1,025 bytes", paths(`${"x".repeat(204)}/`.repeat(5))],
  ["two files of one name", paths("a", "a")],
  ["a file that is another's folder", paths("a/b", "a/b/c")],
  ["an unpaired surrogate", other({ title: "\ud800" })],
].map(([why, text]) => ({ why, manifest: text }));

const manifestPlain = new Uint8Array(4096);
manifestPlain.set(utf8(manifest));
const manifestHeader = join([40], draw("tink header manifest", 39));
const manifestAad = bodyAad(header, 2 ** 32 - 1);
const sealManifest = async (plain, aad = manifestAad) =>
  hex(join(...(await leaves(bodyKey, aad, manifestHeader, plain))));
export const manifestFile = file(
  "manifest",
  "The manifest, plain and sealed (section 6).",
  `WebCrypto, ${noble}`,
  {
    header,
    bodyKey: hex(bodyKey),
    cases: [{ members: manifestMembers, manifest, sealed: await sealManifest(manifestPlain) }],
    refused: badManifests,
    refusedSealed: [
      {
        why: "sealed for another header",
        sealed: await sealManifest(manifestPlain, bodyAad(`${header} `, 2 ** 32 - 1)),
      },
      { why: "sealed as file 0", sealed: await sealManifest(manifestPlain, bodyAad(header, 0)) },
      {
        why: "a page of padding too much",
        sealed: await sealManifest(join(manifestPlain, new Uint8Array(4096))),
      },
      { why: "not a multiple of 4,096", sealed: await sealManifest(manifestPlain.subarray(0, 4095)) },
      { why: "nothing", sealed: await sealManifest(none) },
      {
        why: "padding that is not zero",
        sealed: await sealManifest(join(manifestPlain.subarray(0, 4095), [1])),
      },
    ],
  },
);
