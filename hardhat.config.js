// Compiles the same bytecode as `pmr compile`, offline; runs a node: `npx hardhat node --hostname 127.0.0.1`;
// runs the tests that forge runs. The settings are those of pmr/chain/compile.py; a test compares the bytecode.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const compiler = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: {
    evmVersion: "london",
    viaIR: true,
    optimizer: { enabled: true, runs: 200_000 },
    metadata: { bytecodeHash: "none", appendCBOR: false },
  },
};

// Tests compile in a fifth of the time without the optimizer. They deploy the bytecode that is shipped.
const TESTS = "tests/solidity";
const { evmVersion, metadata } = compiler.settings;
const plain = { ...compiler, settings: { evmVersion, metadata } };
const overrides = Object.fromEntries(
  ["", "/base", "/invariants"]
    .filter((folder) => existsSync(TESTS + folder))
    .flatMap((folder) =>
      readdirSync(TESTS + folder)
        .filter((name) => name.endsWith(".sol"))
        .map((name) => [`${TESTS}${folder}/${name}`, plain]),
    ),
);
const profile = { compilers: [compiler], overrides };

export default {
  solidity: {
    profiles: { default: profile, production: profile },
    npmFilesToBuild: ["@openzeppelin/contracts/metatx/ERC2771Forwarder.sol"],
  },
  paths: { tests: { solidity: TESTS } },
  test: {
    solidity: {
      fuzz: { runs: 64, seed: "0x1" },
      invariant: { runs: 4, depth: 20, failOnRevert: true },
    },
  },
};
