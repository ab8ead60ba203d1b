/** Cron workflows: when they run, and what became of the last ones. */

import { h, write } from "../dom.js";
import { page } from "../filters.js";
import { Listing } from "../listing.js";
import { dot } from "../marks.js";
import { workflow } from "../router.js";
import { ago } from "../rows.js";
import { count, fullTime } from "../words.js";

const ABOUT = "When each cron workflow runs, and how its last runs ended, the newest first.";

const COLUMNS = [
  { head: "Cron workflow", kind: "name", value: (one) => [one.namespace, one.name, one.suspended], cell: named },
  { head: "Schedule", value: (one) => [one.schedules, one.timezone], cell: schedule },
  { head: "Last runs", value: (one) => one.last, cell: outcomes },
  { head: "Last start", kind: "number", value: (one) => one.last_scheduled, cell: (one) => ago(one.last_scheduled) },
  { head: "Active", kind: "number", value: (one) => one.active, cell: (one) => count(one.active) },
  { head: "Succeeded", kind: "number", value: (one) => one.succeeded, cell: (one) => count(one.succeeded) },
  { head: "Failed", kind: "number", value: (one) => one.failed, cell: failed },
  { head: "Trouble", kind: "message", value: (one) => one.conditions, cell: (one) => one.conditions.map((words) => h("span", { class: "trouble", title: words }, words)) },
];

function named({ namespace, name, suspended }) {
  return [h("span", { class: "namespace" }, namespace, h("span", { class: "slash" }, "/")), h("b", {}, name), " ", suspended ? h("span", { class: "tag" }, "suspended") : null];
}

function schedule({ schedules, timezone }) {
  return [schedules.map((one) => h("code", {}, one)), timezone ? h("span", { class: "quiet under" }, timezone) : null];
}

function outcomes({ namespace, last }) {
  if (!last.length) return h("span", { class: "quiet" }, "none in the cluster");
  return h("span", { class: "outcomes" }, last.map(({ name, phase, finished }, index) =>
    h("a", { href: workflow(namespace, name), "data-open": index === 0 }, dot(phase, `${name}: ${phase || "Unset"}${finished ? `, ${fullTime(finished)}` : ""}`))));
}

function failed(one) {
  return one.failed ? h("span", { class: "tinted", "data-phase": "Failed" }, count(one.failed)) : count(one.failed);
}

/** The view. */
export function cron() {
  const standing = h("p", { class: "note", hidden: true });
  const listing = new Listing({
    name: "cron", caption: ABOUT, path: "cron", stamp: "cron", names: true, columns: COLUMNS,
    keyOf: ({ namespace, name }) => `${namespace}/${name}`,
    empty: "There are no cron workflows.",
    onAnswer: (answer) => explain(standing, answer),
  });
  return {
    title: "Cron",
    element: page("Cron", ABOUT, standing, listing.element),
    tick: () => listing.tick(),
    close: () => listing.close(),
  };
}

function explain(element, { watched, state }) {
  const words = !watched ? "Cron workflows are not watched by this exporter." : state === "absent" ? "The API server does not serve cron workflows." : "";
  write(element, words);
  element.hidden = !words;
}
