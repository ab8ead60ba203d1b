/** Lines over time, drawn by uPlot, with a legend of our own that reads the numbers out. */

/* global uPlot */

import { fill, h, write } from "./dom.js";
import { clockTime, roughly, short } from "./words.js";

/** How labels of the time axis are written, by the distance between them in seconds; the rest is uPlot's for "as ever". */
const TIMES = [[3600, "{HH}:{mm}"], [60, "{HH}:{mm}"], [1, "{HH}:{mm}:{ss}"]].map(([apart, written]) =>
  [apart, written, null, null, null, null, null, null, 1]);

/**
 * @typedef {{key: string, label: string, colour: string, area?: boolean}} Series `colour` names a custom property
 * @param {{name: string, series: Series[], group: string}} plan charts of one group share the pointer
 */
export function chart({ name, series, group }) {
  const legend = legendOf(name, series);
  const canvas = h("div", { class: "canvas", role: "img", "aria-label": `${name} over time` });
  const element = h("div", { class: "chart", "data-chart": name }, legend.element, canvas);
  let data = [[], ...series.map(() => [])];
  let plot = null;
  const read = () => legend.show(data, plot?.cursor.idx ?? null);
  const sizeOf = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  const draw = () => {
    plot?.destroy();
    plot = canvas.clientWidth ? new uPlot({ ...sizeOf(), ...look(element, series, group), hooks: { setCursor: [read] } }, data, canvas) : null;
  };
  const sized = new ResizeObserver(() => (plot ? plot.setSize(sizeOf()) : draw()));
  sized.observe(canvas);
  document.addEventListener("recolour", draw);
  return {
    element,
    /** @param {any[][]} next times, then one list for each series; null where nothing is known */
    show(next) {
      data = next;
      plot?.setData(data);
      read();
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

/** The names of the lines, with their numbers at the pointer, or else the newest. */
function legendOf(name, series) {
  const values = series.map(() => h("b", {}, "–"));
  const moment = h("span", { class: "moment" });
  const entries = series.map(({ colour, label }, index) =>
    h("span", { style: { "--colour": `var(${colour})` } }, h("i", {}), `${label} `, values[index]));
  const show = ([times, ...lines], pointed) => {
    const at = pointed ?? times.length - 1;
    for (const [index, value] of values.entries()) write(value, roughly(lines[index][at]));
    write(moment, pointed === null || !times[at] ? "" : clockTime(times[at]));
  };
  return { element: h("p", { class: "legend" }, h("b", { class: "chart-name" }, name), entries, moment), show };
}

function spoken(name, series, data) {
  const last = series.map(({ label }, index) => `${label} ${roughly(data[index + 1].at(-1))}`);
  return `${name} over the last hour. Now: ${last.join(", ")}.`;
}

/** Options of uPlot in the colours of the page as they are now. */
function look(element, series, group) {
  const colour = (property) => resolved(element, property);
  const { fontSize, fontFamily } = getComputedStyle(element);
  const font = `${parseFloat(fontSize) * 0.8}px ${fontFamily}`;
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
