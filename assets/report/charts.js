// Charts of the page by Observable Plot. Colours are safe for readers who do not tell red from green, in both schemes.
import {areaY, axisY, barX, dot, lineY, link, plot, pointer, pointerY, ruleX, ruleY, text, tip} from "@observablehq/plot";

const COLOURS = ["#7b5ea7", "#2b9c8d", "#c07f2c", "#4a86c5", "#b9567f"];
const CLIMATE = "#4a9bd1";
const PEOPLE = "#d88c12";
const GREY = "#8a9692";
const PARTS = {climate: CLIMATE, people: PEOPLE};
const style = {fontSize: "12px", background: "none", color: "inherit"};
const hint = {fill: "var(--bg)", stroke: "var(--line)"};

const short = (x) => (x == null ? "–" : Number(x.toPrecision(4)).toString().replace("-", "\u2212"));
const span = (rows, of) => Math.max(0, ...rows.map((row) => of(row)?.length ?? 0));
const left = (rows, of) => Math.min(170, 16 + 6.6 * span(rows, of));
const wrapped = (name) => (name.length > 24 ? name.slice(0, 23) + "…" : name);

// Charts beside each other, on paper so many in a row.
const row = (columns) => {
  const holder = document.createElement("div");
  holder.className = "row";
  holder.style.setProperty("--n", columns);
  return holder;
};

// Labels at the ends of lines, moved apart where they would lie on each other.
const apart = (ends, height, range) => {
  const scale = height / (range[1] - range[0] || 1);
  const sorted = [...ends].sort((a, b) => b.m - a.m);
  let before = -Infinity;
  return sorted.map((end) => {
    const y = (range[1] - end.m) * scale;
    const placed = Math.max(y, before + 14);
    before = placed;
    return {...end, shift: placed - y};
  });
};

const series = ({unit, points, trends}, width) => {
  const names = [...new Set(points.map((p) => p.v))];
  const years = [...new Set(points.map((p) => p.y))];
  const mid = (years[0] + years.at(-1)) / 2;
  const colour = {domain: names, range: COLOURS};
  const bands = trends.flatMap((t) => {
    const valid = points.filter((p) => p.v === t.v && p.m != null).map((p) => p.y);
    const centre = valid.reduce((a, b) => a + b, 0) / valid.length || mid;
    const spread = valid.reduce((a, y) => a + (y - centre) ** 2, 0);
    // Half the width of the interval of the slope is t se; the line's is t s √(1/n + (y − ȳ)²/Σ).
    const reach = t.high == null ? 0 : ((t.high - t.low) / 2) * Math.sqrt(spread);
    return [years[0], ...years.slice(1)].map((y) => {
      const line = t.mean + t.slope * (y - centre);
      const half = reach * Math.sqrt(1 / valid.length + (y - centre) ** 2 / spread);
      return {v: t.v, y, line, low: line - half, high: line + half};
    });
  });
  const last = names.map((v) => points.filter((p) => p.v === v && p.m != null).at(-1)).filter(Boolean);
  const height = Math.min(380, 180 + width / 4);
  const all = points.map((p) => p.m).filter((m) => m != null);
  const labels = apart(last, height - 60, [Math.min(...all), Math.max(...all)]);
  return plot({
    ariaLabel: "Mean of the region by year, with linear trends",
    width, height, marginLeft: 52, marginRight: 54, marginTop: 28, style,
    x: {tickFormat: "d", label: null, ticks: Math.min(years.length, Math.floor(width / 60))},
    y: {label: unit, grid: true, nice: true, ticks: 6, tickSize: 0},
    color: colour,
    marks: [
      areaY(bands, {x: "y", y1: "low", y2: "high", fill: "v", fillOpacity: 0.16}),
      lineY(bands, {x: "y", y: "line", stroke: "v", strokeDasharray: "5,4"}),
      lineY(points, {x: "y", y: "m", stroke: "v", strokeWidth: 1.9}),
      dot(points, {x: "y", y: "m", fill: "v", r: 2.6}),
      ...labels.map((label) => text([label], {x: "y", y: "m", text: "v", fill: "v", dx: 8, dy: label.shift, textAnchor: "start", fontWeight: 600})),
      tip(points.filter((p) => p.m != null), pointer({x: "y", y: "m", title: (p) => `${p.v} ${p.y}: ${short(p.m)} ${unit}`, ...hint})),
    ],
  });
};

