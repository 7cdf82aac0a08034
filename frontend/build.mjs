// Builds static/dist: every entry of scripts/ and styles/ as one file with its content's hash in the name,
// the decoder's WebAssembly beside them, a gzip twin of each, and manifest.json: name → name with hash.
// Beside them fonts/: the open fonts (SIL OFL) that printed documents embed.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "..", "static", "dist");
const fresh = `${target}.new`;

/** The phones that WeChat still runs on: ES2018, and CSS without nesting. */
const BROWSERS = ["es2018", "chrome80", "safari13"];
/** Style sheets that pages link to; the others are parts of these. */
const STYLES = ["app.css", "print.css", "wall.css"];
/** Served under a fixed address by the application, because its scope is that address. */
const WORKER = "service-worker.js";

/** What documents are written in: Chinese, its headings, and the rarer characters of names. Not served to anybody. */
const FONTS = {
  "regular.ttf": "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
  "bold.ttf": "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
  "rare.ttf": "noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf",
};

const manifest = {};

/** Store one built file under its hashed name, with a gzip twin where that saves anything. */
async function keep(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  const file = `${stem}.${hash}${ext}`;
  await writeFile(path.join(fresh, file), content);
  const packed = gzipSync(content, { level: 9 });
  if (packed.length < content.length * 0.95) await writeFile(path.join(fresh, `${file}.gz`), packed);
  manifest[name] = file;
}

async function bundle(entry, options = {}) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    format: "esm",
    target: BROWSERS,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** barcode-detector brings the zxing-wasm it was made for; any other copy may not match its script. */
async function decoderBinary() {
  const own = createRequire(path.join(here, "..", "node_modules", "barcode-detector", "package.json"));
  return readFile(own.resolve("zxing-wasm/reader/zxing_reader.wasm"));
}

async function copyFonts() {
  const fonts = path.join(here, "..", "fonts");
  await mkdir(fonts, { recursive: true });
  for (const [name, source] of Object.entries(FONTS)) {
    const file = path.join(fonts, name);
    await copyFile(path.join(here, "..", "node_modules", "@expo-google-fonts", source), `${file}.new`);
    await rename(`${file}.new`, file);
  }
}

await copyFonts();
await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
for (const style of STYLES) await keep(style, await bundle(path.join(here, "styles", style)));
const scripts = (await readdir(path.join(here, "scripts"))).filter((name) => name.endsWith(".js")).sort();
for (const script of scripts.filter((name) => name !== WORKER)) {
  await keep(script, await bundle(path.join(here, "scripts", script)));
}
await keep("zxing_reader.wasm", await decoderBinary());
if (scripts.includes(WORKER)) {
  // The worker knows the names of the files it keeps, so it changes whenever one of them does.
  const define = { BUILT_FILES: JSON.stringify(manifest) };
  await keep(WORKER, await bundle(path.join(here, "scripts", WORKER), { define, format: "iife" }));
}
await writeFile(path.join(fresh, "manifest.json"), JSON.stringify(manifest, null, 1));
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
