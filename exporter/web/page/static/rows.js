/** The columns in which workflows are shown, whichever list they are in. */

import { age, lasted } from "./clock.js";
import { h } from "./dom.js";
import { dot, mark, reason } from "./marks.js";
import { address, workflow } from "./router.js";

export const rowKey = ({ namespace, name }) => `${namespace}/${name}`;

/** What Kubernetes accepts as the value of a label: with anything else, there is nothing to look for. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Where everything is that the controller labelled with this; null where no object can be. */
export function labelled(label, value) {
  return LABEL_VALUE.test(value) ? address("search", [], { q: `workflows.argoproj.io/${label}=${value}` }) : null;
}

/** A name, as a link if it leads anywhere. */
export function linkTo(href, words, title) {
  return href ? h("a", { href, title, "data-open": true }, words) : h("b", {}, words);
}

/** A link to everything of a namespace. */
export function namespaceLink(namespace) {
  return h("a", { href: address("search", [], { q: `${namespace}/` }), title: `All workflows of ${namespace}` }, namespace);
}

/** What stands before a name. */
export function namespaceOf(namespace) {
  return h("span", { class: "namespace" }, namespace, h("span", { class: "slash" }, "/"));
}

/** A link to one workflow; "data-open" is what the keyboard moves over. */
function openLink(namespace, name) {
  return h("a", { href: workflow(namespace, name), "data-open": true, title: `${namespace}/${name}` }, name);
}

export const NAME = {
  head: "Workflow",
  kind: "name",
  value: (row) => rowKey(row),
  cell: (row) => [namespaceOf(row.namespace), openLink(row.namespace, row.name)],
};

export const PHASE = { head: "Phase", value: (row) => row.phase, cell: (row) => mark(row.phase) };

export const TEMPLATE = {
  head: "Template",
  kind: "name quiet",
  value: (row) => [row.cron, row.template],
  cell: (row) => h("span", { title: origin(row) }, row.cron || row.template || "–"),
};

function origin({ template_kind: kind, template, cron }) {
  return [kind, template, cron && `cron ${cron}`].filter(Boolean).join(" · ");
}

export const REASON = { head: "Waits for", value: (row) => row.waits_for, cell: (row) => h("span", { class: "tag" }, reason(row.waits_for)) };

/** The phase as its shape alone, where the words around say what is meant. */
export const MARKED_NAME = {
  ...NAME,
  value: (row) => [rowKey(row), row.phase],
  cell: (row) => [dot(row.phase, row.phase), " ", NAME.cell(row)],
};

/** Name and reason below each other, where there is little room. */
export const NAME_AND_REASON = {
  ...NAME,
  value: (row) => [rowKey(row), row.waits_for],
  cell: (row) => [NAME.cell(row), h("span", { class: "quiet under" }, reason(row.waits_for))],
};

export const WAITED = { head: "For", kind: "number", value: (row) => row.created, cell: (row) => age(row.created) };

export const RAN = {
  head: "For",
  kind: "number",
  value: (row) => [row.started, row.created, row.finished],
  cell: (row) => lasted(row.started ?? row.created, row.finished),
};

export const ENDED = { head: "Ended", kind: "number", value: (row) => [row.finished, row.started], cell: (row) => ended(row) };

export const CREATED = { head: "Created", kind: "number", value: (row) => row.created, cell: (row) => ago(row.created) };

export const MESSAGE = {
  head: "Message",
  kind: "message",
  value: (row) => row.message,
  cell: (row) => h("span", { title: row.message }, row.message || "–"),
};

/** What the controller says of each step that fails, before the cause. */
const PREFACE = /^child '[^']*' failed: (?=.)/;

/** The cause of a failure; the whole message is in the title. */
export const CAUSE = { ...MESSAGE, cell: (row) => h("span", { title: row.message }, row.message.replace(PREFACE, "") || "–") };

export const PROGRESS = { head: "Steps done", kind: "number done", value: (row) => row.progress, cell: (row) => progress(row.progress) };

function ended(row) {
  return ago(row.finished ?? row.started);
}

/** "3 m ago", ticking. */
export function ago(at) {
  return at === null || at === undefined ? "–" : h("span", { class: "ago" }, age(at), " ago");
}

/** "3/7", with a small bar behind where the numbers make sense. */
function progress(words) {
  const [done, all] = words.split("/").map(Number);
  if (!(all > 0)) return words || "–";
  return h("span", { class: "progress", style: { "--done": `${Math.min(100, (100 * done) / all)}%` } }, words);
}