const stages = ({unit, stages, phase, years}, width) => {
  const named = stages.map((s) => ({...s, name: s.first == null ? s.stage : `${s.stage} ${s.first}–${s.last}`}));
  const order = named.map((s) => s.name);
  const rows = [...named];
  if (phase?.inside != null) {
    const name = `fastest ${phase.first}–${phase.last}`;
    order.push(name);
    rows.push({name, slope: phase.inside, isPhase: true});
  }
  return plot({
    ariaLabel: "Trend inside each stage with its interval, and of the fastest phase",
    width, height: 60 + 34 * order.length, marginLeft: left(order, (n) => n), marginBottom: 38, style,
    x: {label: unit, grid: true, nice: true, labelAnchor: "center", labelArrow: "none"},
    y: {label: null, domain: order, tickSize: 0},
    marks: [
      ruleX([0], {stroke: "currentColor"}),
      ruleY(rows.filter((r) => r.low != null), {x1: "low", x2: "high", y: "name", stroke: COLOURS[0], strokeWidth: 2}),
      dot(rows, {x: "slope", y: "name", fill: (r) => (r.isPhase ? "var(--bg)" : COLOURS[0]), stroke: COLOURS[0], strokeWidth: 2, r: 4.5}),
      tip(rows, pointerY({x: "slope", y: "name", title: (r) => `${r.name}: ${short(r.slope)}${r.low == null ? "" : ` (${short(r.low)} to ${short(r.high)})`}`, ...hint})),
    ],
  });
};

const attribution = ({unit, bars}, width) => {
  const ways = [...new Set(bars.map((b) => b.s))];
  const zones = [...new Set(bars.map((b) => b.zone))];
  const each = width > 640 ? Math.floor(width / ways.length) : width;
  const ends = bars.map((b) => b.v ?? 0);
  const isRegion = (b) => b.zone === "whole region";
  const holder = row(ways.length);
  for (const s of ways) {
    const parts = bars.filter((b) => b.s === s && (b.part === "climate" || b.part === "people"));
    const drivers = bars.filter((b) => b.s === s && isRegion(b) && !(b.part in PARTS));
    const rows = [...parts.map((b) => ({...b, row: b.zone})), ...drivers.map((b) => ({...b, row: `· ${b.part}`}))];
    const order = ["whole region", ...drivers.map((b) => `· ${b.part}`), ...zones.filter((z) => z !== "whole region")];
    const totals = order.map((row) => ({row, v: parts.filter((b) => b.zone === row).reduce((a, b) => a + (b.v ?? 0), 0)})).filter((t) => zones.includes(t.row));
    holder.append(plot({
      ariaLabel: `Trend by climate and people, ${s}`,
      width: each, height: 84 + 24 * order.length, marginLeft: left(order, (n) => wrapped(n)), marginTop: 34, marginBottom: 40, style,
      x: {label: unit, grid: true, domain: [Math.min(0, ...ends), Math.max(0, ...ends, ...totals.map((t) => t.v))], nice: true, labelAnchor: "center", labelArrow: "none", ticks: Math.floor(each / 90)},
      y: {label: null, domain: order, tickFormat: wrapped, tickSize: 0},
      color: {domain: ["climate", "people"], range: [CLIMATE, PEOPLE]},
      marks: [
        barX(rows, {x: "v", y: "row", fill: (b) => PARTS[b.part] ?? GREY, insetTop: 3, insetBottom: 3}),
        ruleX([0], {stroke: "currentColor"}),
        dot(totals, {x: "v", y: "row", symbol: "diamond", fill: "currentColor", r: 4}),
        text([s], {text: (d) => `by ${d}`, frameAnchor: "top-left", dy: -24, fontWeight: 600, fontSize: 13}),
        tip(rows, pointer({x: "v", y: "row", title: (b) => `${b.row}, ${b.part}: ${short(b.v)}`, ...hint})),
      ],
    }));
  }
  return [legend([["climate", CLIMATE], ["people", PEOPLE], ["one driver", GREY]], "◆ both together: the trend"), holder];
};

