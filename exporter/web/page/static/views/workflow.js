/** One workflow: where it stands, what was seen of it, its steps over time, and the whole object. */

import { Refusal, Unreachable, ask } from "../api.js";
import { cluster, wasSynced } from "../cluster.js";
import { copyButton } from "../copy.js";
import { fill, h, write } from "../dom.js";
import { gantt } from "../gantt.js";
import { excuse } from "../listing.js";
import { mark, reason } from "../marks.js";
import { viewer } from "../objectview.js";
import { ago, namespaceLink } from "../rows.js";
import { lasted } from "../clock.js";
import { bytes, clockTime, count, fullTime } from "../words.js";

const OFTEN = 3000;
const SELDOM = 20_000;
const LARGE = 200_000;

/** What a refusal carries: the history of what is gone. */
class Gone extends Refusal {
  constructor(body, status) {
    super(status, body.error ?? `the exporter answered ${status}`);
    this.history = body.history ?? [];
  }
}

/** The view. */
export function workflow(route) {
  const [namespace = "", name = ""] = route.parts;
  const parts = frame(namespace, name);
  const stop = new AbortController();
  let asked = -Infinity;
  let pace = OFTEN;
  const read = async () => {
    asked = performance.now();
    try {
      const answer = await ask(`workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, {}, stop.signal,
        (body, status) => new Gone(body, status));
      pace = answer.bytes > LARGE || answer.row.finished !== null ? SELDOM : OFTEN;
      parts.show(answer);
    } catch (error) {
      if (!stop.signal.aborted) parts.excuse(error);
    }
  };
  const tick = () => {
    if (!cluster.known || !cluster.up || performance.now() - asked < pace) return;
    if (!cluster.known.lookup) parts.excuse(new Refusal(403, "lookups are turned off"));
    else if (wasSynced()) void read();
    else parts.excuse(new Refusal(503, ""));
  };
  return {
    title: `${namespace}/${name}`,
    element: parts.element,
    tick,
    close: () => stop.abort(),
  };
}

function frame(namespace, name) {
  const command = `kubectl get workflows.argoproj.io -n ${quoted(namespace)} ${quoted(name)} -o yaml`;
  const standing = h("div", { class: "standing" });
  const message = h("p", { class: "said", hidden: true });
  const trouble = h("p", { class: "note", hidden: true });
  const facts = h("dl", { class: "facts" });
  const labels = h("ul", { class: "labels" });
  const history = h("ol", { class: "history", "data-list": "history", tabindex: 0, "aria-label": "What this exporter saw of it" });
  const steps = gantt();
  const stepCount = h("span", { class: "quiet" });
  const object = viewer();
  const head = h("header", { class: "head" },
    h("h1", { tabindex: -1 }, h("span", { class: "namespace" }, namespaceLink(namespace), h("span", { class: "slash" }, "/")), name),
    standing, message, trouble,
    h("p", { class: "command" }, h("code", { tabindex: 0 }, command), copyButton("Copy the kubectl command", () => command)));
  const body = h("div", { class: "parts", hidden: true },
    panel("facts", "Facts", facts, labels),
    panel("history", "Seen by this exporter", history),
    panel("timeline", ["Steps ", stepCount], steps.element),
    panel("object", "Object", object.element));
  const element = h("section", { class: "page workflow" }, head, body);

  const show = (answer) => {
    const { row, timeline, nodes } = answer;
    body.hidden = false;
    for (const one of body.children) one.hidden = false;
    trouble.hidden = true;
    fill(standing, ...standingOf(row));
    write(message, row.message);
    message.hidden = !row.message;
    fill(facts, ...factsOf(answer));
    fill(labels, Object.entries(answer.labels).map(([key, value]) => h("li", {}, h("span", { class: "quiet" }, `${key}=`), value)));
    fill(history, answer.history.map(moment));
    steps.show(timeline);
    write(stepCount, nodes > timeline.length ? `the first ${timeline.length} of ${count(nodes)}` : count(nodes));
    object.show(answer.object, answer.version);
  };
  const tellTrouble = (error) => {
    if (error instanceof Unreachable) return;
    const gone = error instanceof Gone && error.status === 404;
    write(trouble, gone ? (error.history.length ? "This workflow is gone. What was seen of it:" : "There is no such workflow.") : excuse(error));
    trouble.hidden = false;
    if (!gone) return;
    fill(standing, error.history.length ? [mark(error.history.at(-1).phase), h("span", { class: "tag" }, "deleted")] : null);
    message.hidden = true;
    body.hidden = !error.history.length;
    for (const one of body.children) one.hidden = one.dataset.panel !== "history";
    fill(history, error.history.map(moment));
  };
  return { element, show, excuse: tellTrouble };
}

function panel(name, heading, ...rest) {
  return h("section", { class: "panel", "data-panel": name }, h("h2", {}, heading), rest);
}

function standingOf(row) {
  return [mark(row.phase), row.waits_for ? h("span", { class: "tag" }, `waits for: ${reason(row.waits_for)}`) : null,
    h("span", {}, row.finished ? "took " : "for ", lasted(row.started ?? row.created, row.finished)),
    row.progress ? h("span", { class: "quiet" }, `progress ${row.progress}`) : null];
}

function factsOf({ row, uid, version, bytes: size }) {
  const facts = [["Created", ago(row.created)], ["Started", ago(row.started)], ["Finished", ago(row.finished)],
    [row.template_kind || "Template", row.template || "–"], ["Cron workflow", row.cron || null], ["Size", bytes(size)], ["Version", version], ["UID", uid]];
  return facts.filter(([, value]) => value !== null).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)));
}

const EVENTS = { seen: "was there already", added: "appeared", modified: "became", deleted: "was deleted" };

function moment({ time, event, phase, version }) {
  return h("li", { "data-event": event }, h("time", { datetime: new Date(time * 1000).toISOString(), title: fullTime(time) }, clockTime(time)),
    h("span", { class: "quiet" }, EVENTS[event] ?? event), mark(phase), h("span", { class: "quiet version" }, `version ${version}`));
}

/** Names come from strangers, and a command is pasted into a shell. */
function quoted(word) {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
