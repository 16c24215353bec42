import { expect, test } from "vitest";
import { checkText } from "#src/client/signin";

const ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const SITE = new URL("https://pmr.example/");

function text(change: (text: string) => string = (same) => same): string {
  return change(
    `pmr.example wants you to sign in with your Ethereum account:\n${ALICE}\n\nSign in.\n\n` +
      "URI: https://pmr.example\nVersion: 1\nChain ID: 5\nNonce: 0123456789abcdef\n" +
      "Issued At: 2026-11-21T00:00:00Z\nExpiration Time: 2026-11-21T00:05:00Z",
  );
}

test("checkText, the server's own text, is good", () => {
  expect(() => checkText(text(), SITE, ALICE, 5)).not.toThrow();
});

test.each([
  ["another domain", (t: string) => t.replace("pmr.example wants", "bank.example wants")],
  ["another URI", (t: string) => t.replace("https://pmr.example", "https://bank.example")],
  ["another scheme", (t: string) => t.replace("https://pmr.example", "http://pmr.example")],
  ["another account", (t: string) => t.replace(ALICE, BOB)],
  ["another chain", (t: string) => t.replace("ID: 5", "ID: 1")],
  ["resources", (t: string) => `${t}\nResources:\n- https://bank.example`],
  ["two statements", (t: string) => t.replace("Sign in.", "Sign in.\nPay.")],
  ["an order to pay", () => "Pay 100 to Eve"],
])("checkText, a text with %s, is refused", (_, change) => {
  expect(() => checkText(text(change), SITE, ALICE, 5)).toThrow("sign-in-failed");
});
