/** Times on the page tick by the exporter's clock, without asking it: only the difference between the clocks is kept. */

import { h, write } from "./dom.js";
import { clockTime, fullTime, span } from "./words.js";

let ahead = 0;

/** Learn what the exporter's clock says now. Small differences are the network's: they would make ages jitter. */
export function learn(serverNow) {
  const difference = serverNow - Date.now() / 1000;
  if (Math.abs(difference - ahead) > 0.5) ahead = difference;
}

/** Epoch seconds by the exporter's clock. */
export function now() {
  return Date.now() / 1000 + ahead;
}

/** How long ago, ticking: `at` in epoch seconds; an en dash where unknown. */
export function age(at) {
  return at === null || at === undefined ? h("span", {}, "–") : tell(h("time", { "data-at": at }), at);
}

/** How long until, ticking down to 0. */
export function countdown(at) {
  return tell(h("time", { "data-until": at }), at);
}

/** Point an element made here at another time. */
export function retime(element, at) {
  element.setAttribute(element.dataset.until === undefined ? "data-at" : "data-until", String(at));
  tell(element, at);
}

/** The time that passed between two, or until now while the second is not known. */
export function lasted(from, to) {
  if (from === null || from === undefined) return h("span", {}, "–");
  return to === null || to === undefined ? age(from) : h("span", { title: `${fullTime(from)} to ${fullTime(to)}` }, span(to - from));
}

function tell(element, at) {
  element.setAttribute("datetime", new Date(at * 1000).toISOString());
  element.title = fullTime(at);
  beatOne(element, now());
  return element;
}

function beatOne(element, moment) {
  const { at, until } = element.dataset;
  write(element, span(until === undefined ? moment - Number(at) : Number(until) - moment));
}

/** Ages go on whatever happens; what is to come is only known while the exporter is heard. */
const TICKING = "time[data-at], html:not([data-stale]) time[data-until]";

/** Bring every time on the page up to this second. */
export function beat() {
  const moment = now();
  for (const element of document.querySelectorAll(TICKING)) beatOne(element, moment);
  const wall = document.getElementById("clock");
  if (wall) write(wall, clockTime(moment));
}
