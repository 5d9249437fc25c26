// Opens the pages of the sample and of odd studies in Chromium, as a reader does: at several widths, in both colour schemes,
// by pointer and by keyboard, without script, and on paper.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import {chromium} from "playwright-core";
import {raster} from "./tiff.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

const root = resolve(here, "../..");
const program = process.env.DOLINE ?? join(root, "target/debug/doline");
const sample = join(root, "data-samples/guangxi");
const folder = mkdtempSync(join(tmpdir(), "doline-page-"));
const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");

const WIDTHS = [360, 390, 768, 1280];
const inputs = {
  npp: `files = "${sample}/npp/npp_{year}.tif"\nvalid_range = [-30000, 32700]\nscale = 0.0001\nunits = "kgC m-2 yr-1"`,
  temperature: `files = "${sample}/climate/temperature.tif"`,
  precipitation: `files = "${sample}/climate/precipitation.tif"`,
  radiation: `files = "${sample}/climate/radiation.tif"`,
  soc: `files = "${sample}/soil/soc.tif"`,
};

const study = (title, names, more = "") =>
  `[study]\nname = ${JSON.stringify(title)}\nyears = [2001, 2020]\n` +
  names.map((name) => `[inputs.${name}]\n${inputs[name]}\n`).join("") +
  more;

const STUDIES = {
  sample: null,
  "without drivers": study("NPP alone", ["npp"]),
  "without NPP": study("respiration", ["temperature", "precipitation", "soc"]),
  "one pixel": study("one pixel", Object.keys(inputs), "[grid]\nbounds = [106.3, 24.3, 106.3475, 24.3475]\nresolution = [0.0475, 0.0475]\n"),
  markup: study(
    "<script>document.title='stolen'</script>",
    Object.keys(inputs),
    `[zones.rock]\nfile = "${sample}/zones/karst.tif"\nlabels = { 1 = "<img src=x onerror=alert(1)><script>alert(1)</script>" }\n`,
  ),
};

const make = (name) => {
  const dir = join(folder, name.replaceAll(" ", "_"));
  let file = join(sample, "study.toml");
  if (STUDIES[name]) {
    file = `${dir}.toml`;
    writeFileSync(file, STUDIES[name]);
  }
  const options = ["--device", "cpu", "--set", "output.compress=none", "--out", dir, "-q"];
  execFileSync(program, ["run", file, ...options], {cwd: root, stdio: ["ignore", "ignore", "inherit"]});
  return dir;
};

let browser;

// A page with everything recorded that it must not do.
const open = async (dir, options = {}) => {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  const address = pathToFileURL(join(dir, "report.html")).href;
  const wrong = [];
  page.on("console", (message) => wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.route("**", (route) => {
    const url = route.request().url();
    if (url === address || url.startsWith("data:")) return route.continue();
    wrong.push(`request: ${url}`);
    return route.abort();
  });
  await page.goto(address);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("body[data-ready]");
  return {page, context, wrong};
};

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

const drawn = async (page, name) => {
  const images = await page.$$eval(".cv img", (all) =>
    all.map((image) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0);
      const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3]) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
      return {alt: image.alt, width: image.naturalWidth, shown: image.getBoundingClientRect().width, colours: colours.size};
    }),
  );
  assert.ok(images.length > 0, `${name}: no map`);
  for (const image of images) {
    assert.ok(image.width > 0 && image.shown > 40, `${name}: ${image.alt}: not shown`);
    if (name === "sample") assert.ok(image.colours > 1, `${image.alt}: one colour`);
    assert.ok(image.alt.startsWith("Map: "), `${name}: ${image.alt}`);
  }
  const charts = await page.$$eval(".chart", (all) =>
    all.map((chart) => ({id: chart.id, marks: chart.querySelectorAll(".plot svg path, .plot svg circle, .plot svg rect, .plot svg line").length})),
  );
  for (const chart of charts) assert.ok(chart.marks > 2, `${name}: ${chart.id} is not drawn`);
  return {maps: images.length, charts: charts.length};
};

// The number of a line of values, in the page's own digits.
const number = (text) => Number(text.replace("\u2212", "-").split(" ")[0]);

