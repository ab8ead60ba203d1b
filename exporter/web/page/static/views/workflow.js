/** One workflow: where it stands, what was seen of it, its steps over time, and the whole object. */

import { Refusal, Unreachable, ask } from "../api.js";
import { lasted } from "../clock.js";
import { answers, hindrance } from "../cluster.js";
import { copyButton } from "../copy.js";
import { fill, h, write } from "../dom.js";
import { gantt } from "../gantt.js";
import { excuse } from "../listing.js";
import { mark, reason } from "../marks.js";
import { viewer } from "../objectview.js";
import { ago, namespaceLink } from "../rows.js";
import { bytes, clockTime, count, fullTime } from "../words.js";

/** Milliseconds between two readings of one that changes, */
const OFTEN = 3000;
/** and of one that has ended, or is large: */
const SELDOM = 20_000;
/** its bytes are decoded, sent and drawn each time. */
const LARGE = 200_000;

/** The view. */
export function workflow(route) {
  const [namespace = "", name = ""] = route.parts;
  const parts = frame(namespace, name);
  const stop = new AbortController();
  let asked = -Infinity;
  let pace = OFTEN;
  let shown = false;
  const read = async () => {
    asked = performance.now();
    try {
      const answer = await ask(`workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, {}, stop.signal);
      pace = answer.bytes > LARGE || answer.row.finished !== null ? SELDOM : OFTEN;
      shown = true;
      parts.show(answer);
    } catch (error) {
      if (!stop.signal.aborted) fail(error);
    }
  };
  const fail = (error) => {
    if (isGone(error)) parts.leave(error.body.history ?? []);
    else if (!(shown && error instanceof Unreachable)) parts.excuse(error);
  };
  const tick = () => {
    const why = hindrance(true, shown);
    if (why) fail(why);
    else if (answers() && performance.now() - asked >= pace) void read();
  };
  return { title: `${namespace}/${name}`, element: parts.element, tick, close: () => stop.abort() };
}

function isGone(error) {
  return error instanceof Refusal && error.status === 404;
}

/** The view's element, and the three things that it can say. */
function frame(namespace, name) {
  const head = headOf(namespace, name);
  const body = bodyOf();
  return {
    element: h("section", { class: "page workflow" }, head.element, body.element),
    show(answer) {
      head.show(answer.row);
      body.show(answer);
    },
    /** @param {any[]} history what was seen of one that is not there any more; empty if it was never seen */
    leave(history) {
      head.leave(history.at(-1));
      body.leave(history);
    },
    excuse: head.excuse,
  };
}

/** Its name, where it stands, and how to get it in a terminal. */
function headOf(namespace, name) {
  const standing = h("div", { class: "standing" });
  const message = h("p", { class: "said", hidden: true });
  const trouble = h("p", { class: "note", hidden: true });
  const command = commandOf(namespace, name);
  const element = h("header", { class: "head" },
    h("h1", { tabindex: -1 }, h("span", { class: "namespace" }, namespaceLink(namespace), h("span", { class: "slash" }, "/")), name),
    standing, message, trouble, command);
  const say = (place, words) => {
    write(place, words);
    place.hidden = !words;
  };
  return {
    element,
    show(row) {
      fill(standing, ...standingOf(row));
      say(message, row.message);
      say(trouble, "");
      command.hidden = false;
    },
    leave(last) {
      fill(standing, last ? [mark(last.phase), h("span", { class: "tag" }, "deleted")] : null);
      say(message, "");
      say(trouble, last ? "This workflow is gone. What was seen of it:" : "There is no such workflow.");
      command.hidden = true;
    },
    excuse: (error) => say(trouble, excuse(error)),
  };
}

/** The exporter answers kubectl itself; hidden until it is known that there is something to get. */
function commandOf(namespace, name) {
  const server = new URL(".", location.href).href.replace(/\/$/, "");
  const command = `kubectl --server=${quoted(server)} get workflows.argoproj.io -n ${quoted(namespace)} ${quoted(name)} -o yaml`;
  return h("p", { class: "command", hidden: true }, h("code", { tabindex: 0 }, command), copyButton("Copy the kubectl command", () => command));
}

/** Everything that is known of it, in panels. */
function bodyOf() {
  const facts = h("dl", { class: "facts" });
  const labels = h("ul", { class: "labels" });
  const history = h("ol", { class: "history", "data-list": "history", tabindex: 0, "aria-label": "What this exporter saw of it" });
  const steps = gantt();
  const stepCount = h("span", { class: "quiet" });
  const object = viewer();
  const seen = panel("history", "Seen by this exporter", history);
  const rest = [panel("timeline", ["Steps ", stepCount], steps.element), panel("object", "Object", object.element)];
  const element = h("div", { class: "parts", hidden: true }, panel("facts", "Facts", facts, labels), seen, rest);
  return {
    element,
    show(answer) {
      element.hidden = false;
      for (const one of element.children) one.hidden = false;
      fill(facts, ...factsOf(answer));
      fill(labels, Object.entries(answer.labels).map(label));
      fill(history, answer.history.map(moment));
      steps.show(answer.timeline);
      write(stepCount, shownOf(answer.timeline.length, answer.nodes));
      object.show(answer.object, answer.version);
    },
    leave(past) {
      element.hidden = !past.length;
      for (const one of element.children) one.hidden = one !== seen;
      fill(history, past.map(moment));
    },
  };
}

function label([key, value]) {
  return h("li", {}, h("span", { class: "quiet" }, `${key}=`), value);
}

function shownOf(few, all) {
  return all > few ? `the first ${few} of ${count(all)}` : count(all);
}

function panel(name, heading, ...rest) {
  return h("section", { class: "panel", "data-panel": name }, h("h2", {}, heading), rest);
}

function standingOf(row) {
  return [
    mark(row.phase),
    row.waits_for ? h("span", { class: "tag" }, `waits for: ${reason(row.waits_for)}`) : null,
    h("span", {}, row.finished ? "took " : "for ", lasted(row.started ?? row.created, row.finished)),
    row.progress ? h("span", { class: "quiet" }, `progress ${row.progress}`) : null,
  ];
}

function factsOf({ row, uid, version, bytes: size }) {
  return [
    fact("Created", ago(row.created)),
    fact("Started", ago(row.started)),
    fact("Finished", ago(row.finished)),
    fact(row.template_kind || "Template", row.template || "–"),
    row.cron ? fact("Cron workflow", row.cron) : null,
    fact("Size", bytes(size)),
    fact("Version", version),
    fact("UID", uid),
  ];
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

const EVENTS = { seen: "was there already", added: "appeared", modified: "became", deleted: "was deleted" };

function moment({ time, event, phase, version }) {
  const when = h("time", { datetime: new Date(time * 1000).toISOString(), title: fullTime(time) }, clockTime(time));
  return h("li", { "data-event": event }, when, h("span", { class: "quiet" }, EVENTS[event] ?? event), mark(phase),
    h("span", { class: "quiet version" }, `version ${version}`));
}

/** Names come from strangers, and a command is pasted into a shell. */
function quoted(word) {
  return /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
