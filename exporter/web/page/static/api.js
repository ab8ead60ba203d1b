/** Asks the exporter: each view has a JSON twin under api/v1/. The one place where requests get their headers. */

/** The exporter answered, and it said no. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** What no error message is worth more than: the reader is told about contact elsewhere. */
export class Unreachable extends Error {}

/**
 * Ask for one JSON document.
 * @param {string} path below api/v1/
 * @param {Record<string, string | number>} [parameters] empty ones are left out
 * @param {AbortSignal} [signal]
 * @param {(body: any, status: number) => Error} [refuse] what to throw for a refusal
 */
export async function ask(path, parameters = {}, signal = undefined, refuse = refusal) {
  const response = await request(`${path}${query(parameters)}`, "application/json", signal);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw refuse(body, response.status);
  return body;
}

/** @param {string} path @param {string} accept @param {AbortSignal} [signal] */
export async function request(path, accept, signal) {
  try {
    return await fetch(`api/v1/${path}`, { headers: { Accept: accept }, cache: "no-store", signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("the exporter does not answer");
  }
}

/** "?a=b" without the empty ones, or "". */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

function refusal(body, status) {
  return new Refusal(status, typeof body.error === "string" ? body.error : `the exporter answered ${status}`);
}
