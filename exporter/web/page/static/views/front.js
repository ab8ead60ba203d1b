/** The overview: all at one glance, for a screen on a wall. */

import { chart } from "../chart.js";
import { total } from "../cluster.js";
import { drawing, fill, h, keep, write } from "../dom.js";
import { Listing } from "../listing.js";
import { PHASES, REASONS, bar, kindOf, reason, sentence } from "../marks.js";
import { address } from "../router.js";
import { CAUSE, ENDED, MARKED_NAME, NAME, NAME_AND_REASON, PROGRESS, RAN, WAITED, rowKey } from "../rows.js";
import { bytes, clockTime, count, fullTime, percent, rate, short } from "../words.js";
import { showCards } from "./informers.js";
import { FAILED, NAMESPACE, RUNNING, SHARES, WAITING, namespaceKey } from "./namespaces.js";

const INFORMER_FACTS = [
  { label: "Events", tell: (one) => rate(one.events_per_second) },
  { label: "Objects", tell: (one) => count(one.objects) },
  { label: "Cache", tell: (one) => bytes(one.cache_bytes) },
];

/** The view. */
export function front() {
  const lists = frontLists();
  const phases = phasePanel();
  const throughput = throughputPanel();
  const waits = waitPanel(lists.waiting);
  const informers = informerPanel();
  const panels = [phases, throughput, waits, informers];
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

/** A part of the overview; its heading leads to the view that tells more, where there is one. */
function panel(name, heading, ...rest) {
  const words = name === "throughput" ? heading : h("a", { href: address(name) }, heading, drawing("more"));
  return h("section", { class: "panel", "data-panel": name, "aria-labelledby": `heading-${name}` },
    h("h2", { id: `heading-${name}` }, words), rest);
}

function frontLists() {
  const { many, few } = rows();
  return {
    namespaces: new Listing({
      name: "front-namespaces", caption: "The largest namespaces", path: "namespaces", stamp: "namespaces",
      parameters: { sort: "total" }, columns: [NAMESPACE, SHARES, WAITING, RUNNING, FAILED],
      keyOf: namespaceKey, brief: true, limit: many, empty: "There are no workflows yet.",
    }),
    waiting: brief("waiting", "The longest waits", [{ ...NAME_AND_REASON, head: "Longest waits" }, WAITED], few, "Nothing waits."),
    running: brief("running", "The longest running workflows", [NAME, PROGRESS, RAN], many, "Nothing runs."),
    failures: brief("failures", "The latest failures", [MARKED_NAME, CAUSE, ENDED], many, "Nothing failed."),
  };
}

/** The first rows of one of the lists of workflows. */
function brief(path, caption, columns, limit, empty) {
  return new Listing({ name: `front-${path}`, caption, path, stamp: path, columns, keyOf: rowKey, names: true, brief: true, limit, empty });
}

/** How many rows let a wall show everything without scrolling; elsewhere people scroll anyway. */
function rows() {
  if (!matchMedia("(min-width: 1800px)").matches) return { many: 10, few: 4 };
  return matchMedia("(min-height: 1200px)").matches ? { many: 10, few: 5 } : { many: 7, few: 4 };
}

/** Phases of moments have a place only while there are any, and a little longer, or the others would jump. */
const ODD = ["Unset", "Other"];
/** Milliseconds for which such a phase keeps its place: in a busy cluster the next one comes sooner. */
const LINGER = 8000;

/** Where what is in a phase is listed; the others have no list. */
const LISTED = {
  Pending: address("waiting"),
  Unset: address("waiting"),
  Running: address("running"),
  Failed: address("failures", [], { phase: "Failed" }),
  Error: address("failures", [], { phase: "Error" }),
};

/** Big numbers, and their proportions in one bar. */
function phasePanel() {
  const numbers = h("dl", { class: "numbers" });
  const whole = h("div", { class: "whole" });
  const since = h("p", { class: "since" });
  const element = h("section", { class: "panel phases", "data-panel": "phases", "aria-label": "Phases of all workflows" }, numbers, whole, since);
  const present = lingering();
  let seen = "";
  const show = ({ phases, totals, since: begin }) => {
    const all = total(phases);
    keep(numbers, present(phases), (name) => name, big, (child, name) => tellBig(child, name, phases[name] ?? 0, all));
    write(since, `${count(all)} workflows in the cluster. Since ${clockTime(begin)}: ${told(totals)}.`);
    since.title = fullTime(begin);
    const written = JSON.stringify(phases);
    if (written === seen) return;
    seen = written;
    fill(whole, bar(phases, `All workflows: ${sentence(phases)}`));
  };
  return { element, show };
}

/** Gives the phases that have a place now. */
function lingering() {
  const last = new Map();
  return (phases) => {
    const moment = performance.now();
    for (const name of ODD) if (phases[name] > 0) last.set(name, moment);
    return PHASES.filter((name) => !ODD.includes(name) || moment - last.get(name) < LINGER);
  };
}

function big(name) {
  const words = LISTED[name] ? h("a", { href: LISTED[name] }, name) : h("span", {}, name);
  return h("div", { class: "big", "data-phase": name },
    h("dt", {}, h("span", { class: "mark", "data-phase": name }, drawing(`phase-${kindOf(name)}`), words)),
    h("dd", {}, h("b", {}), h("span", { class: "share" })));
}

function tellBig(element, name, number, all) {
  write(element.querySelector("b"), short(number));
  element.title = `${count(number)} ${name}`;
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
  const element = panel("throughput", "Throughput", h("div", { class: "charts" }, flow.element, level.element));
  let last = null;
  const show = ({ throughput }) => {
    const { step, times, created, succeeded, failed, running, waiting } = throughput;
    if (times.at(-1) === last && last !== undefined) return;
    last = times.at(-1);
    flow.show([[...times], ...[created, succeeded, failed].map((counts) => perMinute(counts, step))]);
    level.show([[...times], [...running], [...waiting]]);
  };
  const close = () => {
    flow.close();
    level.close();
  };
  return { element, show, close };
}

/** Counts of single steps jump; the sum of the last minute is what people mean, and is exact. */
function perMinute(counts, step) {
  const width = Math.max(1, Math.round(60 / step));
  const upTo = (index) => counts.slice(Math.max(0, index + 1 - width), index + 1);
  return counts.map((value, index) => (value === null ? null : minute(upTo(index), width)));
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
  const link = h("a", { href: address("waiting", [], { reason: name }) }, reason(name));
  return h("li", {}, link, h("span", { class: "beam" }, h("span")), h("b", {}));
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
