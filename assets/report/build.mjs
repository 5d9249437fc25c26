// Builds the script of the page and the licence texts of what it contains: `node build.mjs [FOLDER]`.
import {readFileSync, readdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {fileURLToPath} from "node:url";
import {build} from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

const folder = process.argv[2] ?? join(here, "..");
const options = {
  absWorkingDir: here,
  entryPoints: ["app.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  write: false,
  metafile: true,
  logLevel: "error",
};
const made = await build(options);
const used = Object.values(made.metafile.outputs).flatMap(({inputs}) =>
  Object.entries(inputs).filter(([, {bytesInOutput}]) => bytesInOutput > 0).map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]),
);
const packages = [...new Set(used)].filter(Boolean).sort();
const known = packages.map((name) => {
  const path = join(here, "node_modules", name);
  const {version, license} = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const file = readdirSync(path).find((entry) => /^licen[sc]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence text`);
  const text = readFileSync(join(path, file), "utf8").trim();
  const holders = [...new Set(text.match(/^.*copyright \(?[c0-9].*$/gim) ?? [])].map((line) => line.trim());
  return {name, version, license, text, holders};
});
// The notices travel in every page; the texts of the licences are beside the bundle.
const notices = known.map(({name, version, license, holders}) => `${name} ${version} (${license}) ${holders.join(" ")}`.trim());
const permission =
  "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies. " +
  'THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE.';
const banner = `/*! Contains\n${notices.join("\n")}\n${permission}\n*/\n`;
writeFileSync(join(folder, "report.js"), banner + made.outputFiles[0].text);
const texts = known.map(({name, version, license, text}) => `${name} ${version} (${license})\n\n${text}\n`);
writeFileSync(join(folder, "report.js.LICENSES.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
