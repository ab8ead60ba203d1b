/** The three lists that people read most: what waits, what runs, what failed. */

import { h } from "../dom.js";
import { namespaceFilter, choice, page } from "../filters.js";
import { Listing } from "../listing.js";
import { REASONS } from "../marks.js";
import { note } from "../router.js";
import { CAUSE, CREATED, ENDED, MESSAGE, NAME, PHASE, PROGRESS, RAN, REASON, TEMPLATE, WAITED, rowKey } from "../rows.js";

/** What waits, the longest first. */
export function waiting(route) {
  return list(route, {
    title: "Waiting",
    about: "Workflows that something keeps from running, the longest wait first.",
    columns: [NAME, REASON, WAITED, PHASE, TEMPLATE, MESSAGE],
    empty: "Nothing waits.",
    filters: [choice("reason", "Waits for", [["", "anything"], ...Object.entries(REASONS)])],
  });
}

/** What runs, the longest first. */
export function running(route) {
  return list(route, {
    title: "Running",
    about: "Workflows that run, the longest first.",
    columns: [NAME, RAN, PROGRESS, TEMPLATE, CREATED, MESSAGE],
    empty: "Nothing runs.",
    filters: [],
  });
}

/** What failed, the latest first. */
export function failures(route) {
  return list(route, {
    title: "Failures",
    about: "Workflows that ended as Failed or Error, the latest first.",
    columns: [NAME, PHASE, ENDED, CAUSE, RAN, TEMPLATE],
    empty: "Nothing that is still in the cluster failed.",
    filters: [choice("phase", "Phase", [["", "Failed or Error"], ["Failed", "Failed"], ["Error", "Error"]])],
    tone: (row) => row.phase,
  });
}

function list(route, { title, about, columns, empty, filters, tone = undefined }) {
  const { name } = route;
  const asked = (parameters) => {
    listing.narrow(parameters);
    note(name, listing.parameters);
  };
  const all = [namespaceFilter(), ...filters].map((filter) => filter(route.parameters, asked));
  const parameters = Object.fromEntries(all.map((filter) => [filter.name, route.parameters[filter.name] ?? ""]));
  const listing = new Listing({ name, caption: about, path: name, stamp: name, columns, keyOf: rowKey, parameters, empty, tone, names: true });
  return {
    title,
    element: page(title, about, h("div", { class: "filters" }, all.map(({ element }) => element)), listing.element),
    tick: () => listing.tick(),
    close: () => listing.close(),
  };
}
