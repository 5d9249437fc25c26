// Values of maps under pointer, finger and arrow keys, with the series of the cell.

const inflate = async (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

// Differences of 16-bit numbers, low bytes first, as src/report/image.rs writes them.
const numbers = (bytes, [low, high]) => {
  const n = bytes.length / 2;
  const values = new Float64Array(n);
  let code = 0;
  for (let i = 0; i < n; i++) {
    code = (code + bytes[i] + 256 * bytes[n + i]) & 65535;
    values[i] = code === 65535 ? NaN : low + (code / 65534) * (high - low);
  }
  return values;
};

const words = (value, decimals, unit) =>
  Number.isNaN(value)
    ? "no value"
    : `${value.toFixed(decimals).replace("-", "\u2212")}${unit ? " " + unit : ""}`;

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

const place = (grid, col, row) => {
  const [x0, dx, , y0, , dy] = grid.transform;
  const at = (i, n) => Math.min((i + 0.5) * grid.block, n);
  const [x, y] = [x0 + at(col, grid.size[0]) * dx, y0 + at(row, grid.size[1]) * dy];
  if (!grid.geographic) return `x ${x.toFixed(0)}, y ${y.toFixed(0)}`;
  const lon = ((((x + 180) % 360) + 360) % 360) - 180;
  const digits = Math.abs(dx) < 0.01 ? 4 : 2;
  return `${Math.abs(lon).toFixed(digits)}° ${lon < 0 ? "W" : "E"}, ${Math.abs(y).toFixed(digits)}° ${y < 0 ? "S" : "N"}`;
};

const sparkline = (values, first) => {
  const [width, height] = [132, 44];
  const chart = svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true"});
  const valid = [...values].filter((v) => !Number.isNaN(v));
  if (valid.length < 2) return chart;
  const [low, high] = [Math.min(...valid), Math.max(...valid)];
  const x = (i) => 3 + (i / (values.length - 1)) * (width - 6);
  const y = (v) => height - 14 - ((v - low) / (high - low || 1)) * (height - 20);
  let path = "";
  let pen = "M";
  for (const [i, v] of values.entries()) {
    if (Number.isNaN(v)) {
      pen = "M";
      continue;
    }
    path += `${pen}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    pen = "L";
  }
  chart.append(svg("path", {d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.6}));
  for (const [i, anchor] of [[0, "start"], [values.length - 1, "end"]]) {
    const text = svg("text", {x: x(i), y: height - 2, "text-anchor": anchor, "font-size": 10, fill: "currentColor"});
    text.textContent = first + i;
    chart.append(text);
  }
  return chart;
};

const seriesOf = async (data) => {
  if (!data.series) return () => null;
  const of = data.series;
  const values = numbers(await inflate(of.data), of.range);
  const n = of.width * of.height;
  return (col, row) => {
    const scale = data.grid.block / of.block;
    const [c, r] = [Math.min(of.width - 1, Math.floor((col + 0.5) * scale)), Math.min(of.height - 1, Math.floor((row + 0.5) * scale))];
    const cell = Float64Array.from({length: of.years}, (_, year) => values[year * n + r * of.width + c]);
    return {name: of.name, unit: of.unit, decimals: of.decimals, first: of.first, block: of.block, values: cell};
  };
};

const seriesWords = (series) => {
  const valid = [...series.values].filter((v) => !Number.isNaN(v));
  if (valid.length === 0) return "";
  const ends = [Math.min(...valid), Math.max(...valid)].map((v) => words(v, series.decimals, ""));
  const block = series.block > 1 ? `, mean of ${series.block} × ${series.block} pixels` : "";
  return `${series.name.toUpperCase()} by year: ${ends[0]} to ${ends[1]} ${series.unit}, ${valid.length} years${block}`;
};

// One map: its crosshair, its line of values, its keys.
const live = (map, values, size, data, series) => {
  const figure = document.getElementById(map.id);
  const view = figure.querySelector(".cv");
  const [width, height] = size;
  view.classList.add("live");
  view.tabIndex = 0;
  view.setAttribute("role", "application");
  view.setAttribute("aria-label", `${map.title}: arrow keys read values`);
  const read = document.createElement("div");
  read.className = "read";
  const output = document.createElement("output");
  output.textContent = "Point, touch, or use the arrow keys to read values.";
  const line = document.createElement("span");
  read.append(output, line);
  figure.querySelector(".frame").after(read);
  const over = figure.querySelector(".over");
  const cross = [svg("path", {class: "cross dark"}), svg("path", {class: "cross"})];
  const cursor = [width >> 1, height >> 1];
  const labels = new Map(map.labels ?? []);
  const text = (i) =>
    map.kind === "class" ? labels.get(values[i]) ?? "no value" : words(values[i], map.decimals, map.unit);
  const show = (col, row) => {
    cursor[0] = col;
    cursor[1] = row;
    const found = series(col, row);
    const lines = [text(row * width + col), place(data.grid, col, row), found ? seriesWords(found) : ""];
    const strong = document.createElement("b");
    strong.textContent = lines[0];
    output.replaceChildren(strong, ` at ${lines[1]}`);
    if (lines[2]) output.append(document.createElement("br"), lines[2]);
    line.replaceChildren(...(found ? [sparkline(found.values, found.first)] : []));
    const [x, y] = [col + 0.5, row + 0.5];
    const arm = Math.max(width, height) / 40 + 0.5;
    const d = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
    for (const path of cross) path.setAttribute("d", d);
    if (!cross[0].isConnected) over.append(...cross);
  };
  const at = (event) => {
    const box = view.getBoundingClientRect();
    const cell = (part, n) => Math.max(0, Math.min(n - 1, Math.floor(part * n)));
    show(cell((event.clientX - box.left) / box.width, width), cell((event.clientY - box.top) / box.height, height));
  };
  view.addEventListener("pointermove", at);
  view.addEventListener("pointerdown", at);
  view.addEventListener("focus", () => show(...cursor));
  view.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!step) return;
    event.preventDefault();
    const by = event.shiftKey ? 10 : 1;
    const moved = (i, n) => Math.max(0, Math.min(n - 1, cursor[i] + by * step[i]));
    show(moved(0, width), moved(1, height));
  });
};

// Which outlines of zones are drawn.
const outlines = (sets) => {
  if (sets.length === 0) return;
  const tools = document.createElement("label");
  tools.className = "tools";
  const select = document.createElement("select");
  for (const [i, set] of [...sets.entries(), [-1, "none"]]) {
    const option = document.createElement("option");
    option.value = i;
    option.textContent = set;
    select.append(option);
  }
  select.addEventListener("change", () => {
    for (const use of document.querySelectorAll(".outline"))
      use.setAttribute("href", select.value < 0 ? "#" : `#outline${select.value}`);
  });
  tools.append("Outlines of zones", select);
  document.querySelector("#maps .intro")?.after(tools);
};

export const showMaps = async (data) => {
  outlines(data.outlines);
  const {size, block} = data.grid;
  const cells = size.map((n) => Math.ceil(n / block));
  const series = await seriesOf(data);
  for (const map of data.maps) {
    const bytes = await inflate(map.data);
    live(map, map.kind === "class" ? bytes : numbers(bytes, map.range), cells, data, series);
  }
};
