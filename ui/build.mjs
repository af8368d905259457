// Bundles src/ into dist/ and refuses to grow: a resident's phone pays for every byte.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { constants, gzipSync } from "node:zlib";

const out = "dist";
// Bytes after minifying. The map files are islands, loaded only on pages with a map.
const budget = { "app.js": 60_000, "app.css": 48_000 };
const target = ["es2022", "chrome111", "firefox113", "safari16.4"];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const common = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning" };
await Promise.all([
  build({ ...common, entryPoints: ["src/app.ts"], outfile: `${out}/app.js`, format: "iife" }),
  build({ ...common, entryPoints: ["src/offline.ts"], outfile: `${out}/offline.js`, format: "iife" }),
  build({ ...common, entryPoints: ["src/sw.ts"], outfile: `${out}/sw.js`, format: "iife" }),
  build({ ...common, entryPoints: ["src/app.css"], outfile: `${out}/app.css` }),
  build({ ...common, entryPoints: ["src/map.ts"], outfile: `${out}/map.js`, format: "esm" }),
  build({ ...common, entryPoints: ["src/map.css"], outfile: `${out}/map.css`, loader: { ".svg": "dataurl" } }),
]);
await copyFile("node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs", `${out}/map-worker.js`);
await copyFile("src/icon.svg", `${out}/icon.svg`);
// Binary copies must carry the licences' own words.
const licences = ["src/licences.txt", "node_modules/htmx.org/LICENSE", "node_modules/maplibre-gl/LICENSE.txt"];
const words = await Promise.all(licences.map((file) => readFile(file, "utf8")));
await writeFile(`${out}/licences.txt`, words.join(`\n${"-".repeat(79)}\n\n`));

let tooLarge = false;
for (const name of (await readdir(out)).sort()) {
  const plain = await readFile(`${out}/${name}`);
  const packed = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  await writeFile(`${out}/${name}.gz`, packed);
  const limit = budget[name];
  const over = limit !== undefined && plain.length > limit;
  tooLarge ||= over;
  const note = limit === undefined ? "" : over ? `  over its budget of ${limit}` : `  of ${limit}`;
  console.log(`${name.padEnd(16)} ${String(plain.length).padStart(8)} bytes, ${String(packed.length).padStart(7)} packed${note}`);
}
if (tooLarge) process.exit(1);
