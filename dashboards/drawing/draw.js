/** Draws the panels of one dashboard from the data in the page; global: uPlot. */
const PALETTE = ["#3d7cc9", "#e0a030", "#3f9c5a", "#d64545", "#7a63b8", "#3aa6a0", "#c2627e", "#8a8f98", "#94a83a", "#5f6caf", "#b0764a", "#4d8f6f"];
const ROWS_SHOWN = 9;

const SCALES = {
  bytes: [[1, "B"], [2 ** 10, "KiB"], [2 ** 20, "MiB"], [2 ** 30, "GiB"], [2 ** 40, "TiB"]],
  s: [[1e-6, "µs"], [1e-3, "ms"], [1, "s"], [60, "min"], [3600, "h"], [86400, "d"]],
  plain: [[1, ""], [1e3, " K"], [1e6, " M"]],
};

function scaled(value, steps) {
  const size = Math.abs(value);
  const [by, word] = [...steps].reverse().find(([least]) => size >= least) ?? steps[value === 0 ? steps.findIndex(([least]) => least === 1) : 0];
  return `${trimmed(value / by)}${word && word.trim() === word ? " " : ""}${word}`;
}

function trimmed(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function written(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  switch (unit) {
    case "percentunit": return `${trimmed(value * 100)}%`;
    case "bytes": return scaled(value, SCALES.bytes);
    case "Bps": return `${scaled(value, SCALES.bytes)}/s`;
    case "s": return scaled(value, SCALES.s);
    case "dateTimeAsIso": return new Date(value).toISOString().slice(0, 19).replace("T", " ");
    case "bool_yes_no": return value ? "yes" : "no";
    case "cps": case "reqps": case "wps": return Math.abs(value) < 1 && value ? `${trimmed(value * 1000)}m/s` : `${trimmed(value)}/s`;
    default: return Math.abs(value) < 0.01 && value ? value.toExponential(1) : Math.abs(value) < 1000 ? trimmed(value) : scaled(value, SCALES.plain);
  }
}

/** Of what is counted, whole things. */
function whole(value, unit) {
  return unit === "short" ? Math.round(value) : value;
}

function h(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function stepColour(value, steps) {
  return steps.reduce((colour, step) => (step.value === null || step.value === undefined || value >= step.value ? step.color : colour), "#3d7cc9");
}

function last(points) {
  return points.length ? points[points.length - 1][1] : null;
}

/** Times are looked up in whole milliseconds: that is how Prometheus answers. */
function millis(seconds) {
  return Math.round(seconds * 1000);
}

function at(points) {
  return new Map(points.map(([time, value]) => [millis(time), value]));
}

function colourOf(panel, name, index) {
  return panel.colours[name] ?? PALETTE[index % PALETTE.length];
}

function nothing(panel) {
  return h("p", { className: "none" }, panel.nothing);
}

function stat(panel) {
  const value = panel.series.length ? last(panel.series[0].points) : null;
  if (value === null) return h("div", { className: "number words" }, panel.nothing);
  const named = panel.names[String(value)];
  const box = h("div", { className: "number" }, named?.text ?? written(panel.decimals === 0 ? Math.round(value) : value, panel.unit));
  const colour = named?.color ?? stepColour(value, panel.steps);
  if (panel.options.colorMode === "background") {
    box.classList.add("filled");
    box.style.background = colour;
  } else box.style.color = colour;
  return box;
}

function ranking(panel) {
  const bars = panel.series.map(({ name, points }) => [name, last(points)]).sort((one, other) => other[1] - one[1]).slice(0, ROWS_SHOWN);
  if (!bars.length) return nothing(panel);
  const most = Math.max(...bars.map(([, value]) => value));
  return h("div", { className: "ranking" }, ...bars.flatMap(([name, value]) => {
    const bar = h("u");
    Object.assign(bar.style, { width: `${(100 * value) / most}%`, background: stepColour(value, panel.steps) });
    return [h("span", {}, name), h("div", {}, bar), h("b", {}, written(value, panel.unit))];
  }));
}

function table(panel) {
  if (!panel.rows.length) return nothing(panel);
  const cell = (value, index) => (typeof value === "number"
    ? h("td", { className: "figure" }, written(whole(value, panel.units[panel.columns[index]]), panel.units[panel.columns[index]]))
    : h("td", {}, value ?? ""));
  return h("table", {},
    h("thead", {}, h("tr", {}, ...panel.columns.map((title) => h("th", {}, title)))),
    h("tbody", {}, ...panel.rows.slice(0, ROWS_SHOWN).map((row) => h("tr", {}, ...row.map(cell)))));
}

function bands(panel) {
  if (!panel.series.length) return nothing(panel);
  return h("div", { className: "bands" }, ...panel.series.flatMap(({ name, points }) => {
    const band = h("div");
    for (const [, value] of points) {
      const piece = h("i");
      Object.assign(piece.style, { flex: "1", background: panel.names[String(value)]?.color ?? stepColour(value, panel.steps) });
      band.append(piece);
    }
    return [h("span", {}, name), band];
  }));
}

/** Buckets are cumulative: each is shown without the ones below. */
function heat(panel, width, height) {
  const bound = (name) => (name === "+Inf" ? Infinity : Number(name));
  const rows = [...panel.series].sort((one, other) => bound(one.name) - bound(other.name));
  if (!rows.length) return nothing(panel);
  const times = panel.times.map(millis);
  const values = rows.map(({ points }) => at(points));
  const cells = times.map((time) => values.map((row, index) => Math.max(0, (row.get(time) ?? 0) - (index ? values[index - 1].get(time) ?? 0 : 0))));
  const most = Math.max(...cells.flat(), 1e-9);
  const canvas = h("canvas", { className: "heat", width: width * 2, height: height * 2 });
  const paint = canvas.getContext("2d");
  paint.scale(2, 2);
  const [left, bottom] = [54, 16];
  const [wide, high] = [(width - left) / times.length, (height - bottom) / rows.length];
  cells.forEach((column, x) => column.forEach((value, y) => {
    if (!value) return;
    paint.fillStyle = `rgba(30, 84, 150, ${0.12 + 0.88 * Math.sqrt(value / most)})`;
    paint.fillRect(left + x * wide, (rows.length - 1 - y) * high, Math.max(wide - 0.5, 1), high - 1);
  }));
  paint.fillStyle = "#667079";
  paint.font = "10px system-ui, sans-serif";
  paint.textAlign = "right";
  rows.forEach(({ name }, y) => paint.fillText(name === "+Inf" ? "more" : written(bound(name), panel.unit), left - 5, (rows.length - 0.5 - y) * high + 3));
  paint.textAlign = "center";
  for (const part of [0.1, 0.5, 0.9]) {
    paint.fillText(clock(panel.span[0] + part * (panel.span[1] - panel.span[0])), left + part * (width - left), height - 4);
  }
  return canvas;
}

function clock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

/** Points of all series at the same times; of bars and stacks each is drawn on top of those before. */
function graph(panel, width, height) {
  const shown = panel.series.slice(0, 24);
  if (!shown.length) return [nothing(panel)];
  const stacked = panel.custom.stacking?.mode === "normal";
  const { times } = panel;
  const lines = shown.map(({ points }) => { const known = at(points); return times.map((time) => known.get(millis(time)) ?? null); });
  const drawn = stacked ? piled(lines) : lines;
  const legendWidth = width * 0.31;
  const box = h("div", { className: "plot" });
  const bars = panel.custom.drawStyle === "bars";
  const order = stacked ? [...drawn.keys()].reverse() : [...drawn.keys()];
  const series = order.map((index) => {
    const colour = colourOf(panel, shown[index].name, index);
    return {
      stroke: colour, width: bars ? 0 : 1.5, points: { show: false },
      fill: stacked ? `${colour}${bars ? "ff" : "b0"}` : undefined,
      paths: bars ? uPlot.paths.bars({ size: [0.9, 40], gap: 0 }) : uPlot.paths.linear(),
    };
  });
  const axis = { stroke: "#667079", font: "10px system-ui, sans-serif", grid: { stroke: "#edf0f2", width: 1 }, ticks: { show: false } };
  new uPlot({
    width: width - legendWidth - 8, height, legend: { show: false }, cursor: { show: false }, padding: [6, 6, 0, 0],
    scales: { x: { range: () => panel.span }, y: { range: (_, __, most) => [0, panel.custom.most ?? ((most ?? 0) * 1.08 || 1)] } },
    axes: [
      { ...axis, size: 20, space: 60, values: (_, splits) => splits.map(clock) },
      { ...axis, size: 56, space: 24, values: (_, splits) => splits.map((value) => written(value, panel.unit) || "0") },
    ],
    series: [{}, ...series],
  }, [times, ...order.map((index) => drawn[index])], box);
  return [box, legend(panel, shown, lines)];
}

function piled(lines) {
  const sums = lines[0].map(() => 0);
  const there = sums.map((_, index) => lines.some((line) => line[index] !== null));
  return lines.map((line) => line.map((value, index) => (there[index] ? (sums[index] += value ?? 0) : null)));
}

function legend(panel, shown, lines) {
  const known = lines.map((line) => line.filter((value) => value !== null));
  const entries = shown.map(({ name }, index) => {
    const mark = h("i");
    mark.style.background = colourOf(panel, name, index);
    return [known[index].at(-1) ?? 0, h("div", {}, mark, h("span", {}, name), h("b", {}, written(known[index].at(-1), panel.unit)))];
  });
  if (!Object.keys(panel.colours).length) entries.sort((one, other) => other[0] - one[0]);
  return h("div", { className: "legend" }, ...entries.map(([, entry]) => entry));
}

const DRAWN = { stat, bargauge: ranking, table, "state-timeline": bands, heatmap: heat, timeseries: graph };

function draw(panels) {
  const main = document.querySelector("main");
  for (const panel of panels) {
    const [x, y, width, height] = panel.place;
    const body = h("div", { className: "body" });
    const section = h("section", { className: panel.kind }, h("h2", {}, panel.title), body);
    Object.assign(section.style, { gridColumn: `${x + 1} / span ${width}`, gridRow: `${y + 1} / span ${height}` });
    main.append(section);
    if (panel.kind !== "row") body.append(...[DRAWN[panel.kind](panel, body.clientWidth, body.clientHeight)].flat());
  }
  main.dataset.drawn = "";
}

draw(JSON.parse(document.getElementById("panels").textContent));
