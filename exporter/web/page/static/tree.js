/** An object's JSON as a folded tree: a branch is made when it is opened, so a megabyte costs nothing until looked at. */

import { drawing, fill, h } from "./dom.js";

/** Children that a branch shows at once; more on demand. */
const MANY = 100;
/** Letters of a text that are shown at once; more on demand. */
const LONG = 300;
/** Branches that "Unfold" opens: what one can still look through, and a browser draws at once. */
const UNFOLDED = 400;
/** Finds of one search: whoever has more looks for something else. */
export const FINDS = 500;

/** What each branch stands for: its value, and its path from the root. */
const branches = new WeakMap();

/** @param {any} object @param {string} [name] the first branch, which is open */
export function tree(object, name = "object") {
  const root = branch(name, object, []);
  open(root);
  const element = h("div", { class: "tree" }, root);
  element.addEventListener("keydown", (event) => move(element, event));
  return element;
}

/** Open the way to a place, and give its element. */
export function reveal(element, path) {
  let here = element.firstElementChild;
  for (const step of path) {
    if (here.tagName !== "DETAILS") return null;
    open(here);
    here = childAt(here, step);
    if (!here) return null;
  }
  return here;
}

/** The paths of the branches that can be seen to be open. */
export function openPaths(element) {
  return [...element.querySelectorAll("details[open]")].filter((one) => one.checkVisibility()).map((one) => branches.get(one).path);
}

/** Open the branches at these paths, where they still are. */
export function openAgain(element, paths) {
  for (const path of paths) {
    const here = reveal(element, path);
    if (here) open(here);
  }
}

/** The paths under which a text is found, in keys or values, at most so many. */
export function find(object, text, most = FINDS) {
  const wanted = text.toLowerCase();
  const found = [];
  const walk = (value, path) => {
    if (found.length >= most) return;
    if (path.length && String(path.at(-1)).toLowerCase().includes(wanted)) found.push(path);
    else if (!isBranch(value) && String(value).toLowerCase().includes(wanted)) found.push(path);
    if (isBranch(value)) for (const [key, one] of entries(value)) walk(one, [...path, key]);
  };
  walk(object, []);
  return found;
}

/** Close everything below the first branch, or open what is not too much. */
export function foldAll(element, folded) {
  const root = element.firstElementChild;
  if (folded) for (const one of root.querySelectorAll("details[open]")) one.open = false;
  else unfold(root, { left: UNFOLDED });
}

function unfold(details, budget) {
  open(details);
  for (const child of details.querySelectorAll(":scope > ul > li > details")) {
    if (budget.left-- < 0) return;
    unfold(child, budget);
  }
}

function isBranch(value) {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function entries(value) {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

function branch(key, value, path) {
  const list = Array.isArray(value);
  const size = Object.keys(value).length;
  const peek = h("span", { class: "peek" }, list ? `[${size}]` : `{${size}}`, " ", h("span", {}, list ? "" : preview(value)));
  const details = h("details", {}, h("summary", {}, drawing("fold"), h("span", { class: "key" }, String(key)), peek));
  branches.set(details, { value, path });
  details.addEventListener("toggle", () => details.open && grow(details));
  return details;
}

/** Which of several this is: most lists hold things with a name. */
function preview(value) {
  const told = value.name ?? value.displayName ?? value.type ?? value.phase;
  return typeof told === "string" ? told.slice(0, 80) : Object.keys(value).slice(0, 4).join(", ").slice(0, 80);
}

function open(details) {
  if (details.tagName !== "DETAILS") return;
  grow(details);
  details.open = true;
}

function grow(details) {
  if (details.querySelector(":scope > ul")) return;
  const list = h("ul");
  details.append(list);
  more(details, list, 0);
}

function more(details, list, from) {
  const { value: whole, path } = branches.get(details);
  const all = entries(whole);
  list.append(...all.slice(from, from + MANY).map(([key, value]) => h("li", {}, item(key, value, [...path, key]))));
  const left = all.length - from - MANY;
  if (left <= 0) return;
  const button = h("button", { type: "button" }, `${Math.min(left, MANY)} more of ${left}`);
  const holder = h("li", {}, button);
  button.addEventListener("click", () => {
    holder.remove();
    more(details, list, from + MANY);
  });
  list.append(holder);
}

function childAt(details, key) {
  const place = entries(branches.get(details).value).findIndex(([one]) => one === key);
  if (place < 0) return null;
  const list = details.querySelector(":scope > ul");
  while (list.children.length <= place || !list.children[place].firstElementChild.matches("details, .leaf")) {
    const button = list.lastElementChild?.querySelector(":scope > button");
    if (!button) return null;
    button.click();
  }
  return list.children[place].firstElementChild;
}

function item(key, value, path) {
  return isBranch(value) ? branch(key, value, path) : h("div", { class: "leaf" }, h("span", { class: "key" }, String(key)), leaf(value));
}

function leaf(value) {
  const kind = value === null ? "null" : typeof value;
  const words = kind === "object" ? (Array.isArray(value) ? "[]" : "{}") : String(value);
  if (words.length <= LONG) return h("span", { class: "value", "data-kind": kind }, words === "" ? '""' : words);
  const holder = h("span", { class: "value", "data-kind": kind }, `${words.slice(0, LONG)}…`);
  const button = h("button", { type: "button", onclick: () => fill(holder, words) }, `all ${words.length} letters`);
  holder.append(" ", button);
  return holder;
}

/** Arrows walk over the branches: right opens, left closes or goes out. */
function move(element, event) {
  const summary = event.target.closest("summary");
  if (!summary || event.altKey || event.ctrlKey || event.metaKey) return;
  const details = summary.parentElement;
  const act = {
    ArrowRight: () => open(details),
    ArrowLeft: () => out(details),
    ArrowDown: () => step(element, summary, 1),
    ArrowUp: () => step(element, summary, -1),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function out(details) {
  if (details.open) details.open = false;
  else details.parentElement.closest("details")?.querySelector("summary")?.focus();
}

function step(element, summary, by) {
  const seen = [...element.querySelectorAll("summary")].filter((one) => one.checkVisibility());
  seen[seen.indexOf(summary) + by]?.focus();
}
