/** The keys of the page. Letters do nothing while the reader writes. */

import { byId } from "./dom.js";
import { address } from "./router.js";
import { hideToast, toast } from "./toast.js";

/** After "g". */
const JUMPS = { o: "front", n: "namespaces", w: "waiting", r: "running", f: "failures", c: "cron", t: "groups", i: "informers" };

let jumping = false;

/** Begin to listen. */
export function listen() {
  document.addEventListener("keydown", press);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape") return leave(event);
  if (event.target.closest("input, select, textarea, dialog")) return;
  const act = jumping ? jump(event.key) : KEYS[event.key] ?? arrows(event);
  jumping = false;
  if (!act) return;
  event.preventDefault();
  act();
}

const KEYS = {
  "/": () => byId("query").focus(),
  "?": () => /** @type {HTMLDialogElement} */ (byId("help")).showModal(),
  g: () => (jumping = true),
  j: () => step(1),
  k: () => step(-1),
  t: () => byId("theme").click(),
  w: () => wall(),
};

function jump(key) {
  const name = JUMPS[key];
  return name && (() => (location.hash = address(name)));
}

/** Arrows move over the rows only from a row, else they scroll as ever. */
function arrows({ key, target }) {
  if (!target.closest("[data-open]")) return null;
  return { ArrowDown: () => step(1), ArrowUp: () => step(-1) }[key];
}

/** To the next thing that Enter opens. */
function step(by) {
  const all = [...byId("main").querySelectorAll("[data-open]")].filter((one) => one.checkVisibility());
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[next]?.focus();
  all[next]?.scrollIntoView({ block: "nearest" });
}

/** Escape: out of a dialog (the browser does that), out of a field, out of a wall, back. */
function leave(event) {
  jumping = false;
  if (document.querySelector("dialog[open]")) return;
  const field = event.target.closest("input, select, textarea");
  if (field) return field.blur();
  if (document.documentElement.hasAttribute("data-wall")) return wall();
  if (location.hash.length > 2) history.length > 1 ? history.back() : (location.hash = address("front"));
}

/** Nothing but the view, the clock and the contact: for screens nobody touches. */
function wall() {
  if (document.documentElement.toggleAttribute("data-wall")) toast("Wall: press w or Esc to leave.");
  else hideToast();
}