const legend = (items, end) => {
  const line = document.createElement("p");
  line.className = "note";
  for (const [name, colour] of items) {
    const swatch = document.createElement("span");
    swatch.style.cssText = `display:inline-block;width:12px;height:12px;margin:0 5px 0 0;vertical-align:-1px;background:${colour}`;
    const item = document.createElement("span");
    item.style.cssText = "white-space:nowrap;margin-right:14px";
    item.append(swatch, name);
    line.append(item, " ");
  }
  if (end) line.append(end);
  return line;
};

const ranking = ({rows, unit}, width) => {
  const order = [...new Set(rows.map((r) => r.zone))];
  const ways = [...new Set(rows.map((r) => r.how))];
  const shifted = rows.map((r) => ({...r, at: order.indexOf(r.zone) + (ways.length > 1 ? (r.how === "matched" ? -0.14 : 0.14) : 0)}));
  const colour = {matched: COLOURS[0], plain: GREY};
  return [
    legend(ways.map((how) => [how, colour[how]])),
    plot({
      ariaLabel: "Effect of each measure with its interval, plain and matched",
      width, height: 60 + 36 * order.length, marginLeft: left(order, (n) => wrapped(n)), marginBottom: 36, style,
      x: {label: unit ? `effect, ${unit}` : "effect", grid: true, nice: true, labelAnchor: "center", labelArrow: "none"},
      y: {domain: [-0.6, order.length - 0.4], reverse: true, axis: null},
      marks: [
        axisY(order.map((_, i) => i), {tickFormat: (i) => wrapped(order[i]), label: null, tickSize: 0}),
        ruleX([0], {stroke: "currentColor"}),
        link(shifted.filter((r) => r.low != null), {x1: "low", x2: "high", y1: "at", y2: "at", stroke: (r) => colour[r.how], strokeWidth: 2.4}),
        dot(shifted, {x: "effect", y: "at", fill: (r) => colour[r.how], r: 4}),
        tip(shifted, pointer({x: "effect", y: "at", title: (r) => `${r.zone}, ${r.how}: ${short(r.effect)} (${short(r.low)} to ${short(r.high)})`, ...hint})),
      ],
    }),
  ];
};

const events = ({rows}, width) => {
  const x = rows.every((r) => r.year == null) ? "since" : "year";
  const valid = rows.filter((r) => r[x] != null);
  const zones = [...new Set(valid.map((r) => r.zone))];
  const columns = Math.max(1, Math.min(4, Math.floor(width / 230)));
  const each = Math.floor(width / columns);
  const ends = valid.flatMap((r) => [r.low ?? r.effect, r.high ?? r.effect, 0]);
  const domain = [Math.min(...ends), Math.max(...ends)];
  const holder = row(4);
  for (const zone of zones) {
    const own = valid.filter((r) => r.zone === zone);
    holder.append(plot({
      ariaLabel: `Effect of ${zone} by year`,
      width: each, height: 170, marginLeft: 40, marginRight: 14, marginTop: 30, style,
      x: {label: null, tickFormat: "d", ticks: 4},
      y: {domain, nice: true, label: null, grid: true, ticks: 5},
      marks: [
        areaY(own, {x, y1: "low", y2: "high", fill: COLOURS[0], fillOpacity: 0.2}),
        ruleY([0], {stroke: "currentColor"}),
        x === "since" ? ruleX([-0.5], {strokeDasharray: "3,3", stroke: "currentColor"}) : null,
        lineY(own, {x, y: "effect", stroke: COLOURS[0], strokeWidth: 2}),
        text([zone], {text: (d) => wrapped(d), frameAnchor: "top-left", dy: -22, fontWeight: 600}),
        tip(own, pointer({x, y: "effect", title: (r) => `${r[x]}: ${short(r.effect)}`, ...hint})),
      ],
    }));
  }
  return holder;
};

