// Builds the page into the Python package, which serves it: `npx vite build frontend`.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path("."),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The ABIs that Python uses too: one source.
  resolve: { alias: { "#artifacts": path("../pmr/chain/artifacts"), "#src": path("src") } },
  worker: { format: "es" },
  build: {
    outDir: path("../pmr/web/static"),
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page allows no inline script and no data: URL but images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: {
    root: path(".."),
    include: ["tests/page/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 60_000,
  },
});
