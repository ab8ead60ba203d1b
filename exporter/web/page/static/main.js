/** Starts the page: shows the view that the address names, and lets every tick reach it. */

import { query } from "./api.js";
import { beat } from "./clock.js";
import { cluster, contact, follow, phaseSum, renew, take, total } from "./cluster.js";
import { byId, fill, h, set, write } from "./dom.js";
import { listen } from "./keyboard.js";
import { Live } from "./live.js";
import { notices } from "./notices.js";
import { address, here } from "./router.js";
import { cron } from "./views/cron.js";
import { front } from "./views/front.js";
import { groups } from "./views/groups.js";
import { informers } from "./views/informers.js";
import { failures, running, waiting } from "./views/lists.js";
import { namespaces } from "./views/namespaces.js";
import { search } from "./views/search.js";
import { workflow } from "./views/workflow.js";
import { short } from "./words.js";

/**
 * A view gives its element, and what is to be done at a tick and at its end.
 * @typedef {{title: string, element: HTMLElement, tick?: (cluster: any) => void, close?: () => void}} View
 * @type {Record<string, (route: import("./router.js").Route) => View>}
 */
const VIEWS = { front, namespaces, waiting, running, failures, cron, groups, informers, search, workflow };

/** @type {View | null} */
let view = null;

function show(arrived) {
  const route = here();
  view?.close?.();
  const make = Object.hasOwn(VIEWS, route.name) ? VIEWS[route.name] : nowhere;
  view = make(route);
  document.title = `${view.title} · informer-exporter`;
  const main = byId("main");
  main.dataset.view = make === nowhere ? "nowhere" : route.name;
  fill(main, view.element);
  view.tick?.(cluster);
  markPlace(route.name);
  clearSearch(route.name);
  set(byId("twin"), "href", `api/v1/${twin(route)}`);
  closeMenu();
  if (!arrived) return;
  scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
}

/** Where the same is as JSON. */
function twin({ name, parts, parameters }) {
  if (name === "workflow") return `workflows/${parts.map(encodeURIComponent).join("/")}`;
  return name in VIEWS && name !== "front" ? `${name}${query(parameters)}` : "overview";
}

/** @returns {View} */
function nowhere({ name }) {
  return { title: "Nowhere", element: h("section", {}, h("h1", { tabindex: -1 }, "Nowhere"),
    h("p", { class: "note" }, `There is no view “${name}”. `, h("a", { href: address("front") }, "To the overview"))) };
}

/** What was looked for is no longer what is shown. */
function clearSearch(name) {
  const field = /** @type {HTMLInputElement} */ (byId("query"));
  if (name !== "search" && field !== document.activeElement) field.value = "";
}

function markPlace(name) {
  for (const link of document.querySelectorAll("#menu a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** The numbers beside the views' names. */
function countViews({ known }) {
  if (!known) return;
  const counts = {
    namespaces: known.namespaces,
    waiting: total(known.waiting),
    running: phaseSum(known.phases, "Running"),
    failures: phaseSum(known.phases, "Failed", "Error"),
  };
  for (const [name, number] of Object.entries(counts)) write(byId(`count-${name}`), short(number));
  write(byId("version"), known.version);
  if (known.metrics) byId("metrics").setAttribute("href", known.metrics.slice(1));
}

function closeMenu() {
  byId("menu").removeAttribute("data-open");
  byId("menu-button").setAttribute("aria-expanded", "false");
}

function turnMenu() {
  const open = byId("menu").toggleAttribute("data-open");
  byId("menu-button").setAttribute("aria-expanded", String(open));
}

function lookFor(event) {
  event.preventDefault();
  const q = /** @type {HTMLInputElement} */ (byId("query")).value.trim();
  if (!q) return;
  const there = address("search", [], { q, go: "1" });
  if (location.hash === there) show(true);
  else location.hash = there;
}

function start() {
  byId("search").addEventListener("submit", lookFor);
  byId("menu-button").addEventListener("click", turnMenu);
  byId("help-button").addEventListener("click", () => /** @type {HTMLDialogElement} */ (byId("help")).showModal());
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  listen();
  addEventListener("hashchange", () => show(true));
  show(false);
  follow(notices());
  follow(countViews);
  follow((state) => view?.tick?.(state));
  setInterval(() => document.hidden || beat(), 1000);
  beat();
  new Live(take, contact, renew).start();
}

start();
