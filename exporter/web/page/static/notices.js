/** What everybody should know at once: no contact, not ready, a simulation. Above every view. */

import { age, countdown, now, retime } from "./clock.js";
import { byId, drawing, fill, h, write } from "./dom.js";
import { longestSilence } from "./hearing.js";
import { count, plural, span } from "./words.js";

/** The states in which the cache is what the cluster is. */
const SETTLED = ["live", "absent"];

/** Show what `cluster` says, and speak of what changed since. */
export function notices() {
  const lost = lostNotice();
  const part = partNotice();
  const waiting = waitingNotice();
  const drill = drillStrip();
  byId("notices").append(lost.element, part.element, waiting.element, drill.element);
  const speak = speaker();
  return (cluster) => {
    lost.show(cluster);
    part.show(cluster);
    waiting.show(cluster);
    drill.show(cluster);
    pill(cluster);
    speak(cluster);
  };
}

/** One word in the corner that says whether the numbers live. */
function pill({ known, up, refused }) {
  const { words, stand } = standing(known, up, refused);
  const element = byId("contact");
  element.dataset.stand = stand;
  write(byId("contact-word"), words);
  document.documentElement.toggleAttribute("data-stale", !up && !refused);
}

function standing(known, up, refused) {
  if (refused) return { words: "Shown in part", stand: "waiting" };
  if (!up) return { words: "Not reachable", stand: "lost" };
  if (!known) return { words: "Connecting", stand: "waiting" };
  if (!known.ready) return { words: known.synced ? "Not ready" : "Syncing", stand: "waiting" };
  const silent = longestSilence(known.informers, now());
  if (silent) return { words: `Nothing heard for ${span(silent)}`, stand: "waiting" };
  const settled = known.informers.every(({ state }) => SETTLED.includes(state));
  return settled ? { words: "Live", stand: "live" } : { words: "Catching up", stand: "waiting" };
}

function lostNotice() {
  const since = age(now());
  const reason = h("span");
  const element = h("div", { class: "notice", "data-notice": "lost", hidden: true }, drawing("state-degraded"),
    h("p", {}, h("b", {}, "The exporter is not reachable"), " for ", since, ": ", reason,
      ". What you see is the last state that was heard; the page comes back by itself."));
  const show = ({ up, refused, lostAt, reason: why }) => {
    element.hidden = up || refused;
    if (element.hidden) return;
    retime(since, lostAt);
    write(reason, why);
  };
  return { element, show };
}

/** What is of all namespaces needs rights in all of them. */
function partNotice() {
  const reason = h("span");
  const element = h("div", { class: "notice", "data-notice": "part", hidden: true }, drawing("state-degraded"),
    h("p", {}, h("b", {}, "You see a part"), ": what you may read, namespace by namespace. ", reason));
  const show = ({ refused, reason: why }) => {
    element.hidden = !refused;
    if (refused) write(reason, why);
  };
  return { element, show };
}

/** Not ready: the reasons, and how far the first list is. */
function waitingNotice() {
  const reasons = h("ul");
  const progress = h("div", { class: "syncs" });
  const element = h("div", { class: "notice", "data-notice": "unready", hidden: true }, drawing("state-listing"),
    h("div", {}, h("b", {}, "Not ready"), reasons, progress));
  const show = ({ known, up }) => {
    element.hidden = !known || known.ready || !up;
    if (element.hidden) return;
    const given = known.problems.length ? known.problems : ["the first list of the cluster is being read"];
    if (reasons.textContent !== given.join("")) fill(reasons, given.map((one) => h("li", {}, one)));
    fill(progress, known.informers.filter(({ remaining }) => remaining !== null).map(sync));
  };
  return { element, show };
}

function sync({ resource, objects, listed = objects, remaining }) {
  const all = listed + remaining;
  return h("div", { class: "sync" }, h("span", {}, resource),
    h("progress", { max: Math.max(1, all), value: listed, "aria-label": `First list of ${resource}` }),
    h("span", { class: "number" }, `${count(listed)} of ${count(all)}`));
}

/** What goes wrong on purpose now, and what comes next. While nobody is heard, it stands still. */
function drillStrip() {
  const badge = h("b", { class: "badge" });
  const running = h("span", { class: "fault" });
  const next = h("span", { class: "fault next" });
  const element = h("div", { class: "drill", "data-notice": "drill", hidden: true }, badge, running, next);
  let seen = "";
  const show = ({ known, up }) => {
    if (!known || !up) return;
    element.hidden = !known.drill;
    if (!known.drill) return;
    const { speed, about } = known.drill;
    const { current, later } = appointments(known.drill.schedule);
    const written = JSON.stringify([speed, current, later]);
    if (written === seen) return;
    seen = written;
    write(badge, `Simulation × ${speed}`);
    badge.title = about;
    fill(running, current ? happening(current) : rest(about));
    fill(next, later ? coming(later) : null);
    element.toggleAttribute("data-running", Boolean(current));
  };
  return { element, show };
}

/** The fault that there is, and the one that comes next. */
function appointments(schedule) {
  const moment = now();
  return {
    current: schedule.find(({ begins, ends }) => begins <= moment && moment < ends),
    later: schedule.find(({ begins }) => begins > moment),
  };
}

/** What is simulated: as many of its sentences as one line has room for. */
function rest(about) {
  const sentences = (about || "All is quiet.").split(/(?<=\.)\s+/);
  return h("span", { class: "rest", title: about }, sentences.map((one) => h("span", {}, one)));
}

function happening({ fault, about, ends }) {
  return [h("span", { class: "when" }, drawing("state-degraded"), "Now"), h("b", {}, fault),
    h("span", { class: "about" }, about), h("span", { class: "until" }, "ends in ", countdown(ends))];
}

function coming({ fault, about, begins }) {
  return [h("span", { class: "when" }, "Next"), h("b", { title: about }, fault), h("span", { class: "until" }, "in ", countdown(begins))];
}

/** Only what changes the meaning of the page is spoken: contact, readiness, faults. */
function speaker() {
  let told = null;
  return ({ known, up: heard, refused }) => {
    const up = heard || refused;
    const state = { up, ready: known?.ready ?? null };
    if (told && told.up !== up) say(up ? "The exporter is reachable again." : "The exporter is not reachable.");
    else if (told && told.ready !== null && told.ready !== state.ready) say(readiness(known));
    told = state;
  };
}

function readiness({ ready, problems }) {
  return ready ? "Ready." : `Not ready: ${plural(problems.length, "reason")}.`;
}

/** Have a sentence read out. */
function say(words) {
  write(byId("announce"), words);
}
