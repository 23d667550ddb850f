// Bundles css/app.css and ts/app.ts into portal/static/dist/. Django's static files storage does the hashing of names.
// `node build.mjs --watch` builds again at every saved file.
import { rmSync } from "node:fs";
import * as esbuild from "esbuild";

const watching = process.argv.includes("--watch");
const options = {
  entryPoints: [
    { in: "ts/app.ts", out: "app" },
    { in: "ts/worker.ts", out: "worker" },
    { in: "css/app.css", out: "app" },
  ],
  outdir: "../portal/static/dist",
  bundle: true,
  minify: !watching,
  sourcemap: watching ? "linked" : false,
  format: "esm",
  target: ["chrome125", "edge125", "firefox125", "safari17.5"],
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  legalComments: "linked",
  logLevel: "info",
};

rmSync(options.outdir, { recursive: true, force: true });
if (watching) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
