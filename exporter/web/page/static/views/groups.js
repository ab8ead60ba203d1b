/** Workflows by the template they were made from, with what became of them. */

import { h } from "../dom.js";
import { choice, namespaceFilter, page } from "../filters.js";
import { Listing } from "../listing.js";
import { bar } from "../marks.js";
import { note } from "../router.js";
import { namespaceLink } from "../rows.js";
import { count, percent } from "../words.js";

const ABOUT = "What became of the workflows of each template, counted since the exporter began.";

const ended = (one) => one.succeeded + one.failed + one.error;

const COLUMNS = [
  { head: "Template", kind: "name", value: (one) => [one.template, one.cron, one.template_kind], cell: named },
  { head: "Namespace", kind: "name", value: (one) => one.namespace, cell: (one) => namespaceLink(one.namespace) },
  { head: "In the cluster", kind: "number", value: (one) => one.objects, cell: (one) => count(one.objects) },
  { head: "Created", kind: "number", value: (one) => one.created, cell: (one) => count(one.created) },
  { head: "Failed", kind: "number", value: (one) => one.failed + one.error, cell: failed },
  { head: "Success", kind: "number", value: (one) => [one.succeeded, ended(one)], cell: (one) => percent(one.succeeded, ended(one)) },
  { head: "Outcomes", kind: "wide", value: (one) => [one.succeeded, one.failed, one.error], cell: outcomes },
];

function named(one) {
  const about = [one.template_kind, one.cron && one.cron !== one.template ? `cron ${one.cron}` : one.cron && "cron"].filter(Boolean);
  return [h("b", {}, one.template || one.cron || "no template"), about.length ? h("span", { class: "quiet under" }, about.join(" · ")) : null];
}

function failed(one) {
  const amount = one.failed + one.error;
  return h("span", { class: amount ? "tinted" : "zero", "data-phase": "Failed" }, count(amount));
}

function outcomes({ succeeded, failed, error }) {
  return bar([["Succeeded", succeeded], ["Failed", failed], ["Error", error]], `${succeeded} succeeded, ${failed} failed, ${error} errors`);
}

const SORTS = /** @type {[string, string][]} */ ([["failed", "most failures"], ["objects", "most in the cluster"], ["created", "most created"], ["template", "by name"]]);

/** The view. */
export function groups(route) {
  const asked = (parameters) => {
    listing.narrow(parameters);
    note("groups", listing.parameters);
  };
  const fields = [namespaceFilter(), choice("sort", "Order", SORTS)].map((make) => make(route.parameters, asked));
  const listing = new Listing({
    name: "groups", caption: ABOUT, path: "groups", stamp: "groups", columns: COLUMNS,
    keyOf: (one) => JSON.stringify([one.namespace, one.template_kind, one.template, one.cron]),
    parameters: { namespace: route.parameters.namespace ?? "", sort: route.parameters.sort || "failed" },
    empty: "No workflow was seen yet.",
  });
  return {
    title: "Templates",
    element: page("Templates", ABOUT, h("div", { class: "filters" }, fields.map(({ element }) => element)), listing.element),
    tick: () => listing.tick(),
    close: () => listing.close(),
  };
}
