/** Phases, reasons and states as people see them: a shape and a word, the colour only helps. */

import { drawing, h } from "./dom.js";

/** In the order of a life; each has a drawing, a colour and a word. */
export const PHASES = ["Pending", "Running", "Succeeded", "Failed", "Error", "Unset", "Other"];

/** Phases which only nodes have. */
const NODE_PHASES = ["Skipped", "Omitted"];

export const REASONS = {
  not_admitted: "not admitted yet",
  parallelism: "parallelism limit",
  lock: "mutex, semaphore",
  pvc: "volume claims",
  other: "other",
};

/** The name under which a phase is drawn and coloured; what Argo does not have is "Other". */
export function kindOf(phase) {
  if (phase === "" || phase === null || phase === undefined) return "Unset";
  return PHASES.includes(phase) || NODE_PHASES.includes(phase) ? phase : "Other";
}

/** The drawing of a phase and its word. */
export function mark(phase) {
  const kind = kindOf(phase);
  return h("span", { class: "mark", "data-phase": kind }, drawing(`phase-${kind}`), h("span", {}, phase || "Unset"));
}

/** The drawing alone, where the word stands in its title and name. */
export function dot(phase, title) {
  const kind = kindOf(phase);
  return h("span", { class: "mark", "data-phase": kind, title, role: "img", "aria-label": title }, drawing(`phase-${kind}`));
}

/** What a workflow waits for, in words. */
export function reason(name) {
  return REASONS[name] ?? name;
}

/**
 * A bar of parts beside each other, widths in proportion.
 * @param {Record<string, number>} phases counts; what is no phase is left out
 * @param {string} label for those who cannot see it
 */
export function bar(phases, label) {
  const segments = present(phases).map((phase) =>
    h("span", { class: "segment", "data-phase": phase, title: `${phase}: ${phases[phase]}`, style: { "--grow": phases[phase] } }));
  return h("span", { class: "bar", role: "img", "aria-label": label }, segments);
}

/** Say counts by phase in a sentence. */
export function sentence(phases) {
  return present(phases).map((phase) => `${phases[phase]} ${phase}`).join(", ") || "none";
}

/** The phases of which there are any, in the order of a life. */
function present(phases) {
  return PHASES.filter((phase) => phases[phase] > 0);
}

const STATES = { live: "Succeeded", absent: "Unset", listing: "Running", relisting: "Running", degraded: "Failed" };

/** The state of an informer. */
export function state(name) {
  const kind = STATES[name] ?? "Other";
  const picture = drawing(`state-${name in STATES ? name : "absent"}`);
  return h("span", { class: "mark", "data-phase": kind, "data-state": name }, picture, h("span", {}, name));
}
