/** The exporter's own ears: each informer, where it stands and what it did. */

import { ask } from "../api.js";
import { age, now, retime } from "../clock.js";
import { cluster } from "../cluster.js";
import { h, keep, write } from "../dom.js";
import { page } from "../filters.js";
import { silence } from "../hearing.js";
import { state } from "../marks.js";
import { spark } from "../spark.js";
import { bytes, count, rate, span } from "../words.js";

const ABOUT = "Each resource is listed once and then watched; this says how that goes.";

/** What is told of an informer. */
const FACTS = [
  { label: "Objects", tell: (one) => count(one.objects) },
  { label: "Events", tell: (one) => rate(one.events_per_second) },
  { label: "Added", tell: (one) => count(one.events.added) },
  { label: "Modified", tell: (one) => count(one.events.modified) },
  { label: "Deleted", tell: (one) => count(one.events.deleted) },
  { label: "Bookmarks", tell: (one) => count(one.bookmarks) },
  { label: "Relists", tell: (one) => count(one.relists) },
  { label: "Watches", tell: (one) => count(one.watches) },
  { label: "Errors", tell: (one) => count(one.errors) },
  { label: "Received", tell: (one) => bytes(one.received_bytes) },
  { label: "Cache", tell: (one) => bytes(one.cache_bytes) },
  { label: "Version", tell: (one) => one.version || "–" },
];

const TIMES = [
  { label: "Last contact", name: "last_contact" },
  { label: "Last event", name: "last_event" },
  { label: "Last sync", name: "last_sync" },
];

/** Milliseconds between two questions for the memory, which no tick tells. */
const SELDOM = 5000;

/** How the small chart of each card is drawn. */
const drawings = new WeakMap();

/** The view. */
export function informers() {
  const cards = h("div", { class: "cards", "data-list": "informers" });
  const memory = h("b", {}, "–");
  let asked = -Infinity;
  const remember = async () => {
    asked = performance.now();
    const answer = await ask("informers").catch(() => null);
    if (answer) write(memory, bytes(answer.memory.resident));
  };
  return {
    title: "Informers",
    element: page("Informers", ABOUT, h("p", { class: "fact" }, "Memory of the exporter: ", memory), cards),
    tick: ({ known, up }) => {
      if (!known) return;
      showCards(cards, known.informers, FACTS);
      if (up && performance.now() - asked > SELDOM) void remember();
    },
  };
}

/** Make cards of informers, or bring them up to date. */
export function showCards(element, all, facts) {
  keep(element, all, ({ resource }) => resource, (one) => card(one, facts), (child, one) => update(child, one, facts));
}

function card({ resource }, facts) {
  const whole = facts === FACTS;
  const times = (whole ? TIMES : TIMES.slice(0, 1)).map(({ label, name }) => fact(label, name));
  const sparks = spark();
  const element = h("article", { class: "card" },
    h("header", {}, h(whole ? "h2" : "h3", { title: resource }, resource.split(".")[0]), h("span", { class: "state" })),
    h("p", { class: "why", hidden: true }), h("p", { class: "why silence", hidden: true }), sparks.element,
    h("dl", {}, times, facts.map(({ label }) => fact(label, label))));
  drawings.set(element, sparks.show);
  return element;
}

function fact(label, name) {
  return h("div", {}, h("dt", {}, label), h("dd", { "data-fact": name }));
}

function update(element, one, facts) {
  const stand = element.querySelector(".state");
  if (stand.dataset.state !== one.state) {
    stand.dataset.state = one.state;
    stand.replaceChildren(state(one.state));
  }
  drawings.get(element)(cluster.rates.get(one.resource) ?? []);
  say(element.querySelector(".why"), one.reason);
  const seconds = silence(one, now());
  element.toggleAttribute("data-silent", seconds > 0);
  say(element.querySelector(".silence"), seconds ? `nothing heard for ${span(seconds)}` : "");
  for (const { name } of TIMES) when(element.querySelector(`[data-fact="${name}"]`), one[name]);
  for (const { label, tell } of facts) write(element.querySelector(`[data-fact="${label}"]`), tell(one));
}

function say(element, words) {
  write(element, words);
  element.hidden = !words;
}

/** Times come as null, or as 0 before the first. */
function when(place, at) {
  if (!place) return;
  const time = place.querySelector("time");
  if (!at) write(place, "–");
  else if (time) retime(time, at);
  else place.replaceChildren(age(at));
}
