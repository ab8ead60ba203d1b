/** Phases by namespace. */

import { age } from "../clock.js";
import { h } from "../dom.js";
import { choice, filteredView } from "../filters.js";
import { bar, sentence } from "../marks.js";
import { address } from "../router.js";
import { count } from "../words.js";

const ABOUT = "What is in each namespace now.";

/** A name that leads to everything in the namespace. */
export const NAMESPACE = {
  head: "Namespace",
  kind: "name",
  value: (one) => one.namespace,
  cell: ({ namespace }) => h("a", { href: address("search", [], { q: `${namespace}/` }), "data-open": true, title: namespace }, namespace),
};

/** A number with a colour, which leads to the list behind it. */
function number(head, read, phase, view) {
  const cell = (one) => (read(one) ? link(one, read(one), phase, view) : h("span", { class: "zero" }, "0"));
  return { head, kind: "number", value: read, cell };
}

function link(one, amount, phase, view) {
  const shown = h("span", { class: "tinted", "data-phase": phase }, count(amount));
  return view ? h("a", { href: address(view, [], { namespace: one.namespace }) }, shown) : shown;
}

export const WAITING = number("Waiting", (one) => one.waiting, "Pending", "waiting");
export const RUNNING = number("Running", (one) => one.phases.Running ?? 0, "Running", "running");
export const FAILED = number("Failed", (one) => (one.phases.Failed ?? 0) + (one.phases.Error ?? 0), "Failed", "failures");
const SUCCEEDED = number("Succeeded", (one) => one.phases.Succeeded ?? 0, "Succeeded", null);
const TOTAL = { head: "All", kind: "number", value: (one) => one.total, cell: (one) => count(one.total) };

/** The namespace's own proportions, so that one that fails stands out however small it is. */
export const SHARES = {
  head: "Phases",
  kind: "wide",
  value: (one) => one.phases,
  cell: (one) => bar(one.phases, sentence(one.phases)),
};

const OLDEST_WAIT = { head: "Longest wait", kind: "number", value: (one) => one.oldest_waiting, cell: (one) => age(one.oldest_waiting) };
const OLDEST_RUN = { head: "Longest run", kind: "number", value: (one) => one.oldest_running, cell: (one) => age(one.oldest_running) };

export const namespaceKey = ({ namespace }) => namespace;

const SORTS = {
  total: "most workflows",
  failed: "most failures",
  running: "most running",
  waiting: "most waiting",
  namespace: "by name",
};

/** The view. */
export function namespaces(route) {
  return filteredView(route, {
    title: "Namespaces",
    about: ABOUT,
    fields: [choice("sort", "Order", SORTS)],
    plan: {
      columns: [NAMESPACE, WAITING, RUNNING, FAILED, SUCCEEDED, TOTAL, SHARES, OLDEST_WAIT, OLDEST_RUN],
      keyOf: namespaceKey,
      empty: "There are no workflows in any namespace.",
    },
  });
}
