/** The view of one list: its frame, and the fields that narrow or order it, which the address remembers. */

import { ask } from "./api.js";
import { h } from "./dom.js";
import { Listing } from "./listing.js";
import { note } from "./router.js";

/** A view's heading, a sentence, and what follows. */
export function page(title, about, ...rest) {
  return h("section", { class: "page" }, h("header", { class: "head" }, h("h1", { tabindex: -1 }, title), h("p", {}, about)), rest);
}

/**
 * The view of a list.
 * @param {object} plan
 * @param {string} plan.title
 * @param {any} [plan.heading] where it is more than the title
 * @param {string} plan.about a sentence
 * @param {any[]} [plan.above] what stands between the sentence and the list
 * @param {any[]} [plan.below] what stands under the list
 * @param {Listing} plan.listing
 */
export function listView({ title, heading = title, about, above = [], below = [], listing }) {
  return {
    title,
    element: page(heading, about, above, listing.element, below),
    tick: () => listing.tick(),
    close: () => listing.close(),
  };
}

/**
 * The view of a list with fields, which begins with what the address says.
 * @param {import("./router.js").Route} route its name is also the list's, its path's and its stamp's
 * @param {{title: string, about: string, fields: Field[], plan: object}} parts `plan` is the rest of the listing's
 * @typedef {{name: string, preset: string, make: (value: string, onChange: (value: string) => void) => any}} Field
 */
export function filteredView({ name, parameters: given }, { title, about, fields, plan }) {
  const parameters = Object.fromEntries(fields.map((field) => [field.name, given[field.name] || field.preset]));
  const listing = new Listing({ name, path: name, stamp: name, caption: about, parameters, ...plan });
  const change = (field, value) => {
    listing.narrow({ [field]: value });
    note(name, listing.parameters);
  };
  const made = fields.map((field) => field.make(parameters[field.name], (value) => change(field.name, value)));
  return listView({ title, about, above: [h("div", { class: "filters" }, made)], listing });
}

/**
 * A choice of a few; the first one holds where nothing is chosen.
 * @param {string} name of the parameter
 * @param {string} label
 * @param {Record<string, string>} options words by value
 * @returns {Field}
 */
export function choice(name, label, options) {
  const make = (chosen, onChange) => {
    const select = h("select", { name, onchange: () => onChange(select.value) },
      Object.entries(options).map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
    return h("label", {}, h("span", {}, label), select);
  };
  return { name, preset: Object.keys(options)[0], make };
}

/** A field for one namespace, which offers those there are. @type {Field} */
export const NAMESPACE_FIELD = { name: "namespace", preset: "", make: namespaceField };

function namespaceField(value, onChange) {
  const offers = h("datalist", { id: "namespaces" });
  const field = h("input", {
    name: "namespace", type: "text", list: "namespaces", placeholder: "all", value, autocomplete: "off", spellcheck: "false",
  });
  let told = value;
  const tell = () => {
    if (field.value.trim() !== told) onChange((told = field.value.trim()));
  };
  field.addEventListener("change", tell);
  field.addEventListener("keydown", (event) => event.key === "Enter" && tell());
  field.addEventListener("focus", () => offer(offers), { once: true });
  return h("label", {}, h("span", {}, "Namespace"), field, offers);
}

/** Without the offers, the field works as well: whatever goes wrong here is no trouble. */
async function offer(list) {
  try {
    const { items } = await ask("namespaces", { limit: 200, sort: "namespace" });
    list.replaceChildren(...items.map(({ namespace }) => h("option", { value: namespace })));
  } catch {
    list.replaceChildren();
  }
}
