/** What is known of the cluster: the overview, brought up to date by each tick. One owner; views only read. */

import { Refusal, Unreachable, ask } from "./api.js";
import { learn, now } from "./clock.js";
import { hear } from "./hearing.js";

/**
 * `refused`: the exporter answers, but does not tell this reader of all namespaces; of some it may.
 * @type {{known: any, up: boolean, refused: boolean, reason: string, lostAt: number | null, rates: Map<string, number[]>}}
 */
export const cluster = { known: null, up: true, refused: false, reason: "", lostAt: null, rates: new Map() };

const listeners = new Set();

/** Be called after each change, and once now. Returns how to stop. */
export function follow(listener) {
  listeners.add(listener);
  listener(cluster);
  return () => listeners.delete(listener);
}

function tell() {
  for (const listener of listeners) listener(cluster);
}

/** Ask for the whole overview: at the start, and after each loss of contact, for the points that were missed. */
export async function renew() {
  const known = await ask("overview");
  learn(known.now);
  cluster.known = known;
  tell();
}

/** Take what the live stream brought. */
export function take(tick) {
  learn(tick.now);
  if (!cluster.known) return;
  const { point, ...rest } = tick;
  Object.assign(cluster.known, rest);
  if (point) append(cluster.known.throughput, point);
  tick.informers.forEach(addRate);
  hear(tick.informers, now());
  tell();
}

/** Say whether the exporter can be heard. */
export function contact(up, reason, refused = false) {
  if (up && cluster.up) return;
  if (cluster.up !== up) cluster.lostAt = up ? null : now();
  cluster.up = up;
  cluster.reason = reason;
  cluster.refused = refused;
  tell();
}

/** Whether there is any sense in asking: the exporter answers, even if it does not tell this reader of everything. */
export function answers() {
  return cluster.refused || Boolean(cluster.known && cluster.up);
}

/** In the order in which a point tells them. */
const RINGS = ["times", "created", "succeeded", "failed", "running", "waiting"];
/** Points that are kept: an hour, as the exporter keeps it. */
const LONGEST = 720;

/** Add a point; the same one may come again after the overview had it. */
function append(throughput, point) {
  if (point[0] <= (throughput.times.at(-1) ?? 0)) return;
  for (const [index, ring] of RINGS.entries()) {
    throughput[ring].push(point[index]);
    if (throughput[ring].length > LONGEST) throughput[ring].shift();
  }
}

/** Ticks, which come each second: two minutes of events per second. */
const LONGEST_RATES = 120;

/** Events per second of each informer: only this page remembers them. */
function addRate({ resource, events_per_second: rate }) {
  const rates = cluster.rates.get(resource) ?? [];
  rates.push(rate ?? 0);
  if (rates.length > LONGEST_RATES) rates.shift();
  cluster.rates.set(resource, rates);
}

/**
 * Why something need not be asked for, which the overview tells already; null where it can be asked for.
 * @param {boolean} names whether names of objects are in it
 * @param {boolean} shown whether it was shown before, and can stay
 */
export function hindrance(names, shown) {
  if (names && cluster.known && !cluster.known.lookup) return new Refusal(403, { error: "lookups are turned off" });
  if (shown) return null;
  if (cluster.refused) return null;
  if (!cluster.up) return new Unreachable();
  return !cluster.known || cluster.known.synced ? null : new Refusal(503);
}

/** How many of these phases there are, taken together. */
export function phaseSum(phases, ...names) {
  return names.reduce((sum, name) => sum + (phases[name] ?? 0), 0);
}

/** The sum of all values. */
export function total(counts) {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
