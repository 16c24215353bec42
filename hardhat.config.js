// Compiles the same bytecode as `pmr compile`, offline; runs a node: `npx hardhat node --hostname 127.0.0.1`.
// The settings are those of pmr/chain/compile.py; a test compares the bytecode.
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

export default {
  solidity: {
    profiles: { default: compiler, production: compiler },
    npmFilesToBuild: ["@openzeppelin/contracts/metatx/ERC2771Forwarder.sol"],
  },
};
