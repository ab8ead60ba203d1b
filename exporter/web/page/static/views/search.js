/** Looks for workflows by key, by the beginning of a name, or by labels. */

import { byId, h, write } from "../dom.js";
import { page } from "../filters.js";
import { Listing } from "../listing.js";
import { note, workflow } from "../router.js";
import { CREATED, MESSAGE, NAME, PHASE, RAN, TEMPLATE, rowKey } from "../rows.js";

const ABOUT = "By namespace/name, by the beginning of either, or by labels.";

const KINDS = {
  key: "Workflows whose namespace/name begins so.",
  name: "Workflows whose name begins so.",
  selector: "Workflows with these labels.",
};

const EXAMPLES = [["payments/", "everything of a namespace"], ["nightly-", "the beginning of a name"],
  ["workflows.argoproj.io/phase=Failed", "a label"], ["team in (a,b),!canary", "several labels at once"]];

/** The view. "go" in the address means that the reader pressed Enter just now: one exact hit is opened. */
export function search(route) {
  const { q = "", go } = route.parameters;
  /** @type {HTMLInputElement} */ (byId("query")).value = q;
  note("search", { q });
  if (!q) return { title: "Search", element: page("Search", ABOUT, examples()) };
  const kind = h("p", { class: "note" });
  let leave = Boolean(go);
  const listing = new Listing({
    name: "search", caption: `Workflows found by ${q}`, path: "search", columns: [NAME, PHASE, RAN, CREATED, TEMPLATE, MESSAGE],
    keyOf: rowKey, names: true, parameters: { q }, empty: "Nothing was found.",
    onAnswer: ({ items, kind: how }) => {
      write(kind, KINDS[how] ?? "");
      const exact = items.find((row) => rowKey(row) === q);
      if (leave && exact) location.replace(workflow(exact.namespace, exact.name));
      leave = false;
    },
  });
  const heading = h("span", {}, "Search: ", h("code", {}, q));
  return { title: `Search ${q}`, element: page(heading, ABOUT, kind, listing.element), close: () => listing.close(), tick: () => listing.tick() };
}

function examples() {
  return h("ul", { class: "examples" }, EXAMPLES.map(([example, about]) => h("li", {}, h("code", {}, example), " ", h("span", { class: "quiet" }, about))));
}
