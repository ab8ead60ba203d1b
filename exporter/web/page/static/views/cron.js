/** Cron workflows: when they run, and what became of the last ones. */

import { cluster } from "../cluster.js";
import { h, write } from "../dom.js";
import { listView } from "../filters.js";
import { Listing } from "../listing.js";
import { dot } from "../marks.js";
import { workflow } from "../router.js";
import { ago, labelled, linkTo, namespaceOf, rowKey } from "../rows.js";
import { count, fullTime } from "../words.js";

const ABOUT = "When each cron workflow runs, and how its last runs ended, the newest first.";
const BY_THE_WALL = "Schedules are minutes of the clock on the wall, also in this simulation, however fast lives go by.";

const COLUMNS = [
  { head: "Cron workflow", kind: "name", value: (one) => [one.namespace, one.name, one.suspended], cell: named },
  { head: "Schedule", value: (one) => [one.schedules, one.timezone], cell: schedule },
  { head: "Last runs", value: (one) => one.last, cell: outcomes },
  { head: "Last start", kind: "number", value: (one) => one.last_scheduled, cell: (one) => ago(one.last_scheduled) },
  { head: "Active", kind: "number", value: (one) => one.active, cell: (one) => count(one.active) },
  { head: "Succeeded", kind: "number", value: (one) => one.succeeded, cell: (one) => count(one.succeeded) },
  { head: "Failed", kind: "number", value: (one) => one.failed, cell: failed },
  { head: "Trouble", kind: "message", value: (one) => one.conditions, cell: troubles },
];

function named({ namespace, name, suspended }) {
  const workflows = labelled("cron-workflow", name);
  return [namespaceOf(namespace), linkTo(workflows, name, `Workflows of cron ${name}`), " ",
    suspended ? h("span", { class: "tag" }, "suspended") : null];
}

function schedule({ schedules, timezone }) {
  return [schedules.map((one) => h("code", {}, one)), timezone ? h("span", { class: "quiet under" }, timezone) : null];
}

function outcomes({ namespace, last }) {
  if (!last.length) return h("span", { class: "quiet" }, "none in the cluster");
  return h("span", { class: "outcomes" }, last.map((run) => h("a", { href: workflow(namespace, run.name) }, dot(run.phase, outcome(run)))));
}

function outcome({ name, phase, finished }) {
  return `${name}: ${phase || "Unset"}${finished ? `, ${fullTime(finished)}` : ""}`;
}

function failed(one) {
  return one.failed ? h("span", { class: "tinted", "data-phase": "Failed" }, count(one.failed)) : count(one.failed);
}

function troubles({ conditions }) {
  return conditions.map((words) => h("span", { class: "trouble", title: words }, words));
}

/** The view. */
export function cron() {
  const standing = h("p", { class: "note", hidden: true });
  const clock = h("p", { class: "note", hidden: true }, BY_THE_WALL);
  const listing = new Listing({
    name: "cron", caption: ABOUT, path: "cron", stamp: "cron", names: true, columns: COLUMNS, keyOf: rowKey,
    empty: "There are no cron workflows.",
    onAnswer: (answer) => explain(standing, answer),
  });
  const view = listView({ title: "Cron", about: ABOUT, above: [clock, standing], listing });
  const tick = () => {
    clock.hidden = !cluster.known?.drill;
    view.tick();
  };
  return { ...view, tick };
}

function explain(element, { watched, state }) {
  const absent = state === "absent" ? "The API server does not serve cron workflows." : "";
  const words = watched ? absent : "Cron workflows are not watched by this exporter.";
  write(element, words);
  element.hidden = !words;
}
