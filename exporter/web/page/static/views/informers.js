/** The exporter's own ears: each informer, where it stands and what it did. */

import { ask } from "../api.js";
import { age, retime } from "../clock.js";
import { cluster } from "../cluster.js";
import { h, keep, write } from "../dom.js";
import { page } from "../filters.js";
import { state } from "../marks.js";
import { spark } from "../spark.js";
import { bytes, count, rate } from "../words.js";

const ABOUT = "Each resource is listed once and then watched; this says how that goes.";

/** What is told of an informer: label, how to write it. */
const FACTS = [
  ["Objects", (one) => count(one.objects)],
  ["Events", (one) => rate(one.events_per_second)],
  ["Added", (one) => count(one.events.added)],
  ["Modified", (one) => count(one.events.modified)],
  ["Deleted", (one) => count(one.events.deleted)],
  ["Bookmarks", (one) => count(one.bookmarks)],
  ["Relists", (one) => count(one.relists)],
  ["Watches", (one) => count(one.watches)],
  ["Errors", (one) => count(one.errors)],
  ["Received", (one) => bytes(one.received_bytes)],
  ["Cache", (one) => bytes(one.cache_bytes)],
  ["Version", (one) => one.version || "–"],
];

const TIMES = [["Last contact", "last_contact"], ["Last event", "last_event"], ["Last sync", "last_sync"]];

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
      if (up && performance.now() - asked > 5000) void remember();
    },
  };
}

/** Make cards of informers, or bring them up to date. */
export function showCards(element, all, facts) {
  keep(element, all, ({ resource }) => resource, (one) => card(one, facts), (child, one) => update(child, one, facts));
}

function card({ resource }, facts) {
  const times = TIMES.map(([label, name]) => h("div", {}, h("dt", {}, label), h("dd", { "data-fact": name })));
  const sparks = spark();
  const rest = facts.map(([label]) => h("div", {}, h("dt", {}, label), h("dd", { "data-fact": label })));
  const element = h("article", { class: "card" }, h("header", {}, h(facts === FACTS ? "h2" : "h3", { title: resource }, resource.split(".")[0]), h("span", { class: "state" })),
    h("p", { class: "why", hidden: true }), sparks.element, h("dl", {}, facts === FACTS ? times : times.slice(0, 1), rest));
  element.draw = sparks.show;
  return element;
}

function update(element, one, facts) {
  const stand = element.querySelector(".state");
  if (stand.dataset.state !== one.state) {
    stand.dataset.state = one.state;
    stand.replaceChildren(state(one.state));
  }
  element.draw(cluster.rates.get(one.resource) ?? []);
  const why = element.querySelector(".why");
  write(why, one.reason);
  why.hidden = !one.reason;
  for (const [, name] of TIMES) when(element.querySelector(`[data-fact="${name}"]`), one[name]);
  for (const [label, tell] of facts) write(element.querySelector(`[data-fact="${label}"]`), tell(one));
}

/** Times come as null, or as 0 before the first. */
function when(place, at) {
  if (!place) return;
  const time = place.querySelector("time");
  if (!at) write(place, "–");
  else if (time) retime(time, at);
  else place.replaceChildren(age(at));
}
