import { expect, test } from "vitest";
import {
  allows,
  formatRecordId,
  packRecordId,
  parseAddress,
  parseRecordId,
  unpackRecordId,
} from "#src/types";

const OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

test("parseRecordId, as people write it, survives packing", () => {
  const id = parseRecordId(`${OWNER.toLowerCase()}/281474976710655`);
  expect(unpackRecordId(packRecordId(id))).toEqual(id);
  expect(formatRecordId(id)).toBe(`${OWNER}/281474976710655`);
});

test.each([`${OWNER}/281474976710656`, `${OWNER}/01`, `${OWNER}/-1`, `${OWNER}`, "x/1"])(
  "parseRecordId, %s, is refused",
  (text) => {
    expect(() => parseRecordId(text)).toThrow("bad-record-id");
  },
);

test("parseAddress, one letter of another case, is refused", () => {
  expect(() => parseAddress(OWNER.replace("C8", "c8"))).toThrow("bad-address");
});

test.each([
  [{ expiresAt: 0, purpose: 1, live: true }, true],
  [{ expiresAt: 11, purpose: 1, live: true }, true],
  [{ expiresAt: 10, purpose: 1, live: true }, false],
  [{ expiresAt: 0, purpose: 1, live: false }, false],
])("allows, %o at 10, is %s", (grant, expected) => {
  expect(allows(grant, 10)).toBe(expected);
});
