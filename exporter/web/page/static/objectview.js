/** The whole object: folded, coloured, searched, copied. A newer version is offered, never pushed under the reader. */

import { copyButton } from "./copy.js";
import { fill, h, write } from "./dom.js";
import { FINDS, find, foldAll, openAgain, openPaths, reveal, tree } from "./tree.js";

/** Give the element, and how to show an object of a version. */
export function viewer() {
  const shown = { object: null, version: null };
  const holder = h("div", { class: "object", tabindex: 0, role: "region", "aria-label": "The object as JSON" });
  const newer = h("button", { type: "button", hidden: true, "data-action": "newer" });
  const finder = finderIn(holder, () => shown.object);
  const draw = (object, version) => {
    Object.assign(shown, { object, version });
    newer.hidden = true;
    redraw(holder, object);
    finder.forget();
  };
  const offer = (object, version) => {
    write(newer, `Show version ${version}`);
    newer.hidden = false;
    newer.onclick = () => draw(object, version);
  };
  return {
    element: h("div", {}, h("div", { class: "tools" }, finder.tools, foldTools(holder),
      copyButton("Copy the object as JSON", () => JSON.stringify(shown.object, null, 2)), newer), holder),
    show(object, version) {
      if (version === shown.version) return;
      if (shown.version === null || !isRead(holder)) draw(object, version);
      else offer(object, version);
    },
  };
}

/** Draw an object; the branches that were open are open again. */
function redraw(holder, object) {
  const open = holder.firstElementChild ? openPaths(holder.firstElementChild) : [];
  fill(holder, tree(object));
  openAgain(holder.firstElementChild, open);
}

function foldTools(holder) {
  return [
    button("Open what is not too large", "Unfold", () => foldAll(holder.firstElementChild, false)),
    button("Close all branches", "Fold", () => foldAll(holder.firstElementChild, true)),
  ];
}

/** A field that finds texts in the object, and goes from one find to the next. */
function finderIn(holder, read) {
  const place = h("span", { class: "quiet hits", role: "status" });
  const field = h("input", {
    type: "search", placeholder: "Find in the object", "aria-label": "Find in the object", autocomplete: "off", spellcheck: "false",
  });
  let finds = { text: "", paths: [], at: -1 };
  const forget = () => {
    finds = { text: "", paths: [], at: -1 };
    write(place, "");
  };
  const seek = (by) => {
    if (field.value !== finds.text) finds = search(read(), field.value, by);
    const { text, paths } = finds;
    finds.at = paths.length ? (finds.at + by + paths.length) % paths.length : -1;
    write(place, paths.length ? placeIn(finds) : text && "not found");
    mark(holder, paths.length ? reveal(holder.firstElementChild, paths[finds.at]) : null);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    seek(event.shiftKey ? -1 : 1);
  });
  const tools = [field, place, button("Previous hit", "↑", () => seek(-1)), button("Next hit", "↓", () => seek(1))];
  return { tools, forget };
}

/** The finds of a text, with the place before the one to go to. */
function search(object, text, by) {
  return { text, paths: text ? find(object, text) : [], at: by > 0 ? -1 : 0 };
}

function placeIn({ paths, at }) {
  return `${at + 1} of ${paths.length}${paths.length === FINDS ? "+" : ""}`;
}

function mark(holder, element) {
  holder.querySelector("[data-hit]")?.removeAttribute("data-hit");
  if (!element) return;
  element.dataset.hit = "";
  element.scrollIntoView({ block: "center" });
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
