// X-Wing itself: the test vectors of its draft, and HPKE keys of this suite.
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";
import { file, hex } from "./format.mjs";

// draft-connolly-cfrg-xwing-kem-08, appendix C: sk, eseed and ss of the first two vectors. The draft's pk and ct
// are 2,336 bytes a vector; those here are noble's, and ss is a digest over what they hold.
const draft = [
  {
    sk: "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
    eseed:
      "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2" +
      "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
    ss: "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
  },
  {
    sk: "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
    eseed:
      "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdef" +
      "aee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
    ss: "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
  },
];

function answer({ sk, eseed, ss }) {
  const { publicKey } = xwing.keygen(Uint8Array.from(Buffer.from(sk, "hex")));
  const sealed = xwing.encapsulate(publicKey, Uint8Array.from(Buffer.from(eseed, "hex")));
  if (hex(sealed.sharedSecret) !== ss) throw new Error(`not the draft's shared secret for ${sk}`);
  return { sk, pk: hex(publicKey), eseed, ct: hex(sealed.cipherText), ss };
}

export const xwingFile = file(
  "x-wing",
  "X-Wing keys, encapsulations and shared secrets.",
  "draft-connolly-cfrg-xwing-kem-08, appendix C, as OpenJDK's tests have it; @noble/post-quantum 0.7.1",
  { cases: draft.map(answer) },
);
