// What a page of a run gains by script: drawn charts, values under the pointer, tables that sort and copy.
import {drawCharts} from "./charts.js";
import {showMaps} from "./maps.js";
import {helpTables} from "./tables.js";

const data = JSON.parse(document.getElementById("data").textContent);
helpTables();
let width = 0;
// Charts have the width of their place; a phone that is turned gets new ones.
const draw = () => {
  if (innerWidth === width) return;
  width = innerWidth;
  drawCharts(data.charts);
};
draw();
let wait;
addEventListener("resize", () => {
  clearTimeout(wait);
  wait = setTimeout(draw, 150);
});
showMaps(data).then(() => {
  document.body.dataset.ready = "1";
});
