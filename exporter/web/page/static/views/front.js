/** The overview: all at one glance, for a screen on a wall. */

import { chart } from "../chart.js";
import { total } from "../cluster.js";
import { drawing, fill, h, keep, write } from "../dom.js";
import { Listing } from "../listing.js";
import { PHASES, REASONS, bar, kindOf, parts, sentence } from "../marks.js";
import { address } from "../router.js";
import { CAUSE, ENDED, MARKED_NAME, NAME, NAME_AND_REASON, PROGRESS, RAN, WAITED, rowKey } from "../rows.js";
import { bytes, clockTime, count, fullTime, percent, rate, short } from "../words.js";
import { showCards } from "./informers.js";
import { FAILED, NAMESPACE, RUNNING, SHARES, WAITING, namespaceKey } from "./namespaces.js";

const INFORMER_FACTS = [
  ["Events", (one) => rate(one.events_per_second)],
  ["Objects", (one) => count(one.objects)],
  ["Cache", (one) => bytes(one.cache_bytes)],
];

/** The view. */
export function front() {
  const lists = frontLists();
  const panels = [phasePanel(), throughputPanel(), waitPanel(lists.waiting), informerPanel()];
  const [phases, throughput, waits, informers] = panels;
  const element = h("section", { class: "front" }, h("h1", { class: "hidden", tabindex: -1 }, "Overview"),
    phases.element, throughput.element, waits.element,
    panel("namespaces", "Namespaces", lists.namespaces.element),
    panel("running", "Longest running", lists.running.element),
    panel("failures", "Recent failures", lists.failures.element),
    informers.element);
  return {
    title: "Overview",
    element,
    tick({ known }) {
      if (!known) return;
      for (const one of panels) one.show(known);
      for (const one of Object.values(lists)) one.tick();
    },
    close() {
      throughput.close();
      for (const one of Object.values(lists)) one.close();
    },
  };
}

/** A part of the overview; its heading leads to the view that tells more. */
function panel(name, heading, ...rest) {
  return h("section", { class: "panel", "data-panel": name, "aria-labelledby": `heading-${name}` },
    h("h2", { id: `heading-${name}` }, name === "throughput" ? heading : h("a", { href: address(name) }, heading, drawing("more"))), rest);
}

function frontLists() {
  const { many, few } = rows();
  const brief = (plan) => new Listing({ brief: true, limit: many, ...plan, stamp: plan.path });
  return {
    namespaces: brief({ name: "front-namespaces", caption: "The largest namespaces", path: "namespaces", parameters: { sort: "total" },
      columns: [NAMESPACE, SHARES, WAITING, RUNNING, FAILED], keyOf: namespaceKey, empty: "There are no workflows yet." }),
    waiting: brief({ name: "front-waiting", caption: "The longest waits", path: "waiting", limit: few, columns: [{ ...NAME_AND_REASON, head: "Longest waits" }, WAITED], keyOf: rowKey, names: true, empty: "Nothing waits." }),
    running: brief({ name: "front-running", caption: "The longest running workflows", path: "running", columns: [NAME, PROGRESS, RAN], keyOf: rowKey, names: true, empty: "Nothing runs." }),
    failures: brief({ name: "front-failures", caption: "The latest failures", path: "failures", columns: [MARKED_NAME, CAUSE, ENDED], keyOf: rowKey, names: true, empty: "Nothing failed." }),
  };
}

/** How many rows let a wall show everything without scrolling; elsewhere people scroll anyway. */
function rows() {
  if (!matchMedia("(min-width: 1800px)").matches) return { many: 10, few: 4 };
  return matchMedia("(min-height: 1200px)").matches ? { many: 10, few: 5 } : { many: 7, few: 4 };
}

/** Big numbers, and their proportions in one bar. */
function phasePanel() {
  const numbers = h("dl", { class: "numbers" });
  const whole = h("div", { class: "whole" });
  const since = h("p", { class: "since" });
  const element = h("section", { class: "panel phases", "data-panel": "phases", "aria-label": "Phases of all workflows" }, numbers, whole, since);
  const seen = new Map();
  let print = "";
  const show = ({ phases, totals, since: begin }) => {
    const all = total(phases);
    for (const name of ODD) if (phases[name] > 0) seen.set(name, performance.now());
    keep(numbers, PHASES.filter((name) => !ODD.includes(name) || performance.now() - seen.get(name) < LINGER), (name) => name, big, (child, name) => tellBig(child, name, phases[name] ?? 0, all));
    if (JSON.stringify(phases) !== print) {
      print = JSON.stringify(phases);
      fill(whole, bar(parts(phases), `All workflows: ${sentence(phases)}`));
    }
    write(since, `${count(all)} workflows in the cluster. Since ${clockTime(begin)}: ${told(totals)}.`);
    since.title = fullTime(begin);
  };
  return { element, show };
}