const values = async (page, dir) => {
  const data = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).maps);
  let compared = 0;
  for (const map of data) {
    const file = await page.$eval(`#${map.id} figcaption code`, (code) => code.textContent);
    const truth = raster(join(dir, file));
    const view = page.locator(`#${map.id} .cv`);
    await view.scrollIntoViewIfNeeded();
    const box = await view.boundingBox();
    for (const [x, y] of [[0.1, 0.2], [0.5, 0.5], [0.83, 0.35], [0.62, 0.9]]) {
      const [col, row] = [Math.floor(x * truth.width), Math.floor(y * truth.height)];
      await page.mouse.move(box.x + ((col + 0.5) / truth.width) * box.width, box.y + ((row + 0.5) / truth.height) * box.height);
      const shown = await page.textContent(`#${map.id} output b`);
      const value = truth.at(col, row);
      if (map.kind === "class") {
        const label = new Map(map.labels).get(value) ?? "no value";
        assert.equal(shown, label, `${file} at ${col}, ${row}`);
      } else if (Number.isNaN(value)) {
        assert.equal(shown, "no value", `${file} at ${col}, ${row}`);
      } else {
        // Half a step of 65,534 and half a unit of the last digit.
        const allowed = (map.range[1] - map.range[0]) / 131068 + 0.5 * 10 ** -map.decimals + 1e-9;
        assert.ok(Math.abs(number(shown) - value) <= allowed, `${file} at ${col}, ${row}: ${shown} where the raster has ${value}`);
      }
      compared++;
    }
  }
  return compared;
};

const keyboard = async (page, name) => {
  const wanted = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility();
    const all = [...document.querySelectorAll(".cv, button, summary, select, .scroll")].filter(seen);
    all.forEach((element, i) => (element.dataset.stop = i));
    return all.length;
  });
  const reached = new Set();
  await page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < wanted + 5; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.dataset.stop ?? "none"));
  }
  reached.delete("none");
  assert.equal(reached.size, wanted, `${name}: the keyboard reaches ${reached.size} of ${wanted}`);
  const view = page.locator(".cv").first();
  await view.focus();
  const first = page.locator(".map output").first();
  const before = await first.textContent();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowUp");
  const after = await first.textContent();
  assert.match(before, / at /);
  if (name === "sample") assert.notEqual(before, after, "arrow keys move");
  return wanted;
};

const accessible = async (page, name) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, {resultTypes: ["violations"]}));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const words = serious.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(words, [], `${name}: axe-core`);
};

const tables = async (page) => {
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  const table = page.locator("#chart_series table").first();
  const column = async () => table.locator("tbody tr td:nth-child(2)").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.v)));
  const button = table.locator("thead th:nth-child(2) button");
  await button.click();
  const rising = await column();
  assert.deepEqual(rising, [...rising].sort((a, b) => a - b), "sorted");
  await button.click();
  assert.deepEqual(await column(), rising.reverse(), "the other way round");
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = false)));
};

const check = async (name) => {
  const dir = make(name);
  const said = [];
  for (const colorScheme of ["light", "dark"]) {
    const {page, context, wrong} = await open(dir, {colorScheme});
    const {maps, charts} = await drawn(page, name);
    for (const width of WIDTHS) {
      await page.setViewportSize({width, height: 900});
      await page.waitForTimeout(250);
      assert.equal(await overflow(page), 0, `${name}: wider than ${width}`);
    }
    await accessible(page, `${name}, ${colorScheme}`);
    if (colorScheme === "light") {
      const compared = await values(page, dir);
      if (name === "sample") await tables(page);
      const stops = await keyboard(page, name);
      const pdf = await page.pdf({format: "A4", printBackground: true});
      const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g).length;
      assert.ok(sheets <= 6, `${name}: ${sheets} sheets of paper`);
      said.push(`${maps} maps, ${charts} charts, ${compared} values, ${stops} stops of the keyboard, ${sheets} sheets`);
    }
    assert.deepEqual(wrong, [], name);
    await context.close();
  }
  const {page, context, wrong} = await open(dir, {javaScriptEnabled: false, viewport: {width: 390, height: 844}});
  assert.ok(await page.locator(".cv img").first().isVisible(), `${name}: no map without script`);
  for (const details of await page.locator(".chart details").all()) assert.ok(await details.locator("table").first().isVisible(), `${name}: no table without script`);
  assert.deepEqual(wrong, [], `${name} without script`);
  await context.close();
  console.log(`${name}: ${said.join("; ")}`);
};

try {
  browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"]});
  for (const name of Object.keys(STUDIES)) await check(name);
} finally {
  await browser?.close();
  rmSync(folder, {recursive: true, force: true});
}
