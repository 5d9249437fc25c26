// Compiles the shader of every kernel as the browser does (Tint in Chromium, beside naga in wgpu): a second reader of the same text,
// and a stricter one. The folder of the texts is the only argument; see `make test-page`.
import assert from "node:assert/strict";
import {readdirSync, readFileSync} from "node:fs";
import {createServer} from "node:http";
import {join} from "node:path";
import {chromium} from "playwright-core";

const folder = process.argv[2];
const texts = readdirSync(folder)
  .filter((name) => name.endsWith(".wgsl"))
  .map((name) => [name, readFileSync(join(folder, name), "utf8")]);
assert.ok(texts.length > 40, `${texts.length} shaders in ${folder}`);

// WebGPU is there for secure pages alone, and a page of this machine is one.
const server = createServer((_, answer) => answer.end("<!doctype html><title>shaders</title>"));
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
});

const compile = async (texts) => {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return ["the browser has no WebGPU adapter"];
  const device = await adapter.requestDevice();
  const faults = [];
  for (const [name, text] of texts) {
    device.pushErrorScope("validation");
    const code = device.createShaderModule({code: text});
    const {messages} = await code.getCompilationInfo();
    const errors = messages.filter((message) => message.type === "error");
    faults.push(...errors.map((error) => `${name}:${error.lineNum}: ${error.message}`));
    if (errors.length === 0) {
      await device
        .createComputePipelineAsync({layout: "auto", compute: {module: code}})
        .catch((error) => faults.push(`${name}: ${error.message}`));
    }
    await device.popErrorScope();
  }
  return faults;
};

try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const faults = await page.evaluate(compile, texts);
  assert.deepEqual(faults, []);
  // A text with a mistake must be found, or nothing was compiled.
  const found = await page.evaluate(compile, [["wrong.wgsl", "@compute @workgroup_size(64) fn main() { let x: u32 = 1.5; }"]]);
  assert.equal(found.length, 1, found.join("\n"));
  console.log(`${texts.length} shaders compile in Chromium ${browser.version()}`);
} finally {
  await browser.close();
  server.close();
}