const sites = ({pairs}, width) => {
  const names = [...new Set(pairs.map((p) => p.v))];
  const all = pairs.flatMap((p) => [p.x, p.y]);
  const domain = [Math.min(...all), Math.max(...all)];
  return [
    legend(names.map((name, i) => [name, COLOURS[i % COLOURS.length]])),
    plot({
      ariaLabel: "Modelled against measured",
      width, height: Math.min(width, 380), marginLeft: 52, marginBottom: 40, marginTop: 26, style,
      x: {label: "measured", domain, nice: true, grid: true, labelAnchor: "center", labelArrow: "none", ticks: 6},
      y: {label: "modelled", domain, nice: true, grid: true, labelArrow: "none"},
      marks: [
        link([domain], {x1: (d) => d[0], y1: (d) => d[0], x2: (d) => d[1], y2: (d) => d[1], stroke: "currentColor", strokeDasharray: "4,4"}),
        dot(pairs, {x: "x", y: "y", stroke: (p) => COLOURS[names.indexOf(p.v) % COLOURS.length], strokeOpacity: 0.7, r: 2.6}),
        tip(pairs, pointer({x: "x", y: "y", title: (p) => `${p.v}: measured ${short(p.x)}, modelled ${short(p.y)}`, ...hint})),
      ],
    }),
  ];
};

const calibration = ({rows}, width) => {
  const none = rows.filter((r) => r.slope === 0 || r.slope == null);
  const noises = [...new Set(none.map((r) => r.noise))];
  const several = new Set(none.map((r) => r.v)).size > 1;
  const name = (r) => (several ? `${r.v}: ${r.test}` : r.test);
  const tests = [...new Set(none.map(name))];
  const level = none[0]?.alpha ?? 0.05;
  // Kinds of noise beside each other, with two standard errors to both sides.
  const shifted = none.map((r) => ({...r, at: tests.indexOf(name(r)) + 0.26 * (noises.indexOf(r.noise) - (noises.length - 1) / 2)}));
  const colour = (r) => COLOURS[noises.indexOf(r.noise) % COLOURS.length];
  return [
    legend(noises.map((noise, i) => [noise, COLOURS[i % COLOURS.length]])),
    plot({
      ariaLabel: "Rate of false alarms of each test",
      width, height: 74 + 26 * tests.length, marginLeft: left(tests, wrapped) + 6, marginRight: 26, marginTop: 26, marginBottom: 36, style,
      x: {label: "rate of false alarms", grid: true, zero: true, nice: true, labelAnchor: "center", labelArrow: "none", ticks: Math.floor(width / 90)},
      y: {domain: [-0.6, tests.length - 0.4], reverse: true, axis: null},
      marks: [
        axisY(tests.map((_, i) => i), {tickFormat: (i) => wrapped(tests[i]), label: null, tickSize: 0}),
        ruleX([level], {stroke: "currentColor", strokeDasharray: "4,4"}),
        text([level], {x: (d) => d, text: (d) => `level ${d}`, frameAnchor: "top", dy: -14}),
        link(shifted.filter((r) => r.se != null), {x1: (r) => Math.max(0, r.rate - 2 * r.se), x2: (r) => r.rate + 2 * r.se, y1: "at", y2: "at", stroke: colour, strokeWidth: 2}),
        dot(shifted, {x: "rate", y: "at", fill: colour, r: 3.6}),
        tip(shifted, pointer({x: "rate", y: "at", title: (r) => `${r.v} ${r.test}, ${r.noise}: ${short(r.rate)}`, ...hint})),
      ],
    }),
  ];
};

// A drawing is one image to a screen reader: its numbers are in the table below it.
const asImages = (place) => {
  for (const chart of place.querySelectorAll("svg")) {
    chart.setAttribute("role", "img");
    for (const part of chart.querySelectorAll("[aria-label],[aria-description]")) {
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    }
  }
};

const DRAWN = {series, stages, attribution, ranking, events, sites, calibration};

export const drawCharts = (charts) => {
  for (const [id, data] of Object.entries(charts)) {
    const figure = document.getElementById(`chart_${id}`);
    const place = figure?.querySelector(".plot");
    if (!place) continue;
    const width = Math.max(260, Math.floor(place.getBoundingClientRect().width));
    place.replaceChildren(...[DRAWN[id](data, width)].flat());
    asImages(place);
    if (!figure.dataset.drawn) figure.querySelector("details").open = false;
    figure.dataset.drawn = "1";
  }
};
