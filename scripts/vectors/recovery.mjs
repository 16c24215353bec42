// Recovery kits: section 8.
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english";
import { file, hex } from "./format.mjs";
import { alice, alice2, bob } from "./keys.mjs";

const seeds = { 1: hex(alice.seed), 2: hex(alice2.seed) };

const words = (key) => entropyToMnemonic(key.seed, wordlist);
const line = (key) => `key ${key.version}: ${words(key)}`;
const kit = `For people.\n\naccount ${alice.account}\n${line(alice)}\n${line(alice2)}\n`;
const wrong = words(alice).split(" ");
const lastWord = wordlist.find((w) => w !== wrong[23]);
export const recoveryFile = file("recovery", "Recovery kits (section 8).", "@scure/bip39", {
  cases: [
    { kit, account: alice.account, seeds },
    { kit: `\t${kit.replaceAll("\n", " \r\n").replace(": ", ":\t ")}`, account: alice.account, seeds },
    { kit: kit.replace(words(alice), words(alice).toUpperCase()), account: alice.account, seeds },
  ],
  refused: [
    {
      why: "a word that is not in the list",
      kit: kit.replace(words(alice), ["medicine", ...wrong.slice(1)].join(" ")),
    },
    { why: "a wrong checksum", kit: kit.replace(words(alice), [...wrong.slice(0, 23), lastWord].join(" ")) },
    {
      why: "two words exchanged",
      kit: kit.replace(words(alice), [wrong[1], wrong[0], ...wrong.slice(2)].join(" ")),
    },
    { why: "23 words", kit: kit.replace(words(alice), wrong.slice(1).join(" ")) },
    { why: "12 words", kit: kit.replace(words(alice), entropyToMnemonic(alice.seed.subarray(16), wordlist)) },
    { why: "no account", kit: kit.replace("account", "patient") },
    { why: "an account cut short", kit: kit.replace(alice.account, alice.account.slice(0, -1)) },
    {
      why: "an account with a wrong checksum",
      kit: kit.replace(alice.account, "0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045"),
    },
    { why: "two accounts", kit: `${kit}account ${bob.account}\n` },
    { why: "no keys", kit: `account ${alice.account}\n` },
    { why: "one version twice", kit: `${kit}${line(alice)}\n` },
    { why: "version 0", kit: `${kit}key 0: ${words(bob)}\n` },
    { why: "a version with a leading zero", kit: `${kit}key 03: ${words(bob)}\n` },
  ],
});
