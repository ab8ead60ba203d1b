/** The frame of a list's view, and the fields that narrow or order it. */

import { ask } from "./api.js";
import { h } from "./dom.js";

/** A view's heading, a sentence, and what follows. */
export function page(title, about, ...rest) {
  return h("section", { class: "page" }, h("header", { class: "head" }, h("h1", { tabindex: -1 }, title), h("p", {}, about)), rest);
}

/**
 * A choice of a few.
 * @param {string} name of the parameter
 * @param {string} label
 * @param {[string, string][]} options value and words
 */
export function choice(name, label, options) {
  return (parameters, onChange) => {
    const chosen = parameters[name] ?? "";
    const select = h("select", { name, onchange: () => onChange({ [name]: select.value }) },
      options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
    return { name, element: h("label", {}, h("span", {}, label), select) };
  };
}

/** A field for one namespace, which offers those there are. */
export function namespaceFilter() {
  return (parameters, onChange) => {
    const offers = h("datalist", { id: "namespaces" });
    const field = h("input", { name: "namespace", type: "text", list: "namespaces", placeholder: "all", value: parameters.namespace ?? "", autocomplete: "off", spellcheck: "false" });
    let told = field.value;
    const tell = () => {
      if (field.value.trim() !== told) onChange({ namespace: (told = field.value.trim()) });
    };
    field.addEventListener("change", tell);
    field.addEventListener("keydown", (event) => event.key === "Enter" && tell());
    field.addEventListener("focus", () => offer(offers), { once: true });
    return { name: "namespace", element: h("label", {}, h("span", {}, "Namespace"), field, offers) };
  };
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
