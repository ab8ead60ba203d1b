/** Looks for workflows by key, by the beginning of a name, or by labels. */

import { byId, h, write } from "../dom.js";
import { listView, page } from "../filters.js";
import { Listing } from "../listing.js";
import { address, note, workflow } from "../router.js";
import { CREATED, MESSAGE, NAME, PHASE, RAN, TEMPLATE, rowKey } from "../rows.js";

const ABOUT = "By namespace/name, by the beginning of either, or by labels.";

const KINDS = {
  key: "Workflows whose namespace/name begins so.",
  name: "Workflows whose name begins so.",
  selector: "Workflows with these labels.",
};

const EXAMPLES = [
  { q: "payments/", about: "everything of a namespace" },
  { q: "nightly-", about: "the beginning of a name" },
  { q: "workflows.argoproj.io/phase=Failed", about: "a label" },
  { q: "team in (a,b),!canary", about: "several labels at once" },
];

/** The view. "go" in the address means that the reader pressed Enter just now: one exact hit is opened. */
export function search(route) {
  const { q = "", go } = route.parameters;
  /** @type {HTMLInputElement} */ (byId("query")).value = q;
  note("search", { q });
  if (!q) return { title: "Search", element: page("Search", ABOUT, examples()) };
  const kind = h("p", { class: "note" });
  const advice = h("p", { class: "note", hidden: true }, "Or: ", searchLink(`${q}/`, `Search in namespace ${q}/`));
  let leave = Boolean(go);
  const listing = new Listing({
    name: "search", caption: `Workflows found by ${q}`, path: "search", columns: [NAME, PHASE, RAN, CREATED, TEMPLATE, MESSAGE],
    keyOf: rowKey, names: true, parameters: { q }, empty: "Nothing was found.",
    onAnswer: ({ items, kind: how }) => {
      write(kind, KINDS[how] ?? "");
      advice.hidden = how !== "name" || items.length > 0;
      const exact = items.find((row) => rowKey(row) === q);
      if (leave && exact) location.replace(workflow(exact.namespace, exact.name));
      leave = false;
    },
  });
  const heading = h("span", {}, "Search: ", h("code", {}, q));
  return listView({ title: `Search ${q}`, heading, about: ABOUT, above: [kind], below: [advice], listing });
}

function examples() {
  return h("ul", { class: "examples" }, EXAMPLES.map(({ q, about }) => h("li", {}, h("code", {}, q), " ", h("span", { class: "quiet" }, about))));
}

function searchLink(q, words) {
  return h("a", { href: address("search", [], { q }) }, words);
}
