/** Keeps the page living: reads api/v1/live, notices silence, comes back by itself, rests while nobody looks. */

import { Refusal, Unreachable, refused, request } from "./api.js";
import { reader } from "./events.js";

/** Milliseconds without a word after which a stream is dead: a tick comes each second. */
const SILENCE = 10_000;
/** Milliseconds between two attempts at most: who looks at a wall should not wait longer for a restarted exporter. */
const LONGEST_WAIT = 15_000;
/** Milliseconds before the first new attempt, until the stream itself names another number. */
const FIRST_WAIT = 2000;

export class Live {
  #onTick;
  #onContact;
  #onOpen;
  #stop = new AbortController();
  #heard = 0;
  #retry = FIRST_WAIT;
  #failures = 0;
  #timer = 0;

  /**
   * @param {(tick: any) => void} onTick
   * @param {(up: boolean, reason: string, refused?: boolean) => void} onContact called on each success and failure;
   *   `refused` where the exporter answers, but does not tell this reader of everything
   * @param {() => Promise<void>} onOpen called at the start of each stream; its failure is the stream's
   */
  constructor(onTick, onContact, onOpen) {
    this.#onTick = onTick;
    this.#onContact = onContact;
    this.#onOpen = onOpen;
  }

  /** Read now, and whenever the page can be seen again. A hidden page costs the exporter nothing. */
  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#begin()));
    if (!document.hidden) this.#begin();
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #begin() {
    this.#rest();
    this.#stop = new AbortController();
    void this.#run(this.#stop);
  }

  async #run(stop) {
    let reason = "the stream ended";
    let refused = false;
    try {
      await this.#read(stop);
    } catch (error) {
      reason = reasonOf(error, stop);
      refused = isRefusal(error);
    }
    if (stop !== this.#stop || document.hidden) return;
    stop.abort();
    this.#onContact(false, reason, refused);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#begin(), this.#wait());
  }

  /** Doubles, with a share of chance: many walls must not come back in one moment. */
  #wait() {
    const wait = Math.min(LONGEST_WAIT, this.#retry * 2 ** Math.min(this.#failures - 1, 5));
    return wait * (0.5 + Math.random() / 2);
  }

  async #read(stop) {
    const watch = this.#watch(stop);
    try {
      const [response] = await Promise.all([request("live", "text/event-stream", stop.signal), this.#onOpen()]);
      if (!response.ok || !response.body) throw await refused(response);
      await this.#drain(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } finally {
      clearInterval(watch);
    }
  }

  #watch(stop) {
    this.#heard = performance.now();
    return setInterval(() => {
      if (performance.now() - this.#heard > SILENCE) stop.abort("silent");
    }, 1000);
  }

  async #drain(stream) {
    const read = reader();
    for (;;) {
      const { done, value } = await stream.read();
      if (done) return;
      this.#heard = performance.now();
      for (const message of read(value)) this.#take(message);
    }
  }

  #take(message) {
    if (message.retry !== null) this.#retry = message.retry;
    if (message.event !== "tick") return;
    this.#failures = 0;
    this.#onContact(true, "");
    this.#onTick(JSON.parse(message.data));
  }
}

/** What an exporter answers that does not know its reader, or shows them less than everything. */
const NOT_FOR_YOU = new Set([401, 403]);

function isRefusal(error) {
  return error instanceof Refusal && NOT_FOR_YOU.has(error.status);
}

function reasonOf(error, stop) {
  if (stop.signal.aborted) return `it has said nothing for ${SILENCE / 1000} seconds`;
  if (error instanceof Refusal || error instanceof Unreachable) return error.message;
  return "the connection broke";
}
