/** Workflows by the template they were made from, with what became of them. */

import { h } from "../dom.js";
import { NAMESPACE_FIELD, choice, filteredView } from "../filters.js";
import { bar } from "../marks.js";
import { labelled, linkTo, namespaceLink } from "../rows.js";
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

/** Which label the controller gives the workflows of a kind of template; of others there is none. */
const LABELS = { WorkflowTemplate: "workflow-template", ClusterWorkflowTemplate: "cluster-workflow-template" };

function named(one) {
  const about = [one.template_kind, madeBy(one)].filter(Boolean).join(" · ");
  return [linkTo(workflowsOf(one), one.template || one.cron || "no template", "The workflows of it that are in the cluster"),
    about ? h("span", { class: "quiet under" }, about) : null];
}

function madeBy({ cron, template }) {
  if (!cron) return "";
  return cron === template ? "cron" : `cron ${cron}`;
}

/** Where the workflows of a group are; those without a template have at most what started them in common. */
function workflowsOf({ template_kind: kind, template, cron }) {
  if (template) return LABELS[kind] ? labelled(LABELS[kind], template) : null;
  return cron ? labelled("cron-workflow", cron) : null;
}

function failed(one) {
  const amount = one.failed + one.error;
  return h("span", { class: amount ? "tinted" : "zero", "data-phase": "Failed" }, count(amount));
}

function outcomes({ succeeded, failed: broken, error }) {
  return bar({ Succeeded: succeeded, Failed: broken, Error: error }, `${succeeded} succeeded, ${broken} failed, ${error} errors`);
}

const SORTS = { failed: "most failures", objects: "most in the cluster", created: "most created", template: "by name" };

/** The view. */
export function groups(route) {
  return filteredView(route, {
    title: "Templates",
    about: ABOUT,
    fields: [NAMESPACE_FIELD, choice("sort", "Order", SORTS)],
    plan: {
      columns: COLUMNS,
      keyOf: (one) => JSON.stringify([one.namespace, one.template_kind, one.template, one.cron]),
      empty: "No workflow was seen yet.",
    },
  });
}
