/** The nodes of a workflow over time: one bar for each, so that the eye finds what took long. */

import { now } from "./clock.js";
import { h, keep, write } from "./dom.js";
import { kindOf, mark } from "./marks.js";
import { clockTime, span } from "./words.js";

/** What each row's label shows. */
const seen = new WeakMap();

/** Give the chart's element, and how to bring it up to date. */
export function gantt() {
  const rows = h("ol", { class: "nodes", "data-list": "timeline", tabindex: 0, "aria-label": "Steps, the first to start first" });
  const from = h("span");
  const to = h("span");
  const element = h("div", { class: "gantt" }, rows, h("p", { class: "scale", "aria-hidden": "true" }, from, to));
  return { element, show: (timeline) => show(rows, from, to, timeline) };
}

function show(rows, from, to, timeline) {
  const begin = Math.min(...timeline.map(({ started }) => started ?? Infinity));
  const end = Math.max(...timeline.map(({ finished }) => finished ?? now()), begin + 1);
  const known = Number.isFinite(begin);
  write(from, known ? clockTime(begin) : "");
  write(to, known ? `${clockTime(end)} · ${span(end - begin)}` : "");
  const keyed = timeline.map((node, index) => ({ ...node, key: `${index} ${node.name}` }));
  keep(rows, keyed, ({ key }) => key, row, (element, node) => update(element, node, begin, end));
}

function row() {
  const name = h("span", { class: "node" });
  const stripe = h("span", { class: "stripe" });
  return h("li", {}, name, h("span", { class: "track" }, stripe), h("span", { class: "took" }));
}

function update(element, node, begin, end) {
  const { name, type, phase, started, finished, message } = node;
  const [label, track, took] = element.children;
  const shown = `${phase} ${name}`;
  if (seen.get(element) !== shown) {
    seen.set(element, shown);
    label.replaceChildren(mark(phase), h("span", { class: "node-name" }, name), h("span", { class: "quiet" }, type));
  }
  element.title = [`${name} · ${type} · ${phase}`, message].filter(Boolean).join("\n");
  const stripe = track.firstElementChild;
  stripe.dataset.phase = kindOf(phase);
  stripe.hidden = started === null;
  if (started === null) return write(took, "–");
  const until = finished ?? end;
  const whole = end - begin;
  stripe.style.setProperty("--from", `${(100 * (started - begin)) / whole}%`);
  stripe.style.setProperty("--long", `${Math.max(0.4, (100 * (until - started)) / whole)}%`);
  write(took, span((finished ?? now()) - started));
}
