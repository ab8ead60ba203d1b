/** A table that the exporter pages: filters, pages, rows that stay where they are while their numbers change. */

import { Refusal, Unreachable, ask } from "./api.js";
import { answers, cluster, hindrance } from "./cluster.js";
import { fill, h, keep, write } from "./dom.js";
import { count } from "./words.js";

/** Milliseconds between two readings at least: numbers that change faster cannot be read. */
const PACE = 2000;
/** Milliseconds for which rows stay after the pointer moved over them: as long as somebody may look at one. */
const READING = 8000;
/** Milliseconds after a reading that failed until the next. */
const RETRY = 5000;
/** Rows of a page where the plan does not say. */
const ROWS = 25;

/**
 * @typedef {object} Column
 * @property {string} head
 * @property {(item: any) => any} value what the cell shows; when it stays the same, the cell stays as well
 * @property {(item: any) => any} [cell] a node or text; the value itself if left out
 * @property {string} [kind] a class for the cells: "number", "name", "wide", …
 */

export class Listing {
  #plan;
  #parameters;
  #stack = [""];
  #next = "";
  #stamp = /** @type {string | null} */ (null);
  #asked = -Infinity;
  #pointed = -Infinity;
  #stop = new AbortController();
  #shown = false;
  #page = /** @type {string | undefined} */ (undefined);
  /** What each cell shows, written as JSON. */
  #seen = new WeakMap();