/** Phases of moments have a place only while there are any, and a little longer, or the others would jump. */
const ODD = ["Unset", "Other"];
const LINGER = 8000;

function big(name) {
  return h("div", { class: "big", "data-phase": name }, h("dt", {}, h("span", { class: "mark", "data-phase": name }, drawing(`phase-${kindOf(name)}`), h("span", {}, name))),
    h("dd", {}, h("b", {}), h("span", { class: "share" })));
}

function tellBig(element, name, number, all) {
  const value = element.querySelector("b");
  write(value, short(number));
  value.title = `${count(number)} ${name}`;
  element.toggleAttribute("data-none", number === 0);
  write(element.querySelector(".share"), number ? percent(number, all) : "");
}

function told({ created, succeeded, failed, error, deleted }) {
  return `${count(created)} created, ${count(succeeded)} succeeded, ${count(failed + error)} failed, ${count(deleted)} deleted`;
}

/** What ends, by the minute; and what there is, at each moment. */
function throughputPanel() {
  const group = "throughput";
  const flow = chart({ name: "Workflows per minute", group, series: [
    { key: "created", label: "created", colour: "--accent" },
    { key: "succeeded", label: "succeeded", colour: "--succeeded", area: true },
    { key: "failed", label: "failed", colour: "--failed" }] });
  const level = chart({ name: "At each moment", group, series: [
    { key: "running", label: "running", colour: "--running", area: true },
    { key: "waiting", label: "waiting", colour: "--pending" }] });
  const element = panel("throughput", "Throughput", h("div", { class: "charts" },
    flow.element, level.element));
  let last = null;
  const show = ({ throughput }) => {
    const { times, step } = throughput;
    if (times.at(-1) === last && last !== undefined) return;
    last = times.at(-1);
    flow.show([[...times], perMinute(throughput.created, step), perMinute(throughput.succeeded, step), perMinute(throughput.failed, step)]);
    level.show([[...times], [...throughput.running], [...throughput.waiting]]);
  };
  const close = () => [flow, level].forEach((one) => one.close());
  return { element, show, close };
}

/** Counts of single steps jump; the sum of the last minute is what people mean, and is exact. */
function perMinute(counts, step) {
  const width = Math.max(1, Math.round(60 / step));
  return counts.map((value, index) => (value === null ? null : minute(counts.slice(Math.max(0, index + 1 - width), index + 1), width)));
}

/** Where part of the minute is unknown, the known part speaks for it, unless it is too little to mean anything. */
function minute(counts, width) {
  const known = counts.filter((value) => value !== null);
  if (known.length * 4 < width) return null;
  return (known.reduce((sum, value) => sum + value, 0) * width) / known.length;
}

/** How many wait for what, and who waits longest. */
function waitPanel(longest) {
  const reasons = h("ul", { class: "reasons" });
  const element = panel("waiting", "What waits, and why", reasons, longest.element);
  const show = ({ waiting }) => {
    const most = Math.max(1, ...Object.values(waiting));
    const names = Object.keys({ ...REASONS, ...waiting });
    keep(reasons, names, (name) => name, cause, (child, name) => tellCause(child, waiting[name] ?? 0, most));
  };
  return { element, show };
}

function cause(name) {
  return h("li", {}, h("a", { href: address("waiting", [], { reason: name }) }, REASONS[name] ?? name), h("span", { class: "beam" }, h("span")), h("b", {}));
}

function tellCause(element, number, most) {
  element.toggleAttribute("data-none", number === 0);
  element.querySelector(".beam span").style.setProperty("--width", `${(100 * number) / most}%`);
  write(element.querySelector("b"), short(number));
}

function informerPanel() {
  const cards = h("div", { class: "cards", "data-list": "front-informers" });
  const element = panel("informers", "Informers", cards);
  return { element, show: ({ informers }) => showCards(cards, informers, INFORMER_FACTS) };
}
