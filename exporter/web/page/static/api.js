/** Asks the exporter: each view has a JSON twin under api/v1/. The one place where requests get their headers. */

import { another, present } from "./token.js";

/** What the exporter answers to whom it does not know. */
const UNKNOWN = 401;

/** The exporter answered, and it said no. */
export class Refusal extends Error {
  /** @param {number} status @param {any} [body] what came with it; its `error` is the reason, for people */
  constructor(status, body = {}) {
    super(typeof body?.error === "string" ? body.error : `the exporter answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** What no error message is worth more than: the reader is told about contact elsewhere. */
export class Unreachable extends Error {
  constructor(message = "the exporter does not answer") {
    super(message);
  }
}

/**
 * Ask for one JSON document. Throws Refusal, Unreachable, or what aborting throws.
 * @param {string} path below api/v1/
 * @param {Record<string, string | number>} [parameters] empty ones are left out
 * @param {AbortSignal} [signal]
 */
export async function ask(path, parameters = {}, signal = undefined) {
  const response = await request(`${path}${query(parameters)}`, "application/json", signal);
  if (!response.ok) throw await refused(response);
  try {
    return await response.json();
  } catch (error) {
    throw signal?.aborted ? error : new Unreachable("the answer broke off");
  }
}

/**
 * Ask, with the reader's token if there is one; where the exporter knows nobody by it, ask the reader for another.
 * @param {string} path @param {string} accept @param {AbortSignal} [signal]
 */
export async function request(path, accept, signal) {
  for (;;) {
    const token = present();
    const response = await send(path, { Accept: accept, ...(token && { Authorization: `Bearer ${token}` }) }, signal);
    if (response.status !== UNKNOWN || !(await another(token))) return response;
  }
}

async function send(path, headers, signal) {
  try {
    return await fetch(`api/v1/${path}`, { headers, cache: "no-store", signal });
  } catch (error) {
    throw signal?.aborted ? error : new Unreachable();
  }
}

/** What to throw for an answer that is none. */
export async function refused(response) {
  return new Refusal(response.status, await response.json().catch(() => ({})));
}

/** "?a=b" without the empty ones, or "". */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}
