/** Lines over time, drawn by uPlot, with a legend of our own that reads the numbers out. */

/* global uPlot */

import { fill, h, write } from "./dom.js";
import { clockTime, short } from "./words.js";

const HOURS = ["{HH}:{mm}"];
/** How labels of the time axis are written, by the distance between them in seconds. */
const TIMES = [[3600, ...HOURS, null, null, null, null, null, null, 1], [60, ...HOURS, null, null, null, null, null, null, 1], [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1]];

/**
 * @param {{name: string, series: {key: string, label: string, colour: string, area?: boolean}[], group: string}} plan
 * `colour` is the name of a custom property; charts of one group share the pointer
 */
export function chart({ name, series, group }) {
  const values = series.map(() => h("b", {}, "–"));
  const legend = h("p", { class: "legend" }, h("b", { class: "chart-name" }, name), series.map((one, index) =>
    h("span", { style: { "--colour": `var(${one.colour})` } }, h("i", {}), `${one.label} `, values[index])));
  const moment = h("span", { class: "moment" });
  legend.append(moment);
  const canvas = h("div", { class: "canvas", role: "img", "aria-label": `${name} over time` });
  const element = h("div", { class: "chart", "data-chart": name }, legend, canvas);
  let data = [[], ...series.map(() => [])];
  let plot = null;

  const read = (index) => {
    const at = index ?? data[0].length - 1;
    for (const [number, value] of values.entries()) write(value, short(data[number + 1][at] ?? null));
    write(moment, index === null || index === undefined || !data[0][at] ? "" : clockTime(data[0][at]));
  };

  const draw = () => {
    plot?.destroy();
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    if (!size.width) return;
    plot = new uPlot({ ...size, ...look(element, series, group), hooks: { setCursor: [(self) => read(self.cursor.idx)] } }, data, canvas);
  };

  const sized = new ResizeObserver(() => (plot ? plot.setSize({ width: canvas.clientWidth, height: canvas.clientHeight }) : draw()));
  sized.observe(canvas);
  document.addEventListener("recolour", draw);

  return {
    element,
    /** @param {any[][]} next times, then one list for each series; null where nothing is known */
    show(next) {
      data = next;
      if (plot) plot.setData(data);
      read(plot?.cursor.idx);
      canvas.setAttribute("aria-label", spoken(name, series, data));
    },
    close() {
      sized.disconnect();
      document.removeEventListener("recolour", draw);
      plot?.destroy();
      fill(canvas);
    },
  };
}

function spoken(name, series, data) {
  const last = series.map((one, index) => `${one.label} ${short(data[index + 1].at(-1) ?? null)}`);
  return `${name} over the last hour. Now: ${last.join(", ")}.`;
}

/** Options of uPlot in the colours of the page as they are now. */
function look(element, series, group) {
  const colour = (property) => resolved(element, property);
  const font = `${parseFloat(getComputedStyle(element).fontSize) * 0.8}px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: colour("--soft"), font, grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false } };
  return {
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { sync: { key: group }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.08)] } },
    axes: [
      { ...axis, grid: { show: false }, values: TIMES, space: 70, size: 24 },
      { ...axis, size: 44, space: 26, values: (_, splits) => splits.map((one) => (Number.isInteger(one) ? short(one) : "")) },
    ],
    series: [{}, ...series.map((one) => line(colour(one.colour), one.area))],
  };
}

function line(colour, area) {
  return { stroke: colour, width: 1.75, fill: area ? translucent(colour) : undefined, points: { show: false } };
}

/** What a custom property is as a colour here: canvas knows neither var() nor light-dark(). */
function resolved(element, property) {
  const probe = h("span", { style: { color: `var(${property})` } });
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function translucent(colour) {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.13)");
}