  /**
   * @param {object} plan
   * @param {string} plan.name the name of the list, which browser tests look for
   * @param {string} plan.caption what the table is, for those who hear it
   * @param {string} plan.path below api/v1/
   * @param {string} [plan.stamp] which stamp of a tick says that the list changed; without it, it is read once
   * @param {Column[]} plan.columns
   * @param {(item: any) => string} plan.keyOf
   * @param {number} [plan.limit] rows of a page
   * @param {Record<string, string>} [plan.parameters]
   * @param {string} plan.empty what to say of an empty list
   * @param {boolean} [plan.names] whether it shows names of objects, which may be forbidden
   * @param {boolean} [plan.brief] part of another view: no pages, no filters
   * @param {(answer: any) => void} [plan.onAnswer]
   * @param {(item: any) => string | null} [plan.tone] a phase to colour the row by
   */
  constructor(plan) {
    this.#plan = plan;
    this.#parameters = { ...plan.parameters };
    this.body = h("tbody", { role: "rowgroup" });
    this.note = h("p", { class: "note", hidden: true });
    this.place = h("span", { class: "place" });
    this.back = h("button", { type: "button", onclick: () => this.#turn(-1), disabled: true, "data-action": "previous" }, "← Previous");
    this.forth = h("button", { type: "button", onclick: () => this.#turn(1), disabled: true, "data-action": "next" }, "Next →");
    this.element = this.#frame();
  }

  #frame() {
    const { name, caption, columns, brief } = this.#plan;
    const heads = columns.map(({ head, kind }) => h("th", { scope: "col", role: "columnheader", class: kind }, head));
    const table = h("table", { role: "table", "data-list": name },
      h("caption", { class: "hidden" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)), this.body);
    this.body.addEventListener("pointermove", () => (this.#pointed = performance.now()));
    this.body.addEventListener("pointerleave", () => (this.#pointed = -Infinity));
    const pager = h("nav", { class: "pager", "aria-label": `Pages of ${name}` }, this.back, this.place, this.forth);
    return h("div", { class: "listing", "aria-busy": "true" }, table, this.note, brief ? null : pager);
  }

  /** Called with each tick: reads again if the list changed, unless it was read just now or is being looked at. */
  tick() {
    const reason = hindrance(Boolean(this.#plan.names), this.#shown);
    if (reason) this.#excuse(reason);
    else if (this.#due()) void this.#read();
  }

  #due() {
    const waited = performance.now() - this.#asked;
    if (!answers() || waited < PACE) return false;
    if (!this.#shown || cluster.refused) return waited > RETRY; // nobody tells such a reader what has changed
    const stamp = this.#plan.stamp && cluster.known?.stamps?.[this.#plan.stamp];
    return Boolean(stamp) && stamp !== this.#stamp && !this.#held();
  }

  /** Rows that jump away under the hand or the eye are worse than rows a few seconds old. */
  #held() {
    if (performance.now() - this.#pointed < READING) return true;
    const selection = getSelection();
    return Boolean(selection && !selection.isCollapsed && this.element.contains(selection.anchorNode));
  }

  /** Show other rows, from the first page. */
  narrow(parameters) {
    this.#parameters = { ...this.#parameters, ...parameters };
    this.#stack = [""];
    this.#page = undefined;
    void this.#read();
  }

  get parameters() {
    return this.#parameters;
  }

  async #turn(step) {
    if (step > 0) this.#stack.push(this.#next);
    else this.#stack.pop();
    await this.#read();
    this.element.scrollIntoView({ block: "nearest" });
  }

  async #read() {
    this.#stop.abort();
    const stop = (this.#stop = new AbortController());
    this.#asked = performance.now();
    const { path, limit = ROWS } = this.#plan;
    try {
      const answer = await ask(path, { ...this.#parameters, limit, continue: this.#stack.at(-1) ?? "" }, stop.signal);
      this.#show(answer);
    } catch (error) {
      if (!stop.signal.aborted) this.#excuse(error);
    }
  }

  #show(answer) {
    const { keyOf, empty, onAnswer } = this.#plan;
    const fresh = this.#page === this.#stack.at(-1);
    this.#page = this.#stack.at(-1);
    this.#stamp = answer.stamp;
    this.#shown = true;
    this.#next = answer.continue;
    keep(this.body, answer.items, keyOf, () => this.#row(fresh), (row, item) => this.#update(row, item));
    this.#say(answer.items.length ? "" : this.#stack.length > 1 ? "Nothing is left on this page: go back a page." : empty, 200);
    this.#tellPlace(answer);
    onAnswer?.(answer);
  }

  #tellPlace({ items, remaining }) {
    this.back.disabled = this.#stack.length < 2;
    this.forth.disabled = !this.#next;
    const more = remaining === null || remaining === undefined ? "" : remaining ? ` · ${count(remaining)} more` : "";
    write(this.place, items.length ? `Page ${this.#stack.length}${more}` : "");
  }

  #row(fresh) {
    const cells = this.#plan.columns.map(({ head, kind }) => h("td", { role: "cell", class: kind, "data-head": head }));
    return h("tr", { role: "row", class: fresh ? "fresh" : null }, cells);
  }

  /** Only cells whose value changed are made anew. */
  #update(row, item) {
    const tone = this.#plan.tone?.(item);
    if (tone) row.dataset.tone = tone;
    for (const [index, { value, cell }] of this.#plan.columns.entries()) {
      const shown = value(item);
      const written = JSON.stringify(shown) ?? "";
      const place = row.cells[index];
      if (this.#seen.get(place) === written) continue;
      this.#seen.set(place, written);
      fill(place, (cell ? cell(item) : shown) ?? "–");
    }
  }

  /** What was read before stays; what was not is explained. */
  #excuse(error) {
    this.#stamp = null;
    if (error instanceof Unreachable && this.#shown) return;
    if (error instanceof Refusal && error.status !== 503) this.#clear();
    this.#say(excuse(error), error instanceof Refusal ? error.status : 0);
  }

  #clear() {
    this.#shown = false;
    this.#next = "";
    this.body.replaceChildren();
    this.#tellPlace({ items: [], remaining: null });
  }

  #say(words, status) {
    write(this.note, words);
    this.note.hidden = words === "";
    this.note.dataset.status = String(status);
    this.element.setAttribute("aria-busy", "false");
    this.element.toggleAttribute("data-empty", this.body.children.length === 0);
  }

  close() {
    this.#stop.abort();
  }
}

/** Why something cannot be shown, for people. */
export function excuse(error) {
  if (error instanceof Unreachable) return `This could not be read: ${error.message}. The page tries again by itself.`;
  if (!(error instanceof Refusal)) return `This cannot be shown: ${error.message}`;
  if (error.status === 503) return "The first list of the cluster is still being read; this comes when it is done.";
  if (error.status === 403) return `Names of objects are not shown here: ${error.message}.`;
  return sentence(error.message);
}

function sentence(message) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}
