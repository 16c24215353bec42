// Bodies and padding: section 5.
import { draw, file, gcm, hex, hkdf, join, L, noble, sha256, uint, utf8 } from "./format.mjs";
import { bodyKey, header } from "./header.mjs";

export const bodyAad = (headerText, number) => join(L("body"), sha256(utf8(headerText)), uint(number, 4));

export async function leaves(key, aad, tinkHeader, plain) {
  const segmentKey = hkdf(key, tinkHeader.subarray(1, 33), aad);
  const sealed = [];
  for (let index = 0, at = 0; at < plain.length || index === 0; index++) {
    const end = Math.min(plain.length, at + 1048560 - (index ? 0 : 40));
    const nonce = join(tinkHeader.subarray(33), uint(index, 4), [end === plain.length ? 1 : 0]);
    const segment = await gcm(segmentKey, nonce, plain.subarray(at, end));
    sealed.push(index ? segment : join(tinkHeader, segment));
    at = end;
  }
  return sealed;
}

function padded(size) {
  if (size <= 4096) return 4096;
  const exponent = BigInt(size.toString(2).length - 1);
  const unit = 1n << (exponent - BigInt(exponent.toString(2).length));
  return Number(((BigInt(size) + unit - 1n) / unit) * unit);
}

async function bodyCase(number, size) {
  const tinkHeader = join([40], draw(`tink header ${number} ${size}`, 39));
  const plain = new Uint8Array(padded(size));
  plain.set(draw(`body ${size}`, size));
  const pieces = await leaves(bodyKey, bodyAad(header, number), tinkHeader, plain);
  const all = join(...pieces);
  const answer = {
    sealedSize: all.length,
    sha256: hex(sha256(all)),
    leaves: pieces.map((p) => hex(sha256(p))),
  };
  const content = { number, size, content: `chacha20:body ${size}`, tinkHeader: hex(tinkHeader) };
  return { ...content, paddedSize: plain.length, ...answer, ...(size === 1 && { ciphertext: hex(all) }) };
}

const sizes = [0, 1, 4095, 4096, 4097, 1048519, 1048520, 1048521, 2097080, 2097081, 3000000];
export const bodyFile = file(
  "body",
  "Files sealed and padded (section 5). `content` is the keystream of ChaCha20 (key = SHA-256 of what follows the colon, nonce 0, counter 0); ciphertexts are given by the digests of their leaves.",
  `WebCrypto, ${noble}`,
  {
    header,
    bodyKey: hex(bodyKey),
    cases: await Promise.all(sizes.map((size, number) => bodyCase(number, size))),
    refused: [[1, 0, 2], [0, 2, 1], [0, 1], [1, 2], [0, 1, 1, 2], [0, 1, 2, 2], [0, 0, 2], []].map(
      (order) => ({
        why: `of the three leaves of size 3000000: ${order.join(", ") || "none"}`,
        leaves: order,
      }),
    ),
  },
);

const padSizes = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100, 999, 1000, 1001, 4095, 4096, 4097, 5000, 65535, 65536, 65537,
];
const bigSizes = [
  1e6,
  2 ** 20 - 1,
  2 ** 20,
  2 ** 20 + 1,
  1e9,
  2 ** 32 - 1,
  2 ** 32 + 1,
  2 ** 39 + 1,
  2 ** 40 - 1,
  2 ** 40,
];
export const paddingFile = file(
  "padding",
  "Sizes and their padded sizes (section 5).",
  "BigInt arithmetic of JavaScript",
  {
    cases: [...padSizes, ...bigSizes].map((size) => ({ size, padded: padded(size) })),
    refused: [-1, 2 ** 40 + 1],
  },
);
