/** Notices half-open connections: a resource that was busy, and of which nothing is heard any more. */

/** Seconds without a word that are odd for a busy resource. */
const LONG = 10;
/** Events per second that make a busy second. */
const MANY = 1;
/** How much of the average each second has: about the last 20 count. One burst of events is not enough, a stream is. */
const SHARE = 1 / 20;
/** The share of busy seconds from which on a resource is busy; the ten of a silence have taken four tenths away. */
const BUSY = 0.3;

/** The share of busy seconds, by resource. */
const shares = new Map();

/** Take what a tick says of each informer. While one is silent its share stays, or silence would become normal. */
export function hear(informers, now) {
  for (const one of informers) {
    if (isQuiet(one, now)) continue;
    const before = shares.get(one.resource) ?? 0;
    shares.set(one.resource, before + (Number(one.events_per_second > MANY) - before) * SHARE);
  }
}

/**
 * For how many seconds nothing was heard of an informer that should have heard something; 0 where all is well.
 * One that is not live says so itself.
 */
export function silence(informer, now) {
  const busy = (shares.get(informer.resource) ?? 0) > BUSY;
  return busy && informer.state === "live" && isQuiet(informer, now) ? now - heard(informer) : 0;
}

/** The longest of these silences. */
export function longestSilence(informers, now) {
  return Math.max(0, ...informers.map((one) => silence(one, now)));
}

function isQuiet(informer, now) {
  return heard(informer) > 0 && now - heard(informer) > LONG;
}

/** Contact is that of the quietest of several watches, the event that of any: only both together are a silence. */
function heard({ last_contact: contact, last_event: event }) {
  return Math.max(contact ?? 0, event ?? 0);
}
