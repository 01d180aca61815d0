import { defaultClientConditions, defineConfig, type Plugin } from "vite";
import { pages } from "./src/routes/pages.ts";

/** A page for each address of the app, so that a server gives each of them without knowing them. */
function pageForEachAddress(): Plugin {
  return {
    name: "page-for-each-address",
    enforce: "post",
    generateBundle(_options, bundle) {
      const index = bundle["index.html"];
      if (index?.type !== "asset") throw new Error("The build made no index.html.");
      for (const { path } of pages) {
        if (path === "/") continue;
        this.emitFile({ type: "asset", fileName: `${path.slice(1)}.html`, source: index.source });
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ["@hawser/source", ...defaultClientConditions] },
  plugins: [pageForEachAddress()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Inlined files would be `data:` addresses, which the page's policy does not allow for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.txt" },
    reportCompressedSize: false,
  },
});
