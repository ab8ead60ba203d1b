/** The whole object: folded, coloured, searched, copied. A newer version is offered, never pushed under the reader. */

import { copyButton } from "./copy.js";
import { fill, h, write } from "./dom.js";
import { find, foldAll, openAgain, openPaths, reveal, tree } from "./tree.js";

/** Give the element, and how to show an object of a version. */
export function viewer() {
  let object = null;
  let shown = null;
  let found = [];
  let at = -1;
  let sought = "";
  const holder = h("div", { class: "object", tabindex: 0, role: "region", "aria-label": "The object as JSON" });
  const newer = h("button", { type: "button", hidden: true, "data-action": "newer" });
  const hits = h("span", { class: "quiet hits", role: "status" });
  const field = h("input", { type: "search", placeholder: "Find in the object", "aria-label": "Find in the object", autocomplete: "off", spellcheck: "false" });

  const draw = ({ value, version }) => {
    object = value;
    shown = version;
    found = [];
    sought = "";
    newer.hidden = true;
    const open = holder.firstElementChild ? openPaths(holder.firstElementChild) : [];
    fill(holder, tree(value));
    openAgain(holder.firstElementChild, open);
    write(hits, "");
  };

  const seek = (by) => {
    if (field.value !== sought) {
      sought = field.value;
      found = sought ? find(object, sought) : [];
      at = by > 0 ? -1 : 0;
    }
    mark(null);
    if (!found.length) return write(hits, sought ? "not found" : "");
    at = (at + by + found.length) % found.length;
    write(hits, `${at + 1} of ${found.length}${found.length === 500 ? "+" : ""}`);
    mark(reveal(holder.firstElementChild, found[at]));
  };

  const mark = (element) => {
    holder.querySelector("[data-hit]")?.removeAttribute("data-hit");
    if (!element) return;
    element.dataset.hit = "";
    element.scrollIntoView({ block: "center" });
  };

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    seek(event.shiftKey ? -1 : 1);
  });

  const bar = h("div", { class: "tools" }, field, hits,
    button("Previous hit", "↑", () => seek(-1)), button("Next hit", "↓", () => seek(1)),
    button("Open what is not too large", "Unfold", () => foldAll(holder.firstElementChild, false)),
    button("Close all branches", "Fold", () => foldAll(holder.firstElementChild, true)),
    copyButton("Copy the object as JSON", () => JSON.stringify(object, null, 2)), newer);

  return {
    element: h("div", {}, bar, holder),
    show(value, version) {
      if (version === shown) return;
      if (shown === null || !isRead(holder)) return draw({ value, version });
      write(newer, `Show version ${version}`);
      newer.hidden = false;
      newer.onclick = () => draw({ value, version });
    },
  };
}

function button(label, words, onclick) {
  return h("button", { type: "button", "aria-label": label, title: label, onclick }, words);
}

/** Whether somebody has opened, entered or selected something there: then it must not change by itself. */
function isRead(holder) {
  if (holder.contains(document.activeElement) || holder.querySelectorAll("details[open]").length > 1) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && holder.contains(selection.anchorNode));
}
