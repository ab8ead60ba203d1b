/** What everybody should know at once: no contact, not ready, a simulation. Above every view. */

import { age, countdown, now, retime } from "./clock.js";
import { wasSynced } from "./cluster.js";
import { byId, drawing, fill, h, write } from "./dom.js";
import { count, plural } from "./words.js";

/** The states in which the cache is what the cluster is. */
const SETTLED = ["live", "absent"];

/** Show what `cluster` says, and speak of what changed since. */
export function notices() {
  const lost = lostNotice();
  const waiting = waitingNotice();
  const drill = drillStrip();
  byId("notices").append(lost.element, waiting.element, drill.element);
  const speak = speaker();
  return (cluster) => {
    lost.show(cluster);
    waiting.show(cluster);
    drill.show(cluster.known?.drill);
    pill(cluster);
    speak(cluster);
  };
}

/** One word in the corner that says whether the numbers live. */
function pill({ known, up }) {
  const [words, stand] = standing(known, up);
  const element = byId("contact");
  element.dataset.stand = stand;
  write(byId("contact-word"), words);
  document.documentElement.toggleAttribute("data-stale", !up);
}

function standing(known, up) {
  if (!up) return ["Not reachable", "lost"];
  if (!known) return ["Connecting", "waiting"];
  if (!known.ready) return [wasSynced() ? "Not ready" : "Syncing", "waiting"];
  return known.informers.every(({ state }) => SETTLED.includes(state)) ? ["Live", "live"] : ["Catching up", "waiting"];
}

function lostNotice() {
  const since = age(now());
  const reason = h("span");
  const element = h("div", { class: "notice", "data-notice": "lost", hidden: true }, drawing("state-degraded"),
    h("p", {}, h("b", {}, "The exporter is not reachable"), " for ", since, ": ", reason,
      ". What you see is the last state that was heard; the page comes back by itself."));
  const show = ({ up, lostAt, reason: why }) => {
    element.hidden = up;
    if (up) return;
    retime(since, lostAt);
    write(reason, why);
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

/** What goes wrong on purpose now, and what comes next. */
function drillStrip() {
  const badge = h("b", { class: "badge" });
  const running = h("span", { class: "fault" });
  const next = h("span", { class: "fault next" });
  const element = h("div", { class: "drill", "data-notice": "drill", hidden: true }, badge, running, next);
  let print = "";
  const show = (drill) => {
    element.hidden = !drill;
    if (!drill) return;
    const moment = now();
    const current = drill.schedule.find(({ begins, ends }) => begins <= moment && moment < ends);
    const later = drill.schedule.find(({ begins }) => begins > moment);
    const seen = JSON.stringify([drill.speed, current, later]);
    if (seen === print) return;
    print = seen;
    write(badge, `Simulation × ${drill.speed}`);
    badge.title = drill.about;
    fill(running, current ? fault("Now", current, current.ends) : h("span", { class: "quiet", title: drill.about }, drill.about || "All is quiet."));
    fill(next, later ? fault("Next", later, later.begins) : null);
    element.toggleAttribute("data-running", Boolean(current));
  };
  return { element, show };
}

function fault(when, { fault: name, about }, until) {
  return [h("span", { class: "when" }, when === "Now" ? drawing("state-degraded") : null, when), h("b", {}, name),
    h("span", { class: "about", title: about }, about), h("span", { class: "until" }, when === "Now" ? "ends in " : "in ", countdown(until))];
}

/** Only what changes the meaning of the page is spoken: contact, readiness, faults. */
function speaker() {
  let told = null;
  return ({ known, up }) => {
    const state = { up, ready: known?.ready ?? null };
    if (told && told.up !== state.up) say(up ? "The exporter is reachable again." : "The exporter is not reachable.");
    else if (told && told.ready !== null && told.ready !== state.ready) say(known.ready ? "Ready." : `Not ready: ${plural(known.problems.length, "reason")}.`);
    told = state;
  };
}

/** Have a sentence read out. */
export function say(words) {
  write(byId("announce"), words);
}
