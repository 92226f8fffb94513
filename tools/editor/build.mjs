// Bundles the editor's parts into static/vendor/codemirror and says what VENDOR.md has to say of them.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const folder = new URL("../../static/vendor/codemirror/", import.meta.url).pathname;
const file = `${folder}codemirror.min.js`;
const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url)));

const { metafile } = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["parts.mjs"],
  outfile: file,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  metafile: true,
});

const packages = [...new Set(Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]).filter(Boolean))].sort();
const licences = packages.map((name) => `# ${name}\n\n${readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8").trim()}\n`);
writeFileSync(`${folder}LICENSES.md`, licences.join("\n"));

const bundle = readFileSync(file);
console.log(packages.map((name) => `${name} ${lock.packages[`node_modules/${name}`].version}`).join(", "));
console.log(`sha256 ${createHash("sha256").update(bundle).digest("hex")}`);
console.log(`${bundle.length} bytes, ${brotliCompressSync(bundle).length} by brotli`);
