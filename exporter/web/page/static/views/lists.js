/** The three lists that people read most: what waits, what runs, what failed. */

import { NAMESPACE_FIELD, choice, filteredView } from "../filters.js";
import { REASONS } from "../marks.js";
import { CAUSE, CREATED, ENDED, MESSAGE, NAME, PHASE, PROGRESS, RAN, REASON, TEMPLATE, WAITED, rowKey } from "../rows.js";

const ALL_REASONS = choice("reason", "Waits for", { "": "anything", ...REASONS });
const BOTH_PHASES = choice("phase", "Phase", { "": "Failed or Error", Failed: "Failed", Error: "Error" });

/** What waits, the longest first. */
export function waiting(route) {
  return filteredView(route, {
    title: "Waiting",
    about: "Workflows that something keeps from running, the longest wait first.",
    fields: [NAMESPACE_FIELD, ALL_REASONS],
    plan: workflows([NAME, REASON, WAITED, PHASE, TEMPLATE, MESSAGE], "Nothing waits."),
  });
}

/** What runs, the longest first. */
export function running(route) {
  return filteredView(route, {
    title: "Running",
    about: "Workflows that run, the longest first.",
    fields: [NAMESPACE_FIELD],
    plan: workflows([NAME, RAN, PROGRESS, TEMPLATE, CREATED, MESSAGE], "Nothing runs."),
  });
}

/** What failed, the latest first. */
export function failures(route) {
  const plan = workflows([NAME, PHASE, ENDED, CAUSE, RAN, TEMPLATE], "Nothing that is still in the cluster failed.");
  return filteredView(route, {
    title: "Failures",
    about: "Workflows that ended as Failed or Error, the latest first.",
    fields: [NAMESPACE_FIELD, BOTH_PHASES],
    plan: { ...plan, tone: (row) => row.phase },
  });
}

function workflows(columns, empty) {
  return { columns, empty, keyOf: rowKey, names: true };
}
