// Makes the npm package `solc` answer what py-solc-x and forge ask a native compiler:
// `--version`, and `--standard-json` with optional `--base-path` and `--include-path`.
// The package's own `solcjs` prints a banner that neither can read.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const options = process.argv.slice(2);

function values(name) {
  return options.flatMap((option, i) => (option === name ? [options[i + 1]] : []));
}

function readImport(folders) {
  return (path) => {
    for (const folder of folders) {
      try {
        return { contents: readFileSync(join(folder, path), "utf8") };
      } catch (error) {
        if (error.code !== "ENOENT") return { error: String(error) };
      }
    }
    return { error: `${path} is in none of: ${folders.join(", ")}` };
  };
}

function write(text) {
  // Pipes may take a part only; process.stdout could lose the rest at exit.
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function main() {
  if (!options.includes("--version") && !options.includes("--standard-json")) {
    process.stderr.write("tools/solc knows --version and --standard-json only.\n");
    return 1;
  }
  const solc = createRequire(import.meta.url)("solc");
  if (options.includes("--version")) {
    write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
    return 0;
  }
  const folders = [...values("--base-path"), ...values("--include-path")];
  write(solc.compile(readFileSync(0, "utf8"), { import: readImport(folders) }));
  return 0;
}

process.exitCode = main();
